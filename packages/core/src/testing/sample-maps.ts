/** Small batches and maps with known fixed points, for tests of solvers. */
import * as tf from '@tensorflow/tfjs';

/** float32 `[values.length, 1]`: one number a sample. Owned by the caller. */
export function column(...values: number[]): tf.Tensor {
  return tf.tensor(values, [values.length, 1]);
}

/**
 * Scales each sample by its own rate and shifts it: `z ← rate·z + shift` on float32 `[batch, n]`, with the fixed point
 * `shift / (1 − rate)`. It contracts by `|rate|`.
 * @param shift - default 1.
 */
export function affine(rates: readonly number[], shift = 1): (z: tf.Tensor) => tf.Tensor {
  const rate = column(...rates);
  return (z) => tf.add(tf.mul(z, rate), tf.scalar(shift));
}
