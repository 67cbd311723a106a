/** The relative errors of the optimality conditions, recomputed from a point and its multipliers. */

import type { Minimization } from '../problem.ts';
import { dot, multiply, multiplyTransposed, norm } from '../problem/sparse-matrix.ts';

/** Relative errors of a pair (x, y) and what they were computed from; dimensionless but for the objectives. */
export type KktErrors = {
  /** `‖violation of rows and bounds‖₂ / (1 + ‖b‖₂)`; `b` holds the larger finite side of each row. */
  readonly primalResidual: number;
  /** `‖reduced costs that no finite bound allows‖₂ / (1 + ‖c‖₂)`. */
  readonly dualResidual: number;
  /** `|p − d| / (1 + |p| + |d|)`, without the objective's constant, which could hide a gap. */
  readonly gap: number;
  /** The multipliers used: those given, with entries that price a missing side set to 0; float64 `[rows]`. */
  readonly y: Float64Array;
  /** `c − Aᵀy`, float64 `[columns]`. */
  readonly reducedCosts: Float64Array;
  /** `c · x` plus the constant. */
  readonly objective: number;
};

/**
 * Computes the errors in float64, independently of any method.
 *
 * @param x - float64 `[columns]`. Borrowed.
 * @param y - float64 `[rows]`, `y_i ≥ 0` for a lower side. Borrowed.
 * @see Applegate et al., Practical large-scale linear programming using primal-dual hybrid gradient,
 * NeurIPS 2021, section 4 (termination criteria).
 */
export function kktErrors(lp: Minimization, x: Float64Array, y: Float64Array): KktErrors {
  const priced = onFiniteSides(y, lp.rowLower, lp.rowUpper);
  const reducedCosts = multiplyTransposed(lp.matrix, priced).map((value, j) => lp.objective[j]! - value);
  const allowed = onFiniteSides(reducedCosts, lp.lower, lp.upper);
  const primal = dot(lp.objective, x);
  const dual = supportValue(priced, lp.rowLower, lp.rowUpper) + supportValue(allowed, lp.lower, lp.upper);
  return {
    primalResidual: primalResidual(lp, x),
    dualResidual: norm(reducedCosts.map((value, j) => value - allowed[j]!)) / (1 + norm(lp.objective)),
    gap: Math.abs(primal - dual) / (1 + Math.abs(primal) + Math.abs(dual)),
    y: priced,
    reducedCosts,
    objective: primal + lp.objectiveConstant,
  };
}

/** `‖violation of rows and bounds‖₂ / (1 + ‖b‖₂)` of `x`, float64 `[columns]`. */
export function primalResidual(lp: Minimization, x: Float64Array): number {
  const rows = violations(multiply(lp.matrix, x), lp.rowLower, lp.rowUpper);
  const columns = violations(x, lp.lower, lp.upper);
  return Math.hypot(norm(rows), norm(columns)) / (1 + norm(largestSides(lp)));
}

/** The row or column that a point violates most, relative to 1 and its own side or bound. */
export type Violation = { readonly name: string; readonly size: number };

/**
 * The largest violation of a single row or bound, relative to `1 + |b_i|` of the side that it leaves. The norm of
 * {@link primalResidual} weighs it with the sides of all rows, so that a large one elsewhere can hide it.
 *
 * @param x - float64 `[columns]`, finite. Borrowed.
 */
export function largestViolation(lp: Minimization, x: Float64Array): Violation {
  let worst: Violation = { name: '', size: 0 };
  const look = (values: Float64Array, lower: Float64Array, upper: Float64Array, names: readonly string[]) => {
    for (let i = 0; i < values.length; i++) {
      const side = values[i]! < lower[i]! ? lower[i]! : upper[i]!;
      const off = Math.max(lower[i]! - values[i]!, values[i]! - upper[i]!);
      const size = off > 0 ? off / (1 + Math.abs(side)) : 0;
      if (size > worst.size) worst = { name: names[i]!, size };
    }
  };
  look(multiply(lp.matrix, x), lp.rowLower, lp.rowUpper, lp.rowNames);
  look(x, lp.lower, lp.upper, lp.columnNames);
  return worst;
}

/** Multipliers with those of an infinite side set to 0: positive ones price `lower`, negative ones `upper`. */
export function onFiniteSides(
  multipliers: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Float64Array {
  return multipliers.map((value, i) => {
    const side = value > 0 ? lower[i]! : upper[i]!;
    return value === 0 || Number.isFinite(side) ? value : Number.isNaN(value) ? NaN : 0;
  });
}

/** `Σ positive part · lower + negative part · upper`: the least `multipliers · v` over `lower ≤ v ≤ upper`. */
export function supportValue(multipliers: Float64Array, lower: Float64Array, upper: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < multipliers.length; i++) {
    const value = multipliers[i]!;
    if (value !== 0) sum += value * (value > 0 ? lower[i]! : upper[i]!);
  }
  return sum;
}

function violations(values: Float64Array, lower: Float64Array, upper: Float64Array): Float64Array {
  return values.map((value, i) => Math.max(lower[i]! - value, value - upper[i]!, 0));
}

/** The larger finite side of each row, in size: the `b` of the relative errors; float64 `[rows]`. */
export function largestSides(lp: Pick<Minimization, 'rowLower' | 'rowUpper'>): Float64Array {
  const finite = (side: number): number => (Number.isFinite(side) ? Math.abs(side) : 0);
  return lp.rowLower.map((side, i) => Math.max(finite(side), finite(lp.rowUpper[i]!)));
}
