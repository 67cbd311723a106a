/** Leak checks. */
import * as tf from '@tensorflow/tfjs';
import { disposeTree, leavesWithPaths, type TensorTree } from '@equilibria/compile';

/**
 * Holds if `fn` leaves no tensor behind but those in its result, which are then disposed.
 *
 * @param fn - may be asynchronous; may return tensors, trees of them, or anything else in plain objects and arrays.
 * @throws {Error} saying how many tensors were left.
 */
export async function expectNoLeak(fn: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  const result = await fn();
  disposeTree(tensorsOf(result));
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`expectNoLeak: expected no tensor to be left; got ${left}.`);
}

function tensorsOf(result: unknown): TensorTree {
  return leavesWithPaths<unknown>(result).flatMap(({ leaf }) => (leaf instanceof tf.Tensor ? [leaf] : []));
}
