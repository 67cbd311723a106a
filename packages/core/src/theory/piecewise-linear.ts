/** The explicit baseline for scalar maps: a continuous piecewise linear function, fitted by least squares in float64. */

/** Values at increasing knots, linear between them and constant beyond. */
export type PiecewiseLinear = { readonly knots: Float64Array; readonly values: Float64Array };

/** A point to fit, and how much it counts. */
export type WeightedPoint = { readonly x: number; readonly y: number; readonly weight: number };

/**
 * Fits values at knots so that `Σ weight·(value(x) − y)²` is least.
 *
 * The knots are quantiles of the points, the first and the last at their ends, so they are dense where the points are. The
 * normal equations of the hat functions are tridiagonal and well conditioned.
 *
 * @param points - at least two a knot interval, weights > 0.
 * @param knotCount - at least 2.
 * @throws {RangeError} if there are too few knots or points with different `x`.
 */
export function fitPiecewiseLinear(points: readonly WeightedPoint[], knotCount: number): PiecewiseLinear {
  const xs = Float64Array.from(points, ({ x }) => x).toSorted();
  if (!Number.isInteger(knotCount) || knotCount < 2 || xs.length < 2 * knotCount) {
    throw new RangeError(
      `fitPiecewiseLinear: needs at least 2 knots and twice as many points; got ${knotCount} and ${xs.length}.`,
    );
  }
  const knots = Float64Array.from(
    { length: knotCount },
    (_, i) => xs[Math.round((i * (xs.length - 1)) / (knotCount - 1))]!,
  );
  if (knots.some((knot, i) => i > 0 && !(knot > knots[i - 1]!))) {
    throw new RangeError('fitPiecewiseLinear: the points must have enough different x; got repeated knots.');
  }
  const diagonal = new Float64Array(knotCount);
  const beside = new Float64Array(knotCount - 1);
  const right = new Float64Array(knotCount);
  for (const { x, y, weight } of points) {
    const { index, share } = locate(knots, x);
    diagonal[index]! += weight * (1 - share) ** 2;
    diagonal[index + 1]! += weight * share ** 2;
    beside[index]! += weight * share * (1 - share);
    right[index]! += weight * (1 - share) * y;
    right[index + 1]! += weight * share * y;
  }
  return { knots, values: solveTridiagonal(diagonal, beside, right) };
}

/** The function's value. */
export function evaluatePiecewiseLinear({ knots, values }: PiecewiseLinear, x: number): number {
  const { index, share } = locate(knots, x);
  return (1 - share) * values[index]! + share * values[index + 1]!;
}

/** The interval `[knots[index], knots[index + 1]]` of `x`, and where in it, from 0 to 1. */
function locate(knots: Float64Array, x: number): { index: number; share: number } {
  let index = 0;
  let end = knots.length - 1;
  while (end - index > 1) {
    const middle = (index + end) >> 1;
    if (knots[middle]! <= x) index = middle;
    else end = middle;
  }
  const share = (x - knots[index]!) / (knots[index + 1]! - knots[index]!);
  return { index, share: Math.min(1, Math.max(0, share)) };
}

/** Solves a symmetric positive definite tridiagonal system by elimination without pivoting. Overwrites its arguments. */
function solveTridiagonal(diagonal: Float64Array, beside: Float64Array, right: Float64Array): Float64Array {
  const n = diagonal.length;
  for (let i = 1; i < n; i++) {
    const factor = beside[i - 1]! / diagonal[i - 1]!;
    diagonal[i]! -= factor * beside[i - 1]!;
    right[i]! -= factor * right[i - 1]!;
  }
  right[n - 1]! /= diagonal[n - 1]!;
  for (let i = n - 2; i >= 0; i--) right[i] = (right[i]! - beside[i]! * right[i + 1]!) / diagonal[i]!;
  return right;
}
