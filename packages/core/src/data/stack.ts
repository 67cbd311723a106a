/** From samples to a batch. */
import {
  assertSamePaths,
  DtypeError,
  type HostArray,
  leavesWithPaths,
  ShapeError,
  type Tree,
  unflatten,
} from '@equilibria/compile';

/**
 * Puts samples, trees of one structure, on top of each other: each leaf gets a first axis more, the batch.
 *
 * @param samples - at least one. Borrowed.
 * @returns arrays of the caller, of the kinds of the first sample's.
 * @throws {ShapeError} if there are no samples, or samples differ in structure or shape.
 * @throws {DtypeError} if they differ in the kind of their arrays.
 */
export function stack<T extends Tree<HostArray>>(samples: readonly T[]): T {
  const [first, ...rest] = samples;
  if (first === undefined) throw new ShapeError('stack: samples must not be empty; got none.');
  const expected = leavesWithPaths<HostArray>(first);
  const rows = [expected, ...rest.map((sample) => leavesWithPaths<HostArray>(sample))];
  for (const row of rows) assertSamePaths('stack', expected, row);
  const stacked = expected.map(({ path }, i) =>
    stackLeaves(
      rows.map((row) => row[i]!.leaf),
      path,
    ),
  );
  return unflatten<HostArray>(first, stacked) as T;
}

function stackLeaves(leaves: readonly HostArray[], path: string): HostArray {
  const { data: like, shape } = leaves[0]!;
  const data = emptyLike(like, leaves.length * like.length);
  leaves.forEach((leaf, i) => {
    if (kindOf(leaf.data) !== kindOf(like)) {
      throw new DtypeError(
        `stack: samples must have arrays of one kind; got ${kindOf(like)} and ${kindOf(leaf.data)} at '${path}'.`,
      );
    }
    const isSame = leaf.shape.length === shape.length && leaf.shape.every((d, axis) => d === shape[axis]);
    if (!isSame || leaf.data.length !== like.length) {
      throw new ShapeError(
        `stack: samples must have one shape; got [${shape.join(', ')}] and [${leaf.shape.join(', ')}] at '${path}'. ` +
          'Pad them, or give a collate of your own.',
      );
    }
    data.set(leaf.data, i * like.length);
  });
  return { data, shape: [leaves.length, ...shape] };
}

function emptyLike(like: HostArray['data'], length: number): HostArray['data'] {
  if (like instanceof Float64Array) return new Float64Array(length);
  if (like instanceof Float32Array) return new Float32Array(length);
  return like instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

function kindOf(data: HostArray['data']): string {
  return data[Symbol.toStringTag];
}
