/** A solver whose state is not of samples alone. */
import * as tf from '@tensorflow/tfjs';
import type { Solver } from '../solvers/contract.ts';

/** A count without samples, and a history of a form to be told. */
export type SharedState = { readonly count: tf.Tensor; readonly history: tf.Tensor };
/** Picard with steps that shrink by a count that all samples share. */
export const shrinkingPicard = (history: (batch: number) => number[]): Solver<tf.Tensor, SharedState> => ({
  name: 'shrinking',
  evaluationsPerStep: 1,
  init: (z) => ({ count: tf.scalar(0), history: tf.zeros(history(z.shape[0])) }),
  step: (f, z, { count, history: kept }) => {
    const image = f(z, undefined);
    const length = tf.add(tf.scalar(0.5), tf.div(tf.scalar(0.5), tf.add(count, tf.scalar(1))));
    return {
      value: tf.add(z, tf.mul(length, tf.sub(image, z))),
      image,
      state: { count: tf.add(count, tf.scalar(1)), history: kept },
    };
  },
});
