/** A batch whose samples end in all ways: a map, starts and parameters. */
import * as tf from '@tensorflow/tfjs';
import { column } from './sample-maps.ts';

type Vector = tf.Tensor;

/** What each sample is mapped by. */
export type Affine = { readonly rate: Vector; readonly bound: Vector };

/** `rate·z + 1`, NaN beyond the bound; no comparison, which has no gradient. */
export const affineWithin =
  ({ rate, bound }: Affine) =>
  (z: Vector): Vector =>
    tf.add(
      tf.add(tf.mul(z, rate), tf.scalar(1)),
      tf.mul(tf.scalar(0), tf.sqrt(tf.add(tf.sub(bound, z), tf.scalar(1)))),
    );

/** A bound that nothing reaches. */
export const FAR = 1e30;

/** Rates, bounds and starts: two converge early, then a divergence, a NaN at step 4, a cycle, no progress, and no end in 130 steps. */
const MIX = [
  [0.5, FAR, 0],
  [0.1, FAR, 0],
  [3, FAR, 1],
  [1, 2.5, 0],
  [-1, FAR, 3],
  [1, FAR, 0],
  [0.999, FAR, 0],
] as const;

export const mixedStart = column(...MIX.map(([, , z]) => z));
export const mixedContext: Affine = {
  rate: column(...MIX.map(([rate]) => rate)),
  bound: column(...MIX.map(([, bound]) => bound)),
};
