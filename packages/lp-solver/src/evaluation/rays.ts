/** Checks of the certificates that a linear program is infeasible or unbounded. */

import type { Minimization } from '../problem.ts';
import { absolute, dot, maximumNorm, multiply, multiplyTransposed } from '../problem/sparse-matrix.ts';
import { onFiniteSides, supportValue } from './kkt-errors.ts';

/** Relative error allowed in an unbounded direction, as in PDLP's defaults; dimensionless. */
export const RAY_TOLERANCE = 1e-8;

/** A bound on the relative rounding error of the sums below; dimensionless. */
const ROUNDING = 1e-12;

/** Whether a certificate holds, and if not, why. */
export type RayCheck =
  | {
      readonly holds: true;
      /** The certificate that was checked: without entries that an infinite side or a finite bound rules out. */
      readonly ray: Float64Array;
      /** The largest sum that should vanish, relative to the sizes it was added up from; dimensionless. */
      readonly error: number;
    }
  | { readonly holds: false; readonly reason: string };

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
 * Parts of `−Aᵀy` that only an infinite bound could price must vanish, but for rounding: up to 1e-12 of the sum of the sizes
 * that they are added up from. `s + t` must also exceed its own rounding error. More is not allowed, however small: it would
 * prove nothing of an `x` that is large enough.
 *
 * @param ray - float64 `[rows]`, of any length but 0. Borrowed.
 */
export function checkFarkas(lp: Minimization, ray: Float64Array): RayCheck {
  const y = onFiniteSides(ray, lp.rowLower, lp.rowUpper);
  const slopes = multiplyTransposed(lp.matrix, y).map((value) => -value);
  const sizes = multiplyTransposed(absolute(lp.matrix), y.map(Math.abs));
  const allowed = onFiniteSides(slopes, lp.lower, lp.upper);
  const value = supportValue(y, lp.rowLower, lp.rowUpper) + supportValue(allowed, lp.lower, lp.upper);
  if (!(value > ROUNDING * farkasMagnitude(lp, y, sizes))) {
    return {
      holds: false,
      reason: `the Farkas multipliers bound nothing: their value is ${value.toExponential(2)}`,
    };
  }
  const errors = slopes.map((slope, j) => (slope === allowed[j] ? 0 : Math.abs(slope) / sizes[j]!));
  const error = maximumNorm(errors);
  if (!(error <= ROUNDING)) {
    const column = lp.columnNames[errors.findIndex((part) => !(part < error))];
    return {
      holds: false,
      reason: `the Farkas multipliers are off by ${error.toExponential(2)} of their sizes in column ${column}`,
    };
  }
  return { holds: true, ray: y, error };
}

/** The sum of the magnitudes that the value of Farkas multipliers is added up from. */
function farkasMagnitude(lp: Minimization, y: Float64Array, columns: Float64Array): number {
  const sizes = y.map(Math.abs);
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
  const errors = change.map((value, i) => {
    const isStopped = Number.isFinite(value < 0 ? lp.rowLower[i]! : lp.rowUpper[i]!);
    return isStopped && value !== 0 ? Math.abs(value) / sizes[i]! : 0;
  });
  const allowed = RAY_TOLERANCE * Math.min(1, fall / costs);
  const left = errors.findIndex((error) => error > allowed);
  if (left >= 0) {
    return {
      holds: false,
      reason: `the direction leaves row ${lp.rowNames[left]} by ${change[left]!.toExponential(2)}`,
    };
  }
  return Number.isFinite(fall)
    ? { holds: true, ray: d, error: maximumNorm(errors) }
    : { holds: false, reason: 'the direction is not finite' };
}
