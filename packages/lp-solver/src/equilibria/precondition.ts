/** Diagonal preconditioning of a linear program, in plain float64. */

import type { Minimization, SparseMatrix } from '../problem.ts';
import { multiply, multiplyTransposed, norm } from '../problem/sparse-matrix.ts';

/**
 * A program whose rows and columns were multiplied by positive numbers. With `x = columnScale ∘ x̂` and
 * `y = rowScale ∘ ŷ`, `(x̂, ŷ)` solves `scaled` if and only if `(x, y)` solves the original.
 */
export type Preconditioned = {
  readonly scaled: Minimization;
  /** float64 `[rows]`, positive. */
  readonly rowScale: Float64Array;
  /** float64 `[columns]`, positive. */
  readonly columnScale: Float64Array;
};

/** How many sweeps of the first kind are made. */
export type PreconditionOptions = {
  /** Default 4, chosen on the public instances; where coefficients are of one size they do harm. */
  readonly geometricSweeps?: number;
};

/** Sweeps of Ruiz's, chosen on the public instances. */
const RUIZ_SWEEPS = 10;

/**
 * Sweeps that bring the geometric mean of the smallest and largest entry of each row, then of each column, to 1; sweeps of
 * Ruiz's equilibration, which bring the largest entry of each to 1; and one of Pock and Chambolle's, which divides by square
 * roots of sums, so that the norm of the matrix is at most 1.
 *
 * @see Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices (2001).
 * @see Pock & Chambolle, Diagonal preconditioning for first order primal-dual algorithms (2011), lemma 2 with α = 1.
 */
export function precondition(
  lp: Minimization,
  { geometricSweeps = 4 }: PreconditionOptions = {},
): Preconditioned {
  const rowScale = new Float64Array(lp.matrix.rows).fill(1);
  const columnScale = new Float64Array(lp.matrix.columns).fill(1);
  let matrix = lp.matrix;
  const rescale = (row: Float64Array, column: Float64Array): void => {
    matrix = scaleEntries(matrix, row, column);
    row.forEach((factor, i) => (rowScale[i]! *= factor));
    column.forEach((factor, j) => (columnScale[j]! *= factor));
  };
  const unit = { rows: rowScale.slice(), columns: columnScale.slice() };
  for (let sweep = 0; sweep < geometricSweeps; sweep++) {
    rescale(inverseRoots(entrySizes(matrix).rows.product), unit.columns);
    rescale(unit.rows, inverseRoots(entrySizes(matrix).columns.product));
  }
  for (let sweep = 0; sweep < RUIZ_SWEEPS; sweep++) {
    const { rows, columns } = entrySizes(matrix);
    rescale(inverseRoots(rows.largest), inverseRoots(columns.largest));
  }
  const { rows, columns } = entrySizes(matrix);
  rescale(inverseRoots(rows.sum), inverseRoots(columns.sum));
  const scaled: Minimization = {
    ...lp,
    matrix,
    objective: lp.objective.map((value, j) => value * columnScale[j]!),
    lower: lp.lower.map((value, j) => value / columnScale[j]!),
    upper: lp.upper.map((value, j) => value / columnScale[j]!),
    rowLower: lp.rowLower.map((value, i) => value * rowScale[i]!),
    rowUpper: lp.rowUpper.map((value, i) => value * rowScale[i]!),
  };
  return { scaled, rowScale, columnScale };
}

/**
 * The largest singular value of `A` by power iteration on `AᵀA`, from below.
 *
 * Stops when it changes by less than 1e-8 of itself, or after `maxSteps` products.
 * @returns 0 for a matrix without entries.
 */
export function matrixNorm(
  A: SparseMatrix,
  { maxSteps = 5000 }: { readonly maxSteps?: number } = {},
): number {
  // Of no special structure, so that it is hardly orthogonal to the largest singular vector.
  let x: Float64Array = Float64Array.from({ length: A.columns }, (_, j) => 1 + Math.sin(j + 1) / 2);
  let value = 0;
  for (let step = 0; step < maxSteps; step++) {
    const size = norm(x);
    if (size === 0) return value;
    const product = multiply(
      A,
      x.map((entry) => entry / size),
    );
    const next = norm(product);
    if (Math.abs(next - value) <= 1e-8 * next && step > 50) return next;
    value = next;
    x = multiplyTransposed(A, product);
  }
  return value;
}

/** For each row or column: of the sizes of its entries the largest, the sum, and smallest · largest; 0 if it is empty. */
type Sizes = { readonly largest: Float64Array; readonly sum: Float64Array; readonly product: Float64Array };

function entrySizes(A: SparseMatrix): { readonly rows: Sizes; readonly columns: Sizes } {
  const rows = emptySizes(A.rows);
  const columns = emptySizes(A.columns);
  for (let i = 0; i < A.rows; i++) {
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) {
      const size = Math.abs(A.values[k]!);
      rows.add(i, size);
      columns.add(A.indices[k]!, size);
    }
  }
  return { rows: rows.sizes(), columns: columns.sizes() };
}

function emptySizes(length: number): { add(at: number, size: number): void; sizes(): Sizes } {
  const largest = new Float64Array(length);
  const sum = new Float64Array(length);
  const smallest = new Float64Array(length).fill(Infinity);
  return {
    add: (at, size) => {
      largest[at] = Math.max(largest[at]!, size);
      sum[at]! += size;
      smallest[at] = Math.min(smallest[at]!, size);
    },
    sizes: () => ({
      largest,
      sum,
      product: smallest.map((size, at) => (sum[at] === 0 ? 0 : size * largest[at]!)),
    }),
  };
}

function scaleEntries(A: SparseMatrix, row: Float64Array, column: Float64Array): SparseMatrix {
  const values = Float64Array.from(A.values);
  for (let i = 0; i < A.rows; i++) {
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) values[k]! *= row[i]! * column[A.indices[k]!]!;
  }
  return { ...A, values };
}

/** Empty rows and columns stay as they are. */
function inverseRoots(sizes: Float64Array): Float64Array {
  return sizes.map((size) => (size > 0 ? 1 / Math.sqrt(size) : 1));
}
