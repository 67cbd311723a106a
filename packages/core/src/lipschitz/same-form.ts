/** Trees that must be of one form: broadcasting would hide another. */
import type * as tf from '@tensorflow/tfjs';
import { leavesWithPaths, ShapeError, type TensorTree } from '@equilibria/compile';

/**
 * @param trees.start - what is checked.
 * @throws {ShapeError} naming the function, if the paths and shapes of `start` are not those of `x`.
 */
export function assertSameForm(
  where: string,
  trees: { readonly x: TensorTree; readonly start: TensorTree },
): void {
  const form = (tree: TensorTree): string =>
    leavesWithPaths<tf.Tensor>(tree)
      .map(({ path, leaf }) => `${path}[${leaf.shape.join(', ')}]`)
      .join(' ');
  if (form(trees.start) === form(trees.x)) return;
  throw new ShapeError(
    `${where}: start must be of the form of x, ${form(trees.x)}; got ${form(trees.start)}.`,
  );
}
