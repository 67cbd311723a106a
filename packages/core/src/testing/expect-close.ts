/** Comparing numbers so that nothing passes by accident. */
import type * as tf from '@tensorflow/tfjs';
import { leavesWithPaths, type HostArray, type PathLeaf, type Tree } from '@equilibria/compile';

/** `|actual − expected| ≤ atol + rtol·|expected|`. */
export type Closeness = {
  /** Dimensionless; default 1e-5, for float32 against float32. */
  readonly rtol?: number;
  /** In the units of the numbers; default 1e-6. */
  readonly atol?: number;
};

/** What can be compared: numbers, typed arrays, tensors, host arrays, and trees (lists too) of these. */
export type Numbers = Tree<number | ArrayLike<number> | tf.Tensor | HostArray>;

type Entry = { readonly path: string; readonly value: number };

/**
 * Holds if every number of `actual` is close to the one at its place in `expected`. NaN and each infinity equal only
 * themselves, at any tolerance. Two tensors must have equal shapes and two trees equal structure; a flat list compares with
 * a tensor's values in row-major order.
 *
 * @throws {Error} naming the worst place.
 */
export function expectClose(actual: Numbers, expected: Numbers, closeness: Closeness = {}): void {
  const { rtol = 1e-5, atol = 1e-6 } = closeness;
  const [got, wanted] = [leavesWithPaths<unknown>(actual), leavesWithPaths<unknown>(expected)];
  assertSameShapes(got, wanted);
  const [values, targets] = [got.flatMap(entriesOf), wanted.flatMap(entriesOf)];
  assertSamePlaces(values, targets);
  const misses = values
    .map(({ path, value }, i) => {
      const target = targets[i]!.value;
      return { path, value, target, gap: gapBeyond(atol + rtol * Math.abs(target), value, target) };
    })
    .filter(({ gap }) => gap > 0);
  if (misses.length === 0) return;
  const worst = misses.reduce((a, b) => (b.gap > a.gap ? b : a));
  throw new Error(
    `expectClose: ${misses.length} of ${values.length} numbers are off (rtol ${rtol}, atol ${atol}); ` +
      `worst at [${worst.path}]: got ${worst.value}, expected ${worst.target}.`,
  );
}

/** How far two numbers are apart if that is beyond the tolerance, else 0. */
function gapBeyond(tolerance: number, value: number, target: number): number {
  if (Object.is(value, target) || value === target) return 0;
  const gap = Math.abs(value - target);
  // NaN, or infinite on one side: no tolerance covers that.
  if (!Number.isFinite(value) || !Number.isFinite(target)) return Infinity;
  return gap <= tolerance ? 0 : gap;
}

function assertSameShapes(
  actual: readonly PathLeaf<unknown>[],
  expected: readonly PathLeaf<unknown>[],
): void {
  const shapes = new Map(expected.map(({ path, leaf }) => [path, shapeOf(leaf)]));
  for (const { path, leaf } of actual) {
    const [got, wanted] = [shapeOf(leaf), shapes.get(path)];
    if (got === undefined || wanted === undefined || got === wanted) continue;
    const place = path === '' ? '' : ` at '${path}'`;
    throw new Error(`expectClose: expected shape [${wanted}]${place}; got [${got}].`);
  }
}

function assertSamePlaces(actual: readonly Entry[], expected: readonly Entry[]): void {
  if (actual.length !== expected.length) {
    throw new Error(`expectClose: expected ${expected.length} numbers; got ${actual.length}.`);
  }
  const i = actual.findIndex(({ path }, at) => path !== expected[at]!.path);
  if (i < 0) return;
  throw new Error(`expectClose: got '${actual[i]!.path}', expected '${expected[i]!.path}'.`);
}

function shapeOf(leaf: unknown): string | undefined {
  return (leaf as { shape?: readonly number[] }).shape?.join(', ');
}

/** The numbers of a leaf; entry `i` of an array at `path` is at `path.i`, as in a list. */
function entriesOf({ path, leaf }: PathLeaf<unknown>): Entry[] {
  if (typeof leaf === 'number') return [{ path: path === '' ? '0' : path, value: leaf }];
  const prefix = path === '' ? '' : `${path}.`;
  return Array.from(valuesOf(leaf, path), (value, i) => ({ path: `${prefix}${i}`, value }));
}

function valuesOf(leaf: unknown, path: string): ArrayLike<number> {
  const { data, dataSync } = leaf as { data?: unknown; dataSync?: () => ArrayLike<number> };
  if (typeof dataSync === 'function') return dataSync.call(leaf);
  const values = ArrayBuffer.isView(data) ? data : leaf;
  if (ArrayBuffer.isView(values)) return values as unknown as ArrayLike<number>;
  throw new Error(`expectClose: a leaf must be numbers or a tensor; got ${typeof leaf} at '${path}'.`);
}
