/** Checks of the certificates that a linear program is infeasible or unbounded. */

import type { Minimization, SparseMatrix } from '../problem.ts';
import { absolute, dot, maximumNorm, multiply, multiplyTransposed } from '../problem/sparse-matrix.ts';
import { onFiniteSides, supportValue } from './kkt-errors.ts';

/** Relative error allowed in a ray, as in PDLP's defaults; dimensionless. */
export const RAY_TOLERANCE = 1e-8;

/** A bound on the relative rounding error of the sums below; dimensionless. */
const ROUNDING = 1e-12;

/** Whether a certificate holds, and if not, why. */
export type RayCheck = { readonly holds: true } | { readonly holds: false; readonly reason: string };

/** A lower side above its upper one makes a program infeasible with no further proof. */
export function hasCrossedSides(lp: Minimization): boolean {
  return (
    lp.rowLower.some((side, i) => side > lp.rowUpper[i]!) || lp.lower.some((side, j) => side > lp.upper[j]!)
  );
}

/**
 * Checks Farkas multipliers: every feasible `x` has `y · A x ≥ s(y)`, the least value over the rows' sides,
 * and `−(Aᵀy) · x ≥ t` over the bounds, so `s + t > 0` says that there is no feasible `x`.
 *
 * Parts of `−Aᵀy` that only an infinite bound could price must vanish. Of them, `RAY_TOLERANCE · (s + t) / S` is allowed in
 * the largest entry, where `S ≥ 1` is the natural size of `x`: the largest priced bound, and the largest priced side over its
 * row's largest coefficient. With those, what is proved is that no feasible `x` has `‖x‖₁ < 1e8 · S`. `s + t` must also exceed
 * its own rounding error.
 *
 * @param ray - float64 `[rows]`, of any length but 0. Borrowed.
 */
export function checkFarkas(lp: Minimization, ray: Float64Array): RayCheck {
  const y = onFiniteSides(ray, lp.rowLower, lp.rowUpper);
  const slopes = multiplyTransposed(lp.matrix, y).map((value) => -value);
  const allowed = onFiniteSides(slopes, lp.lower, lp.upper);
  const value = supportValue(y, lp.rowLower, lp.rowUpper) + supportValue(allowed, lp.lower, lp.upper);
  if (!(value > ROUNDING * farkasMagnitude(lp, y))) {
    return {
      holds: false,
      reason: `the Farkas multipliers bound nothing: their value is ${value.toExponential(2)}`,
    };
  }
  const violation =
    maximumNorm(slopes.map((slope, j) => slope - allowed[j]!)) *
    naturalSize(lp, y, { slopes: allowed, value });
  if (!(violation <= RAY_TOLERANCE * value)) {
    return {
      holds: false,
      reason: `the Farkas multipliers are off by ${(violation / value).toExponential(2)}`,
    };
  }
  return { holds: true };
}

/** How large the `x` are that the priced sides and bounds speak of, at least 1; prices that hardly count are left out. */
function naturalSize(
  lp: Minimization,
  y: Float64Array,
  { slopes, value }: { readonly slopes: Float64Array; readonly value: number },
): number {
  const sideOf = (price: number, lower: number, upper: number): number => {
    const side = Math.abs(price > 0 ? lower : upper);
    return Math.abs(price) * side > RAY_TOLERANCE * value ? side : 0;
  };
  const coefficients = largestInRows(lp.matrix);
  const rows = y.map((price, i) => sideOf(price, lp.rowLower[i]!, lp.rowUpper[i]!) / coefficients[i]!);
  const columns = slopes.map((price, j) => sideOf(price, lp.lower[j]!, lp.upper[j]!));
  return Math.max(1, maximumNorm(rows), maximumNorm(columns));
}

/** The size of the largest entry of each row, 1 for an empty one; float64 `[rows]`. */
function largestInRows({ rows, starts, values }: SparseMatrix): Float64Array {
  return Float64Array.from(
    { length: rows },
    (_, i) => maximumNorm(values.subarray(starts[i], starts[i + 1])) || 1,
  );
}

/** The sum of the magnitudes that the value of Farkas multipliers is added up from. */
function farkasMagnitude(lp: Minimization, y: Float64Array): number {
  const sizes = y.map(Math.abs);
  const columns = multiplyTransposed(absolute(lp.matrix), sizes);
  const largest = (lower: number, upper: number): number =>
    Math.max(Number.isFinite(lower) ? Math.abs(lower) : 0, Number.isFinite(upper) ? Math.abs(upper) : 0);
  return (
    dot(
      sizes,
      lp.rowLower.map((side, i) => largest(side, lp.rowUpper[i]!)),
    ) +
    dot(
      columns,
      lp.lower.map((side, j) => largest(side, lp.upper[j]!)),
    )
  );
}

/**
 * Checks an unbounded direction `d`: no finite side or bound stops it, and the objective falls along it.
 *
 * `d` is scaled to `‖d‖∞ = 1`; entries that would leave a finite bound, and those below `ROUNDING`, are set to 0. Then each row
 * may leave a finite side by `RAY_TOLERANCE` times the sum of the sizes that its change is added up from, scaled down by
 * `|c · d| / ‖c‖∞` where the objective falls more slowly than it could. A feasible point is checked apart.
 *
 * @param ray - float64 `[columns]`. Borrowed.
 */
export function checkDirection(lp: Minimization, ray: Float64Array): RayCheck {
  const length = maximumNorm(ray);
  const costs = maximumNorm(lp.objective);
  const d = ray.map((value, j) => {
    const isStopped = Number.isFinite(value < 0 ? lp.lower[j]! : lp.upper[j]!);
    return isStopped || Math.abs(value) <= ROUNDING * length ? 0 : value / length;
  });
  const fall = -dot(lp.objective, d);
  if (!(fall > RAY_TOLERANCE * costs)) {
    return {
      holds: false,
      reason: `the objective does not fall along the direction: by ${fall.toExponential(2)}`,
    };
  }
  const change = multiply(lp.matrix, d);
  const sizes = multiply(absolute(lp.matrix), d.map(Math.abs));
  const allowed = RAY_TOLERANCE * Math.min(1, fall / costs);
  const left = change.findIndex((value, i) => {
    const isStopped = Number.isFinite(value < 0 ? lp.rowLower[i]! : lp.rowUpper[i]!);
    return isStopped && Math.abs(value) > allowed * sizes[i]!;
  });
  if (left >= 0) {
    return {
      holds: false,
      reason: `the direction leaves row ${lp.rowNames[left]} by ${change[left]!.toExponential(2)}`,
    };
  }
  return Number.isFinite(fall) ? { holds: true } : { holds: false, reason: 'the direction is not finite' };
}
