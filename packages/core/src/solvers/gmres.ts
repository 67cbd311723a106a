/** GMRES: linear systems known by their products, one per sample. */
import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import { rowNorms } from './sample-rows.ts';
import { solveLeastSquares, splitBy } from './least-squares.ts';

/**
 * The `x` that minimises `‖A x − b‖₂` in the Krylov space of `steps` dimensions, each sample by itself, from `x = 0`: as many products with
 * `A`, none more. Unrolled and traceable.
 *
 * Where the space is exhausted before (a solution was found, or `A` is singular) the remaining products are made with zero
 * vectors, to no effect. `‖A x − b‖` is at most `‖b‖`, up to rounding; nothing more is promised, and `x` is 0 where a product is not finite.
 *
 * @param A - maps float32 `[batch, n]` to the same, linearly, samples apart.
 * @param b - float32 `[batch, n]`. Borrowed.
 * @param steps - products, a natural number.
 * @returns float32 `[batch, n]`.
 * @see Saad & Schultz, GMRES, SIAM J. Sci. Stat. Comput. 7 (1986).
 */
export function gmres(A: (x: tf.Tensor) => tf.Tensor, b: tf.Tensor, steps: number): tf.Tensor {
  const [batch] = b.shape as [number, number];
  const start = splitBy([], b);
  const basis = [start.direction];
  const columns: tf.Tensor[] = [];
  for (let j = 0; j < steps; j++) {
    const { coefficients, direction, length } = splitBy(basis, A(basis[j]!));
    columns.push(tf.concat([coefficients, length, tf.zeros([batch, steps - 1 - j])], 1));
    basis.push(direction);
  }
  const target = tf.concat([start.length, tf.zeros([batch, steps])], 1);
  const weights = tf.concat(solveLeastSquares(columns, target), 1);
  const x = tf.matMul(tf.expandDims(weights, 1), tf.stack(basis.slice(0, steps), 1));
  const rows = tf.squeeze(x, [1]);
  const isFinite = tf.less(rowNorms(rows), constant(Infinity));
  return tf.where(isFinite, rows, tf.zerosLike(rows));
}
