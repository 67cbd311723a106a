/** Where else to start a solve from. */
import * as tf from '@tensorflow/tfjs';
import { mapTensors, type TensorTree } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { batchOf } from '../solvers/per-sample.ts';
import { fold, type Key } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';

/**
 * Further starts for the usual start `z0` and what the solve from there returned: trees like `z0`, fresh tensors that the property
 * disposes.
 */
export type Starts<Z extends TensorTree> = (z0: Z, solved: Z) => readonly Z[];

/**
 * The fixed points of other samples: start `j` gives sample `i` the point of sample `i + j` of the batch, going round.
 *
 * @param count - starts, fewer than the batch has samples; default 1.
 * @throws {RangeError} if `count` is not an integer >= 1, and (when called) if the batch has no more samples than that.
 */
export function otherSamples<Z extends TensorTree>(count = 1): Starts<Z> {
  assertSteps('otherSamples', 'count', count);
  return (_z0, solved) => {
    const batch = batchOf('otherSamples', solved);
    if (batch <= count) {
      throw new RangeError(
        `otherSamples: the batch must have more than ${count} samples; got ${batch}. Take randomStarts instead.`,
      );
    }
    return Array.from({ length: count }, (_, j) => mapTensors(solved, (leaf) => rolled(leaf, j + 1)));
  };
}

/**
 * Independent normal numbers. Starts of one key are the same ones however many are asked for.
 *
 * @param options.count - starts; default 1.
 * @param options.std - standard deviation in the units of `z`; default 1.
 * @throws {RangeError} if an option is out of its range.
 */
export function randomStarts<Z extends TensorTree>(
  key: Key,
  options: { readonly count?: number; readonly std?: number } = {},
): Starts<Z> {
  const { count = 1, std = 1 } = options;
  assertSteps('randomStarts', 'count', count);
  if (!(std > 0 && Number.isFinite(std))) {
    throw new RangeError(`randomStarts: std must be finite and > 0; got ${std}.`);
  }
  return (z0) =>
    Array.from({ length: count }, (_, j) =>
      mapTensors(z0, (leaf, path) => toTensor(normal(fold(fold(key, j), path), leaf.shape, { std }))),
    );
}

function rolled(leaf: tf.Tensor, by: number): tf.Tensor {
  const [batch] = leaf.shape as [number, ...number[]];
  return tf.tidy(() => {
    const order = Int32Array.from({ length: batch }, (_, i) => (i + by) % batch);
    return tf.gather(leaf, tf.tensor1d(order, 'int32'));
  });
}
