/** Products with a sparse matrix in TF.js ops: gathers of equal length, multiplied and summed. */

import type { HostArray } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import type { SparseMatrix } from '../problem.ts';

/** Consecutive rows of the matrix, filled up to the same number of entries. */
type Band = { readonly degree: number; readonly rows: number };

/** How a product is computed: bands of rows, or, for a matrix small enough, one dense product. */
export type ProductPlan =
  | { readonly kind: 'dense'; readonly matrix: SparseMatrix }
  | {
      readonly kind: 'bands';
      readonly matrix: SparseMatrix;
      readonly bands: readonly Band[];
      /** int32: the column of each entry, band after band, each laid out as `[degree, rows]`; of a filling, 0. */
      readonly columns: Int32Array;
      /** int32: the place of each entry in the matrix's values; of a filling, −1. */
      readonly entries: Int32Array;
    };

/** Below this many entries, zeros included, a dense product takes less time than the nodes of a sparse one. */
const DENSE_ENTRIES = 1 << 15;
/** Time of a band's nodes, in units of the time to gather, multiply and add one entry. */
const BAND_COST = 1200;

/**
 * Plans `x ↦ A x` for a matrix whose rows come in the order of their number of entries ({@link rowsByDegree}).
 *
 * Bands are chosen to cost the least: each costs its nodes, and each entry filled in costs as much as a real one.
 */
export function planProduct(matrix: SparseMatrix): ProductPlan {
  if (matrix.rows * matrix.columns <= DENSE_ENTRIES) return { kind: 'dense', matrix };
  const ranges = degreeBands(Array.from({ length: matrix.rows }, (_, i) => degreeOf(matrix, i)));
  const bands = ranges.map(([from, to]) => ({ degree: degreeOf(matrix, to - 1), rows: to - from }));
  const size = bands.reduce((sum, { degree, rows }) => sum + degree * rows, 0);
  const columns = new Int32Array(size);
  const entries = new Int32Array(size).fill(-1);
  let offset = 0;
  ranges.forEach(([from], b) => {
    const { degree, rows } = bands[b]!;
    for (let i = 0; i < rows; i++) {
      const start = matrix.starts[from + i]!;
      for (let d = 0; d < degreeOf(matrix, from + i); d++) {
        columns[offset + d * rows + i] = matrix.indices[start + d]!;
        entries[offset + d * rows + i] = start + d;
      }
    }
    offset += degree * rows;
  });
  return { kind: 'bands', matrix, bands, columns, entries };
}

/** The rows in the order of their number of entries, few first. */
export function rowsByDegree(A: SparseMatrix): Int32Array {
  const rows = Int32Array.from({ length: A.rows }, (_, i) => i);
  return rows.toSorted((a, b) => degreeOf(A, a) - degreeOf(A, b) || a - b);
}

/** The values of a matrix with the pattern of the plan's, laid out for {@link applyProduct}; float64. */
export function productValues(plan: ProductPlan, values: Float64Array): HostArray {
  const { matrix } = plan;
  if (plan.kind === 'bands') {
    const data = Float64Array.from(plan.entries, (k) => (k < 0 ? 0 : values[k]!));
    return { data, shape: [1, data.length] };
  }
  const data = new Float64Array(matrix.rows * matrix.columns);
  for (let i = 0; i < matrix.rows; i++) {
    for (let k = matrix.starts[i]!; k < matrix.starts[i + 1]!; k++) {
      data[matrix.indices[k]! * matrix.rows + i] = values[k]!;
    }
  }
  return { data, shape: [matrix.columns, matrix.rows] };
}

/**
 * `A x` for a batch of one.
 *
 * @param values - what {@link productValues} laid out, as a tensor. Borrowed.
 * @param x - `[1, columns]`. Borrowed.
 * @returns `[1, rows]`. Owned by the caller.
 */
export function applyProduct(plan: ProductPlan, values: tf.Tensor, x: tf.Tensor): tf.Tensor {
  if (plan.kind === 'dense') return tf.matMul(x, values);
  const { bands, columns } = plan;
  // One gather and one product for all bands: nodes cost more than entries.
  const products = tf.mul(tf.gather(x, tf.tensor1d(columns, 'int32'), 1), values);
  const sizes = bands.map(({ degree, rows }) => degree * rows);
  const sums = tf.split(products, sizes, 1).map((part, band) => {
    const { degree, rows } = bands[band]!;
    return tf.sum(tf.reshape(part, [1, degree, rows]), 1);
  });
  return sums.length === 1 ? sums[0]! : tf.concat(sums, 1);
}

function degreeOf(A: SparseMatrix, row: number): number {
  return A.starts[row + 1]! - A.starts[row]!;
}

/**
 * Where bands of rows begin and end: the cheapest partition, by dynamic programming over the degrees.
 * @param degrees - the number of entries of each row, few first.
 */
export function degreeBands(degrees: readonly number[]): [from: number, to: number][] {
  const ends: number[] = [];
  for (let i = 1; i <= degrees.length; i++) if (degrees[i] !== degrees[i - 1]) ends.push(i);
  const cost = [0];
  const previous = [0];
  ends.forEach((end, last) => {
    const degree = degrees[end - 1]!;
    let best = Infinity;
    for (let first = 0; first <= last; first++) {
      const start = first === 0 ? 0 : ends[first - 1]!;
      const total = cost[first]! + BAND_COST + degree * (end - start);
      if (total < best) {
        best = total;
        previous[last + 1] = first;
      }
    }
    cost.push(best);
  });
  const ranges: [number, number][] = [];
  for (let at = ends.length; at > 0; at = previous[at]!) {
    const first = previous[at]!;
    ranges.unshift([first === 0 ? 0 : ends[first - 1]!, ends[at - 1]!]);
  }
  return ranges;
}
