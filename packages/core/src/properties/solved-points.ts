/** Solves and points on the host, and when two points are one. */
import * as tf from '@tensorflow/tfjs';
import { disposeTree, type TensorTree } from '@equilibria/compile';
import { toRows } from '../solvers/sample-rows.ts';
import type { Solver } from '../solvers/contract.ts';
import { solve, type SolveOptions } from '../solvers/solve.ts';
import type { Verdict } from '../solvers/verdict.ts';

/**
 * When two points count as one: `‖a − b‖₂ ≤ absolute + relative·max(‖a‖₂, ‖b‖₂)`. Solves stop at a residual, which is a distance only
 * up to `1/(1 − μ)`: allow a good deal more than the stop rule does, and ask for a smaller residual where contractions are slow.
 */
export type Nearness = {
  /** In the units of `z`; default 1e-4. */
  readonly absolute?: number;
  /** Dimensionless; default 1e-2. */
  readonly relative?: number;
};

/** Where a solve ended, on the host. */
export type SolvedPoints = {
  /** Per sample: the numbers of all leaves, end to end. */
  readonly points: readonly Float64Array[];
  readonly status: readonly Verdict[];
  /** Per sample: `‖f(z) − z‖₂` there. */
  readonly residual: Float64Array;
};

/** Solves and reads the points; see {@link solve}. The tensors `z` of the points are given to `use` before they are disposed. */
export async function solvePoints<Z extends TensorTree, T>(
  f: (z: Z) => Z,
  z0: Z,
  solver: Solver<Z>,
  { use, ...options }: SolveOptions<Z> & { readonly use?: (z: Z) => T },
): Promise<SolvedPoints & { readonly used: T | undefined }> {
  const { value, image, status, residual } = await solve(f, z0, solver, options);
  disposeTree(image);
  try {
    return { points: await rowsOf(value), status, residual, used: use?.(value) };
  } finally {
    disposeTree(value);
  }
}

/** The numbers of each sample. */
export async function rowsOf(z: TensorTree): Promise<Float64Array[]> {
  const rows = tf.tidy(() => toRows(z));
  try {
    const data = await rows.data();
    const [batch, size] = rows.shape as [number, number];
    return Array.from({ length: batch }, (_, i) => Float64Array.from(data.slice(i * size, (i + 1) * size)));
  } finally {
    rows.dispose();
  }
}

/** The tolerances with their defaults. @throws {RangeError} naming the function, if one is negative or not finite. */
export function nearnessOf(where: string, nearness: Nearness = {}): Required<Nearness> {
  const { absolute = 1e-4, relative = 1e-2 } = nearness;
  for (const [name, value] of Object.entries({ absolute, relative })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new RangeError(`${where}: nearness.${name} must be finite and >= 0; got ${value}.`);
  }
  return { absolute, relative };
}

/** Whether two points count as one; never of points that are not finite. */
export function isNear(
  a: Float64Array,
  b: Float64Array,
  { absolute, relative }: Required<Nearness>,
): boolean {
  return distanceOf(a, b) <= absolute + relative * Math.max(lengthOf(a), lengthOf(b));
}

/** `‖a‖₂` in float64. */
export function lengthOf(a: Float64Array): number {
  return Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
}

/** `‖a − b‖₂` in float64, of points of one length. */
export function distanceOf(a: Float64Array, b: Float64Array): number {
  return lengthOf(a.map((x, i) => x - b[i]!));
}
