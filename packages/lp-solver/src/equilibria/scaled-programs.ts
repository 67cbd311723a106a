/** Batches of preconditioned programs with dense matrices, filled up to one size. */

import type { HostArray, Precision } from '@equilibria/compile';
import type * as tf from '@tensorflow/tfjs';
import type { Minimization } from '../problem.ts';
import type { BalancedSides } from './balanced-metric.ts';
import type { LearnedSides } from './learned-metric.ts';
import { precondition, type Preconditioned } from './precondition.ts';
import { initialWeight, stepLength } from './prepared-program.ts';
import type { ProgramSize } from './program-groups.ts';
import { nearestToOrigin, type ProgramUnits, programUnits } from './program-units.ts';

/** A preconditioned program and its units. */
export type ScaledProgram = Preconditioned & { readonly units: ProgramUnits };

/** A batch as the iteration sees it. */
export type DensePrograms = LearnedSides & {
  /** `A`, `[batch, rows, columns]`. */
  readonly matrix: tf.Tensor;
  /** The point of the box that is nearest to the origin, `[batch, columns]`. */
  readonly start: tf.Tensor;
};

/** The same on the host. */
export type HostDensePrograms = { readonly [K in keyof DensePrograms]: HostArray };

/** How a batch is laid out. */
export type DenseOptions = ProgramSize & { readonly precision: Precision };

/** Preconditions a program. */
export function scaleProgram(lp: Minimization): ScaledProgram {
  const preconditioned = precondition(lp, { geometricSweeps: 0 });
  return { ...preconditioned, units: programUnits(preconditioned.scaled) };
}

/**
 * Programs in one batch. Columns that fill up are fixed at 0, rows that fill up have no sides, neither has entries: nothing else changes.
 */
export function stackPrograms(
  programs: readonly ScaledProgram[],
  { rows, columns, precision }: DenseOptions,
): HostDensePrograms {
  const lps = programs.map(({ scaled }) => scaled);
  const units = programs.map((program) => program.units);
  const ofColumns = (values: readonly Float64Array[], filling: number) =>
    stacked(values, columns, filling, precision);
  const ofRows = (values: readonly Float64Array[], filling: number) =>
    stacked(values, rows, filling, precision);
  const numbers = (values: readonly number[]) => inPrecision(values, [values.length], precision);
  return {
    matrix: stackMatrices(lps, { rows, columns, precision }),
    objective: ofColumns(
      lps.map(({ objective }) => objective),
      0,
    ),
    lower: ofColumns(
      lps.map(({ lower }) => lower),
      0,
    ),
    upper: ofColumns(
      lps.map(({ upper }) => upper),
      0,
    ),
    start: ofColumns(lps.map(nearestToOrigin), 0),
    inverseWidth: ofColumns(
      units.map(({ inverseWidth }) => inverseWidth),
      1,
    ),
    rowLower: ofRows(
      lps.map(({ rowLower }) => rowLower),
      -Infinity,
    ),
    rowUpper: ofRows(
      lps.map(({ rowUpper }) => rowUpper),
      Infinity,
    ),
    isEquality: ofRows(
      units.map(({ isEquality }) => isEquality),
      0,
    ),
    costUnit: numbers(units.map(({ costUnit }) => costUnit)),
    lengthUnit: numbers(units.map(({ lengthUnit }) => lengthUnit)),
    width: numbers(units.map(({ width }) => width)),
  };
}

/** What the classical rule needs besides: the step length and the first weight, `[batch]` each. */
export function stackBalances(
  programs: readonly ScaledProgram[],
  precision: Precision,
): { readonly [K in Exclude<keyof BalancedSides, keyof LearnedSides>]: HostArray } {
  const numbers = (of: (scaled: Minimization) => number) =>
    inPrecision(
      programs.map(({ scaled }) => of(scaled)),
      [programs.length],
      precision,
    );
  return { step: numbers(stepLength), initialWeight: numbers(initialWeight) };
}

function stackMatrices(lps: readonly Minimization[], { rows, columns, precision }: DenseOptions): HostArray {
  const all = floats(lps.length * rows * columns, precision);
  lps.forEach(({ matrix: { rows: own, starts, indices, values } }, p) => {
    for (let i = 0; i < own; i++) {
      const row = (p * rows + i) * columns;
      for (let k = starts[i]!; k < starts[i + 1]!; k++) all[row + indices[k]!] = values[k]!;
    }
  });
  return { data: all, shape: [lps.length, rows, columns] };
}

function stacked(
  vectors: readonly Float64Array[],
  length: number,
  filling: number,
  precision: Precision,
): HostArray {
  const all = floats(vectors.length * length, precision).fill(filling);
  vectors.forEach((vector, p) => all.set(vector, p * length));
  return { data: all, shape: [vectors.length, length] };
}

function inPrecision(values: readonly number[], shape: readonly number[], precision: Precision): HostArray {
  const data = floats(values.length, precision);
  data.set(values);
  return { data, shape: [...shape] };
}

function floats(length: number, precision: Precision): Float32Array | Float64Array {
  return precision === 'float64' ? new Float64Array(length) : new Float32Array(length);
}
