/** Samples of host arrays, axis 0 being the batch: taken out and put back, bit for bit. */
import { leaves, unflatten, type HostArray, type Tree } from '@equilibria/compile';

/**
 * Some samples, in the order asked for.
 * @param isBatched - for each leaf, in the order of `leaves`, whether it has samples; the others are kept whole. Default: all have.
 */
export function gatherSamples<T extends Tree<HostArray>>(
  tree: T,
  samples: readonly number[],
  isBatched?: readonly boolean[],
): T {
  const taken = leaves<HostArray>(tree).map((leaf, i) =>
    (isBatched?.[i] ?? true) ? gatherRows(leaf, samples) : leaf,
  );
  // Same structure; only lengths of axis 0 are others.
  return unflatten(tree, taken) as T;
}

/**
 * A copy of `into` whose samples `to[row]` are the rows of `from`.
 * @param to - null for a row that goes nowhere.
 */
export function scatterSamples<T extends Tree<HostArray>>(
  into: T,
  from: T,
  to: readonly (number | null)[],
): T {
  const sources = leaves<HostArray>(from);
  const filled = leaves<HostArray>(into).map((leaf, i) => scatterRows(leaf, sources[i]!, to));
  return unflatten(into, filled) as T;
}

function gatherRows({ data, shape }: HostArray, samples: readonly number[]): HostArray {
  const length = rowLength(shape);
  const taken = data.slice(0, samples.length * length);
  samples.forEach((sample, row) => {
    taken.set(data.subarray(sample * length, (sample + 1) * length), row * length);
  });
  return { data: taken, shape: [samples.length, ...shape.slice(1)] };
}

function scatterRows(into: HostArray, from: HostArray, to: readonly (number | null)[]): HostArray {
  const length = rowLength(into.shape);
  const data = into.data.slice();
  to.forEach((sample, row) => {
    if (sample === null) return;
    data.set(from.data.subarray(row * length, (row + 1) * length), sample * length);
  });
  return { data, shape: into.shape };
}

function rowLength(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}
