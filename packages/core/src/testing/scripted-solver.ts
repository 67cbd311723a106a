/** A solver that goes where it is told, for tests of what watches solvers. */
import * as tf from '@tensorflow/tfjs';
import type { Solver } from '../solvers/contract.ts';

/** Steps to `points[k]` in step `k`, whatever the map, every sample alike; then stays at the last. For states of one number a sample. */
export function scripted(...points: readonly number[]): Solver<tf.Tensor, { readonly k: tf.Tensor }> {
  const last = tf.scalar(points.length - 1, 'int32');
  const all = tf.tensor1d([...points]);
  return {
    name: 'scripted',
    evaluationsPerStep: 1,
    init: (z0) => ({ k: tf.fill([z0.shape[0]], 0, 'int32') }),
    step: (f, z, { k }) => ({
      value: tf.reshape(tf.gather(all, tf.minimum(k, last)), z.shape),
      image: f(z, undefined),
      state: { k: tf.add(k, tf.scalar(1, 'int32')) },
    }),
  };
}
