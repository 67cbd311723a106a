/** The optimal point of least norm: what is learned where a program has many. */

import type { Highs, ModelData } from 'highs';
import { toModelData } from '../baselines/to-model-data.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import type { Minimization } from '../problem.ts';
import { multiplyTransposed } from '../problem/sparse-matrix.ts';

/** What is known of the optimum, and how exact the point must be. */
export type LeastOptimumOptions = {
  /** Optimal multipliers, float64 `[rows]`. Borrowed. */
  readonly y: Float64Array;
  /** Size up to which a price is rounding, in the units of the costs. */
  readonly zero: number;
  /** Bound on the relative errors (`KktErrors`) of the point, as an optimum and as the one of least norm. */
  readonly tolerance: number;
  /** Time after which HiGHS is stopped; `Infinity` for none. */
  readonly timeLimitMs: number;
};

/** By how much HiGHS's solver may leave rows and bounds: where it loses its way with the first, the second helps now and then. */
const FEASIBILITY = [1e-10, 1e-7] as const;

/**
 * The optimal point of least norm, float64 `[columns]`.
 *
 * With any optimal multipliers the optimal points are the feasible ones that are complementary to them: on the bound or side of
 * everything that has a price. Over these, `½‖x‖²` has one minimum, which HiGHS's active-set method finds. It is checked: a point `x`
 * of a convex set is its shortest if and only if it minimises `⟨x, ·⟩` over the set, a linear program.
 *
 * @throws {Error} if HiGHS finds no point within the tolerance, as on some degenerate programs; its runtime may have aborted.
 */
export function leastOptimum(highs: Highs, lp: Minimization, options: LeastOptimumOptions): Float64Array {
  const { y, zero, tolerance, timeLimitMs } = options;
  const face = optimalFace(lp, y, zero);
  const reasons: string[] = [];
  for (const feasibility of FEASIBILITY) {
    try {
      const shortest = shortestPoint(highs, face, { feasibility, timeLimitMs });
      const asOptimum = errorOf(lp, shortest.x, y);
      const asShortest = errorOf({ ...face, objective: shortest.x }, shortest.x, shortest.y);
      if (Math.max(asOptimum, asShortest) <= tolerance) return shortest.x;
      reasons.push(`errors of ${asOptimum.toExponential(1)} and ${asShortest.toExponential(1)}`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `leastOptimum: HiGHS must find the optimal point of least norm of ${lp.name} to ${tolerance}; got ${reasons.join(', then ')}.`,
  );
}

/** The largest of the three relative errors of an optimum; infinite if one is not a number. */
export function errorOf(lp: Minimization, x: Float64Array, y: Float64Array): number {
  const { primalResidual, dualResidual, gap } = kktErrors(lp, x, y);
  const largest = Math.max(primalResidual, dualResidual, gap);
  return Number.isNaN(largest) ? Infinity : largest;
}

/** `c − Aᵀy`, float64 `[columns]`. */
export function reducedCostsOf(lp: Minimization, y: Float64Array): Float64Array {
  return multiplyTransposed(lp.matrix, y).map((value, j) => lp.objective[j]! - value);
}

/** The program whose feasible points are the optimal points of `lp`; its costs are 0. */
function optimalFace(lp: Minimization, y: Float64Array, zero: number): Minimization {
  const columns = fixedWherePriced(reducedCostsOf(lp, y), lp.lower, lp.upper, zero);
  const rows = fixedWherePriced(y, lp.rowLower, lp.rowUpper, zero);
  return {
    ...lp,
    objective: new Float64Array(lp.matrix.columns),
    objectiveConstant: 0,
    lower: columns.lower,
    upper: columns.upper,
    rowLower: rows.lower,
    rowUpper: rows.upper,
  };
}

function fixedWherePriced(prices: Float64Array, lower: Float64Array, upper: Float64Array, zero: number) {
  const fixed = (sides: Float64Array): Float64Array =>
    sides.map((own, i) => (Math.abs(prices[i]!) <= zero ? own : prices[i]! > 0 ? lower[i]! : upper[i]!));
  return { lower: fixed(lower), upper: fixed(upper) };
}

/** The feasible point of least norm, and the multipliers of the rows at it. */
function shortestPoint(
  highs: Highs,
  face: Minimization,
  { feasibility, timeLimitMs }: { readonly feasibility: number; readonly timeLimitMs: number },
): { readonly x: Float64Array; readonly y: Float64Array } {
  const { columns } = face.matrix;
  const data: ModelData = {
    ...toModelData(highs, face),
    hessian: {
      format: 'triangular',
      dimension: columns,
      starts: Int32Array.from({ length: columns + 1 }, (_, j) => j),
      indices: Int32Array.from({ length: columns }, (_, j) => j),
      values: new Float64Array(columns).fill(1),
    },
  };
  return highs.withModel(data, (model) => {
    model.options.set({
      output_flag: false,
      small_matrix_value: 1e-12,
      primal_feasibility_tolerance: feasibility,
      dual_feasibility_tolerance: feasibility,
      // The identity needs none, and it would blur the multipliers by 1e-7.
      qp_regularization_value: 0,
      ...(Number.isFinite(timeLimitMs) ? { time_limit: timeLimitMs / 1000 } : {}),
    });
    model.run();
    const { colValue, rowDual } = model.getSolution();
    return { x: colValue, y: rowDual };
  });
}
