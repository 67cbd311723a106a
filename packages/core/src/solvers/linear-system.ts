/** Small dense linear systems, one per sample. */
import * as tf from '@tensorflow/tfjs';

/**
 * Solves `A x = b` for each sample by Gauss–Jordan elimination without pivoting, which is stable for symmetric positive
 * definite `A`. Unrolled: seven TF.js ops per unknown, so for a handful of unknowns. Where a pivot vanishes, the sample's
 * `x` is not finite; it never throws.
 *
 * @param A - float32 `[batch, n, n]`.
 * @param b - float32 `[batch, n, 1]`.
 * @returns float32 `[batch, n, 1]`.
 * @see Golub & Van Loan, Matrix Computations, 4th ed. (2013), §3.4 and §4.2 (no pivoting for positive definite systems).
 */
export function solvePositiveDefinite(A: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [batch, n] = A.shape as [number, number, number];
  let rows = tf.concat([A, b], 2);
  for (let i = 0; i < n; i++) {
    const row = tf.slice(rows, [0, i, 0], [batch, 1, n + 1]);
    const pivotRow = tf.div(row, tf.slice(row, [0, 0, i], [batch, 1, 1]));
    // Column i less the unit vector e_i: row i becomes the pivot row, the others lose their entry in column i.
    const factors = tf.sub(tf.slice(rows, [0, 0, i], [batch, n, 1]), unitVector(n, i));
    rows = tf.sub(rows, tf.mul(factors, pivotRow));
  }
  return tf.slice(rows, [0, 0, n], [batch, n, 1]);
}

function unitVector(n: number, i: number): tf.Tensor {
  const entries = Array.from({ length: n }, (_, j) => (j === i ? 1 : 0));
  return tf.tensor(entries, [1, n, 1]);
}
