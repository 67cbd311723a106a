/** Trees of tensors on the host: what `train` takes and gives, and what files hold. */
import * as tf from '@tensorflow/tfjs';
import {
  type HostArray,
  leaves,
  type MapTree,
  mapTree,
  type TensorTree,
  unflatten,
} from '@equilibria/compile';
import { toTensor } from '../random/samplers.ts';

/** A tree of tensors, in host arrays. */
export type HostTree<T extends TensorTree> = MapTree<T, tf.Tensor, HostArray>;

/**
 * The tensors of a tree on the host, for code that runs eagerly: float32 of float64, rounded.
 * @returns tensors of the caller.
 * @example
 * const { w } = toTensors<{ w: tf.Tensor }>({ w: { data: Float32Array.of(1, 2), shape: [2] } });
 * w; // => [1, 2]
 */
export function toTensors<T extends TensorTree>(host: HostTree<T>): T {
  return mapTree<HostArray, tf.Tensor>(host, (array) => toTensor(array)) as T;
}

/** A tree of tensors, read to the host. The tensors are borrowed. */
export async function toHostTree<T extends TensorTree>(tensors: T): Promise<HostTree<T>> {
  const arrays = await Promise.all(
    leaves<tf.Tensor>(tensors).map(async (leaf): Promise<HostArray> => {
      return { data: await leaf.data(), shape: leaf.shape };
    }),
  );
  const host: unknown = unflatten<HostArray>(tensors, arrays);
  return host as HostTree<T>;
}
