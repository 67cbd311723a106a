/** Products and construction of sparse matrices in compressed rows. */

import type { SparseMatrix } from '../problem.ts';

/** A nonzero: row, column, value. */
export type Entry = readonly [row: number, column: number, value: number];

/**
 * Builds a matrix from its entries; entries of the same place are added, zeros are kept out.
 *
 * @param shape - rows and columns.
 * @param entries - in any order.
 * @throws {RangeError} if an entry lies outside the shape.
 */
export function fromEntries(shape: readonly [number, number], entries: readonly Entry[]): SparseMatrix {
  const [rows, columns] = shape;
  const byRow: Map<number, number>[] = Array.from({ length: rows }, () => new Map());
  for (const [i, j, value] of entries) {
    const row = byRow[i];
    if (row === undefined || !(j >= 0 && j < columns)) {
      throw new RangeError(`fromEntries: entries must lie inside [${rows}, ${columns}]; got (${i}, ${j}).`);
    }
    row.set(j, (row.get(j) ?? 0) + value);
  }
  const kept = byRow.map((row) => [...row].filter(([, value]) => value !== 0).toSorted(([a], [b]) => a - b));
  const starts = new Int32Array(rows + 1);
  kept.forEach((row, i) => (starts[i + 1] = starts[i]! + row.length));
  const flat = kept.flat();
  return {
    rows,
    columns,
    starts,
    indices: Int32Array.from(flat, ([j]) => j),
    values: Float64Array.from(flat, ([, value]) => value),
  };
}

/** `A x`. `x` is float64 `[columns]`, the result a fresh float64 `[rows]`. */
export function multiply(A: SparseMatrix, x: Float64Array): Float64Array {
  const product = new Float64Array(A.rows);
  for (let i = 0; i < A.rows; i++) {
    let sum = 0;
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) sum += A.values[k]! * x[A.indices[k]!]!;
    product[i] = sum;
  }
  return product;
}

/** `Aᵀ y`. `y` is float64 `[rows]`, the result a fresh float64 `[columns]`. */
export function multiplyTransposed(A: SparseMatrix, y: Float64Array): Float64Array {
  const product = new Float64Array(A.columns);
  for (let i = 0; i < A.rows; i++) {
    const scale = y[i]!;
    if (scale === 0) continue;
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) product[A.indices[k]!]! += A.values[k]! * scale;
  }
  return product;
}

/** The matrix of absolute values. Shares the pattern of `A`. */
export function absolute(A: SparseMatrix): SparseMatrix {
  return { ...A, values: A.values.map(Math.abs) };
}

/** `a · b`, float64. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `‖a‖₂`, scaled so that it neither overflows nor underflows. */
export function norm(a: Float64Array): number {
  const largest = maximumNorm(a);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (const value of a) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** `‖a‖∞`; NaN if any entry is NaN. */
export function maximumNorm(a: Float64Array): number {
  let largest = 0;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  return largest;
}
