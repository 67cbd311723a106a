/** Makes an approximate Farkas ray one that holds up to rounding. */

import { onFiniteSides } from '../evaluation/kkt-errors.ts';
import { checkFarkas } from '../evaluation/rays.ts';
import type { Minimization, SparseMatrix } from '../problem.ts';
import { absolute, dot, maximumNorm, multiply, multiplyTransposed } from '../problem/sparse-matrix.ts';

/** Multipliers that move no slope by more than this part of the largest are dropped: they are what is left of an iterate. */
const SMALL = 1e-7;
/** Slopes up to this part of the sum of sizes that they are added up from are taken for 0 where a bound is missing. */
const NEARLY_ZERO = 1e-6;
/** Bounds on the sweeps, and on the steps of conjugate gradients in one. */
const MOST_SWEEPS = 8;
const MOST_STEPS = 1000;

/**
 * Multipliers near `ray` that `checkFarkas` accepts, if they are found: an iterate that tends to a ray is off by what its
 * convergence lacks, but a certificate may be off by rounding only.
 *
 * Tiny multipliers are dropped. Then, sweep by sweep, the slopes `Aᵀy` are made to vanish where a missing bound could not price
 * them, by the least change: in parts of the multiplier itself for inequalities, so that none turns its sign, in parts of the
 * largest for equalities.
 *
 * @param ray - float64 `[rows]`. Borrowed.
 * @returns float64 `[rows]`, fresh; whether it holds must be checked.
 */
export function polishRay(lp: Minimization, ray: Float64Array): Float64Array {
  let y = withoutSmall(lp.matrix, onFiniteSides(ray, lp.rowLower, lp.rowUpper));
  for (let sweep = 0; sweep < MOST_SWEEPS && !checkFarkas(lp, y).holds; sweep++) y = polishedOnce(lp, y);
  return y;
}

function polishedOnce(lp: Minimization, y: Float64Array): Float64Array {
  const slopes = multiplyTransposed(lp.matrix, y).map((value) => -value);
  const sizes = multiplyTransposed(absolute(lp.matrix), y.map(Math.abs));
  const priced = onFiniteSides(slopes, lp.lower, lp.upper);
  const mustVanish = (slope: number, j: number): boolean => {
    const isOpen = !Number.isFinite(lp.lower[j]!) || !Number.isFinite(lp.upper[j]!);
    return slope !== priced[j] || (isOpen && Math.abs(slope) <= NEARLY_ZERO * sizes[j]!);
  };
  const weights = slopes.map((slope, j) => (sizes[j]! > 0 && mustVanish(slope, j) ? 1 / sizes[j]! : 0));
  const largest = maximumNorm(y.map((value, i) => Math.abs(value) * largestIn(lp.matrix, i)));
  const scale = y.map((value, i) =>
    value !== 0 && lp.rowLower[i] === lp.rowUpper[i] ? largest / largestIn(lp.matrix, i) : Math.abs(value),
  );
  const changes = leastChanges(lp.matrix, {
    scale,
    weights,
    target: slopes.map((slope, j) => slope * weights[j]!),
  });
  return y.map((value, i) => value + scale[i]! * Math.max(-1, Math.min(1, changes[i]!)));
}

function withoutSmall(A: SparseMatrix, y: Float64Array): Float64Array {
  const reach = y.map((value, i) => Math.abs(value) * largestIn(A, i));
  const largest = maximumNorm(reach);
  return y.map((value, i) => (reach[i]! > SMALL * largest ? value : 0));
}

function largestIn({ starts, values }: SparseMatrix, row: number): number {
  return maximumNorm(values.subarray(starts[row], starts[row + 1])) || 1;
}

/**
 * The smallest `ε` with `B ε = target`, `B = diag(weights)·Aᵀ·diag(scale)`: conjugate gradients on `B Bᵀ λ = target`, `ε = Bᵀλ`.
 * Where there is none, what is left of the target is as small as the steps make it.
 */
function leastChanges(
  A: SparseMatrix,
  {
    scale,
    weights,
    target,
  }: { readonly scale: Float64Array; readonly weights: Float64Array; readonly target: Float64Array },
): Float64Array {
  const times = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value * b[i]!);
  const apply = (e: Float64Array): Float64Array => times(weights, multiplyTransposed(A, times(scale, e)));
  const applyTransposed = (v: Float64Array): Float64Array => times(scale, multiply(A, times(weights, v)));
  let changes: Float64Array = new Float64Array(scale.length);
  let rest: Float64Array = target;
  let direction = applyTransposed(rest);
  let size = dot(rest, rest);
  const enough = 1e-32 * size;
  for (let step = 0; step < MOST_STEPS && size > enough; step++) {
    const length = dot(direction, direction);
    if (!(length > 0)) break;
    const pace = size / length;
    changes = changes.map((value, i) => value + pace * direction[i]!);
    const moved = apply(direction);
    rest = rest.map((value, j) => value - pace * moved[j]!);
    const before = size;
    size = dot(rest, rest);
    const back = applyTransposed(rest);
    direction = back.map((value, i) => value + (size / before) * direction[i]!);
  }
  return changes;
}
