/** A linear program made ready for PDHG: sorted, preconditioned, laid out as the inputs of a compiled solve. */

import { type HostArray, spec, type TensorSpec } from '@equilibria/compile';
import { largestSides } from '../evaluation/kkt-errors.ts';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';
import type { ProductPlans, ProgramTensors } from './pdhg-operator.ts';
import { matrixNorm, precondition } from './precondition.ts';
import { nearestToOrigin } from './program-units.ts';
import { sortProgram, unsort } from './sorted-program.ts';
import { planProduct, productValues } from './sparse-product.ts';

/** `x` is `[1, columns]`, `y` is `[1, rows]`, float64. */
export type HostPair = { readonly x: HostArray; readonly y: HostArray };

/** The numbers of a program, float64, in the shape of `ProgramTensors`. */
export type ProgramArrays = { readonly [K in keyof ProgramTensors]: HostArray };

export type PreparedProgram = {
  /** The pattern of the products: what a compiled solve is made for. */
  readonly plans: ProductPlans;
  /** What may change from solve to solve of one pattern. */
  readonly program: ProgramArrays;
  /** The point of the box that is nearest to the origin, and no prices. */
  readonly start: HostPair;
  /** Takes a pair of the prepared program back to the original. */
  readonly toOriginal: (pair: HostPair) => { readonly x: Float64Array; readonly y: Float64Array };
};

/** Part of `1/‖A‖₂` that the step takes; the norm is estimated from below. */
const STEP_PART = 0.998;

/** Prepares a program. Programs with the same pattern of nonzeros get the same plans. */
export function prepareProgram(lp: Minimization): PreparedProgram {
  const order = sortProgram(lp);
  const { scaled, rowScale, columnScale } = precondition(order.sorted);
  const plans = { forward: planProduct(scaled.matrix), backward: planProduct(order.transposed) };
  const backward = Float64Array.from(order.transposedEntries, (k) => scaled.matrix.values[k]!);
  const program: ProgramArrays = {
    forward: productValues(plans.forward, scaled.matrix.values),
    backward: productValues(plans.backward, backward),
    objective: row(scaled.objective),
    lower: row(scaled.lower),
    upper: row(scaled.upper),
    rowLower: row(scaled.rowLower),
    rowUpper: row(scaled.rowUpper),
    step: scalar(stepLength(scaled)),
    initialWeight: scalar(initialWeight(scaled)),
    inverseRowScale: row(rowScale.map((value) => 1 / value)),
    inverseColumnScale: row(columnScale.map((value) => 1 / value)),
    primalScale: scalar(1 + norm(largestSides(lp))),
    dualScale: scalar(1 + norm(lp.objective)),
  };
  return {
    plans,
    program,
    start: startOf(scaled),
    toOriginal: ({ x, y }) => ({
      x: unsort(multiplied(x.data as Float64Array, columnScale), order.columnOrder),
      y: unsort(multiplied(y.data as Float64Array, rowScale), order.rowOrder),
    }),
  };
}

/** The specs of a prepared program and of its start. */
export function specsOfProgram({ program, start }: PreparedProgram): {
  readonly program: { readonly [K in keyof ProgramTensors]: TensorSpec };
  readonly start: { readonly x: TensorSpec; readonly y: TensorSpec };
} {
  const names = Object.keys(program) as (keyof ProgramTensors)[];
  const specs = Object.fromEntries(names.map((name) => [name, spec(program[name].shape)]));
  return {
    program: specs as { readonly [K in keyof ProgramTensors]: TensorSpec },
    start: { x: spec(start.x.shape), y: spec(start.y.shape) },
  };
}

function row(data: Float64Array): HostArray {
  return { data, shape: [1, data.length] };
}

function scalar(value: number): HostArray {
  return { data: Float64Array.of(value), shape: [1] };
}

/** The step length η of a preconditioned program, below `1/‖A‖₂`. */
export function stepLength({ matrix }: Pick<Minimization, 'matrix'>): number {
  const size = matrixNorm(matrix);
  return STEP_PART / (size > 0 ? size : 1);
}

/** The balance that makes both sides move alike at first: `‖c‖/‖b‖` of the preconditioned program. */
export function initialWeight(scaled: Minimization): number {
  const ratio = norm(scaled.objective) / norm(largestSides(scaled));
  return ratio > 0 && Number.isFinite(ratio) ? ratio : 1;
}

function startOf({ matrix, ...box }: Minimization): HostPair {
  return { x: row(nearestToOrigin(box)), y: row(new Float64Array(matrix.rows)) };
}

function multiplied(values: Float64Array, scale: Float64Array): Float64Array {
  return values.map((value, i) => value * scale[i]!);
}
