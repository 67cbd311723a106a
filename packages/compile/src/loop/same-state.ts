/** The contract of a loop body: the state keeps its structure, shapes and dtypes. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import { assertSamePaths, leavesWithPaths, type TensorTree } from '../tree/tree.ts';

/** @throws {ShapeError} if `next` could not follow `state` in a loop. */
export function assertSameState(next: TensorTree, state: TensorTree): void {
  const before = leavesWithPaths<tf.Tensor>(state);
  const after = leavesWithPaths<tf.Tensor>(next);
  assertSamePaths('whileLoop', before, after);
  before.forEach(({ path, leaf }, i) => {
    const got = after[i]!.leaf;
    if (got.dtype === leaf.dtype && tf.util.arraysEqual(got.shape, leaf.shape)) return;
    throw new ShapeError(
      `whileLoop: body must keep the shape and dtype of the state; '${path}' was ` +
        `${describe(leaf)} and became ${describe(got)}.`,
    );
  });
}

/** @throws {ShapeError} if a leaf of `state` is no tensor. */
export function assertTensors(state: TensorTree): void {
  for (const { path, leaf } of leavesWithPaths<unknown>(state)) {
    if (leaf instanceof tf.Tensor) continue;
    throw new ShapeError(`whileLoop: every leaf of init must be a tensor; got ${typeof leaf} at '${path}'.`);
  }
}

/** @throws {ShapeError} unless `t`, a part of `whileLoop` of that name, is a scalar of the dtype. */
export function assertScalar(name: string, t: tf.Tensor, dtype: 'bool' | 'int32'): void {
  if (t instanceof tf.Tensor && t.rank === 0 && t.dtype === dtype) return;
  throw new ShapeError(`whileLoop: ${name} must be a scalar of ${dtype}; got ${describe(t)}.`);
}

function describe(t: tf.Tensor): string {
  if (!(t instanceof tf.Tensor)) return typeof t;
  return `${t.dtype}[${t.shape.join(', ')}]`;
}
