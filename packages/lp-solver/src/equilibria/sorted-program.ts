/** Orders rows and columns so that products need no permutation, and undoes it. */

import type { Minimization, SparseMatrix } from '../problem.ts';
import { rowsByDegree } from './sparse-product.ts';

/** A program with rows and columns in another order, and its matrix transposed. */
export type SortedProgram = {
  readonly sorted: Minimization;
  /** `Aᵀ` of the sorted program, in compressed rows. */
  readonly transposed: SparseMatrix;
  /** For each place in {@link transposed}'s values, the place of the same entry in the sorted matrix's values. */
  readonly transposedEntries: Int32Array;
  /** int32 `[rows]`: the original row at each place. */
  readonly rowOrder: Int32Array;
  /** int32 `[columns]`: the original column at each place. */
  readonly columnOrder: Int32Array;
};

/** Sorts rows and columns by their number of entries. */
export function sortProgram(lp: Minimization): SortedProgram {
  const rowOrder = rowsByDegree(lp.matrix);
  const columnOrder = rowsByDegree(transpose(lp.matrix).matrix);
  const matrix = permute(lp.matrix, rowOrder, columnOrder);
  const { matrix: transposed, entries: transposedEntries } = transpose(matrix);
  const byRow = (values: Float64Array): Float64Array => values.map((_, i) => values[rowOrder[i]!]!);
  const byColumn = (values: Float64Array): Float64Array => values.map((_, j) => values[columnOrder[j]!]!);
  const sorted: Minimization = {
    ...lp,
    matrix,
    objective: byColumn(lp.objective),
    lower: byColumn(lp.lower),
    upper: byColumn(lp.upper),
    rowLower: byRow(lp.rowLower),
    rowUpper: byRow(lp.rowUpper),
  };
  return { sorted, transposed, transposedEntries, rowOrder, columnOrder };
}

/** Puts values that stand in sorted order back: the value at place `i` goes to `order[i]`. */
export function unsort(values: Float64Array, order: Int32Array): Float64Array {
  const original = new Float64Array(values.length);
  values.forEach((value, i) => (original[order[i]!] = value));
  return original;
}

function permute(A: SparseMatrix, rowOrder: Int32Array, columnOrder: Int32Array): SparseMatrix {
  const newColumn = new Int32Array(A.columns);
  columnOrder.forEach((column, place) => (newColumn[column] = place));
  const starts = new Int32Array(A.rows + 1);
  const indices = new Int32Array(A.values.length);
  const values = new Float64Array(A.values.length);
  let next = 0;
  rowOrder.forEach((row, place) => {
    for (let k = A.starts[row]!; k < A.starts[row + 1]!; k++) {
      indices[next] = newColumn[A.indices[k]!]!;
      values[next++] = A.values[k]!;
    }
    starts[place + 1] = next;
  });
  return { ...A, starts, indices, values };
}

/** `Aᵀ` in compressed rows, and for each place in its values the place of the same entry in those of `A`. */
export function transpose(A: SparseMatrix): { readonly matrix: SparseMatrix; readonly entries: Int32Array } {
  const starts = new Int32Array(A.columns + 1);
  for (const column of A.indices) starts[column + 1]! += 1;
  for (let j = 0; j < A.columns; j++) starts[j + 1]! += starts[j]!;
  const next = starts.slice(0, -1);
  const indices = new Int32Array(A.values.length);
  const entries = new Int32Array(A.values.length);
  for (let i = 0; i < A.rows; i++) {
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) {
      const place = next[A.indices[k]!]!++;
      indices[place] = i;
      entries[place] = k;
    }
  }
  const values = Float64Array.from(entries, (k) => A.values[k]!);
  return { matrix: { rows: A.columns, columns: A.rows, starts, indices, values }, entries };
}
