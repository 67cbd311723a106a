/** The contracts of a map and a stop rule, looked at wherever they are called: broadcasting would hide a breach. */
import * as tf from '@tensorflow/tfjs';
import { DtypeError, leavesWithPaths, ShapeError, type TensorTree } from '@equilibria/compile';
import type { FixedPointMap, StopRule } from './contract.ts';

/**
 * `f`, which throws where its image is not of the form of `z`.
 * @throws {ShapeError} when called, if structure, a shape or a dtype differs.
 */
export function checkedMap<Z extends TensorTree, C>(f: FixedPointMap<Z, C>): FixedPointMap<Z, C> {
  return (z, control) => {
    const image = f(z, control);
    assertSameForm(image, z);
    return image;
  };
}

/**
 * `stop`, which throws where it does not give bool `[batch]`.
 * @throws {ShapeError} or {DtypeError} when called.
 */
export function checkedRule<Z extends TensorTree>(stop: StopRule<Z>): StopRule<Z> {
  const rule: StopRule<Z> = (z, image, residual) => {
    const verdict = stop(z, image, residual);
    const message = `solve: stop must give bool[${residual.shape[0]}], one verdict a sample; got ${describe(verdict)}.`;
    if (!tf.util.arraysEqual(verdict.shape, residual.shape)) throw new ShapeError(message);
    if (verdict.dtype !== 'bool') throw new DtypeError(message);
    return verdict;
  };
  return Object.assign(rule, { isUniform: stop.isUniform === true });
}

function assertSameForm(image: TensorTree, z: TensorTree): void {
  if (image instanceof Promise) {
    throw new TypeError('solve: f must be synchronous; got a promise. Await outside of the map.');
  }
  const form = (tree: TensorTree) =>
    leavesWithPaths<tf.Tensor>(tree).map(
      ({ path, leaf }) => `${path === '' ? '' : `'${path}' `}${describe(leaf)}`,
    );
  const expected = form(z);
  const got = form(image);
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    if (expected[i] === got[i]) continue;
    throw new ShapeError(
      `solve: f must keep the structure, shapes and dtypes of z; ` +
        `z has ${expected[i] ?? 'no more leaves'}, f(z) has ${got[i] ?? 'no more leaves'}.`,
    );
  }
}

function describe(t: tf.Tensor): string {
  if (!(t instanceof tf.Tensor)) return typeof t;
  return `${t.dtype}[${t.shape.join(', ')}]`;
}
