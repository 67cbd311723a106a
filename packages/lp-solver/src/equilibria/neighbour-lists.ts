/** Sums over the edges of a sparse graph: for each node a list of neighbours and of weights. */

import type { HostArray } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import type { SparseMatrix } from '../problem.ts';
import { degreeBands, rowsByDegree } from './sparse-product.ts';

/** From whom each node of one side receives: nodes with about as many neighbours are one band. */
export type NeighbourLists<T> = {
  readonly bands: readonly {
    /** int32 `[nodes of the band, degree]`; of what only fills a list up, 0. */
    readonly neighbours: T;
    /** float32 `[nodes of the band, degree]`; of what only fills a list up, 0. */
    readonly weights: T;
  }[];
  /** int32 `[nodes]`: where each node stands among those of all bands; left out where they stand in order. */
  readonly order?: T;
};

/** An empty array of a graph's floats. */
export type MakeFloats = (
  shape: readonly number[],
) => HostArray & { readonly data: Float32Array | Float64Array };

/** The lists of the rows of a matrix: row `i` receives `A_ij` times what column `j` sends. */
export function neighbourLists(A: SparseMatrix, floats: MakeFloats): NeighbourLists<HostArray> {
  const degreeOf = (row: number): number => A.starts[row + 1]! - A.starts[row]!;
  const sorted = rowsByDegree(A);
  const ranges = degreeBands(Array.from(sorted, degreeOf));
  // Nothing moves where every list is as long as the longest.
  const isSorted = ranges.length > 1;
  const order = isSorted ? sorted : sorted.toSorted();
  const bands = ranges.map(([from, to]) => {
    const degree = Math.max(1, degreeOf(sorted[to - 1]!));
    const shape = [to - from, degree];
    const neighbours = new Int32Array(shape[0]! * degree);
    const weights = floats(shape);
    for (let i = 0; i < to - from; i++) {
      const row = order[from + i]!;
      for (let k = A.starts[row]!, at = i * degree; k < A.starts[row + 1]!; k++, at++) {
        neighbours[at] = A.indices[k]!;
        weights.data[at] = A.values[k]!;
      }
    }
    return { neighbours: { data: neighbours, shape }, weights };
  });
  if (!isSorted) return { bands };
  const place = new Int32Array(A.rows);
  order.forEach((row, at) => (place[row] = at));
  return { bands, order: { data: place, shape: [A.rows] } };
}

/**
 * `Σ_j A_ij v_j`, from `[columns, f]` to `[rows, f]`.
 * @param lists - those of the rows of `A`, as tensors. Borrowed.
 */
export function receive({ bands, order }: NeighbourLists<tf.Tensor>, v: tf.Tensor): tf.Tensor {
  const sums = bands.map(({ neighbours, weights }) => {
    // A product of a row with a matrix for each node: multiplying and adding up apart takes twice as long at 33 features.
    const received = tf.gather(v, neighbours);
    return tf.reshape(tf.matMul(tf.expandDims(weights, 1), received), [-1, v.shape[1]!]);
  });
  const all = sums.length === 1 ? sums[0]! : tf.concat(sums, 0);
  return order === undefined ? all : tf.gather(all, order);
}
