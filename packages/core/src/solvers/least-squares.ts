/** Small dense least-squares problems, one per sample. */
import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import { rowNorms } from './sample-rows.ts';

/** What is left of a vector below this part of it is rounding, in float32 at least. */
const DEPENDENT = 1e-6;

/** A vector as a part in the span of orthonormal rows, and a new direction. */
export type Split = {
  /** float32 `[batch, k]`: the coefficients of the rows. */
  readonly coefficients: tf.Tensor;
  /** float32 `[batch, n]`: the unit vector of what is left; zero where nothing is. */
  readonly direction: tf.Tensor;
  /** float32 `[batch, 1]`: the length of what is left; zero where it is less than 1e-6 of the vector. */
  readonly length: tf.Tensor;
};

/**
 * Splits a vector by orthonormal rows, each sample by itself: classical Gram–Schmidt, done twice, which is orthogonal to rounding. Rows
 * may be zero; a vector that is not finite has no direction.
 *
 * @param rows - the orthonormal rows, float32 `[batch, n]` each.
 * @param x - float32 `[batch, n]`.
 * @see Giraud, Langou & Rozložník, The loss of orthogonality in the Gram–Schmidt orthogonalization process, Comput. Math. Appl.
 *   50 (2005), for twice being enough.
 */
export function splitBy(rows: readonly tf.Tensor[], x: tf.Tensor): Split {
  let rest = x;
  let coefficients = tf.zeros([x.shape[0], 0]);
  if (rows.length > 0) {
    const Q = tf.stack([...rows], 1);
    const project = (vector: tf.Tensor) => tf.matMul(Q, tf.expandDims(vector, 2));
    const without = (vector: tf.Tensor, c: tf.Tensor) =>
      tf.sub(vector, tf.squeeze(tf.matMul(c, Q, true, false), [1]));
    const first = project(x);
    const once = without(x, first);
    const second = project(once);
    rest = without(once, second);
    coefficients = tf.squeeze(tf.add(first, second), [2]);
  }
  const left = rowNorms(rest);
  const isNew = tf.greater(left, tf.mul(constant(DEPENDENT), rowNorms(x)));
  return {
    coefficients,
    direction: tf.where(isNew, tf.div(rest, left), tf.zerosLike(rest)),
    length: tf.where(isNew, left, tf.zerosLike(left)),
  };
}

/**
 * Minimises `‖A x − b‖₂` for each sample by QR. Unrolled: some twenty TF.js ops per column, so for a handful of columns. A column that
 * depends on those before it, or is not finite, gets the coefficient 0; it never throws.
 *
 * @param columns - the columns of `A`, float32 `[batch, rows]` each.
 * @param b - float32 `[batch, rows]`.
 * @returns `x`, a float32 `[batch, 1]` for each column.
 * @see Golub & Van Loan, Matrix Computations, 4th ed. (2013), §5.2.
 */
export function solveLeastSquares(columns: readonly tf.Tensor[], b: tf.Tensor): tf.Tensor[] {
  const splits: Split[] = [];
  for (const column of columns) {
    splits.push(
      splitBy(
        splits.map(({ direction }) => direction),
        column,
      ),
    );
  }
  const x: tf.Tensor[] = [];
  for (let j = columns.length - 1; j >= 0; j--) {
    const { direction, length } = splits[j]!;
    let target = tf.sum(tf.mul(direction, b), 1, true);
    for (let k = j + 1; k < columns.length; k++) {
      const entry = tf.slice(splits[k]!.coefficients, [0, j], [b.shape[0], 1]);
      target = tf.sub(target, tf.mul(entry, x[k]!));
    }
    x[j] = tf.where(tf.greater(length, constant(0)), tf.div(target, length), tf.zerosLike(target));
  }
  return x;
}
