/** Trees of tensors: plain objects and arrays whose leaves are tensors, host arrays or specs. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';

/** Element types that cross the border of a compiled function. */
export type ElementType = 'float32' | 'int32' | 'bool';

/** What a compiled function must know of a tensor before it sees one. */
export type TensorSpec = { readonly shape: readonly number[]; readonly dtype: ElementType };

/** Values outside TF.js, row-major: the only form in which float64 travels. */
export type HostArray = {
  readonly data: Float64Array | Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
};

/** A leaf, or a plain object or array of trees. Axis 0 of every leaf of a state is the batch. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

export type TensorTree = Tree<tf.Tensor>;

/** The tree type `S` with every leaf of type `From` replaced by `To`. */
export type MapTree<S, From, To> =
  Tree<From> extends S
    ? Tree<To>
    : S extends From
      ? To
      : { readonly [K in keyof S]: MapTree<S[K], From, To> };

/** A leaf with the path that leads to it, `''` for a tree that is a leaf itself, else as `params.layers.0.w`. */
export type PathLeaf<T> = { readonly path: string; readonly leaf: T };

/** Describes a tensor: `spec([16, 64])` is float32. */
export function spec(shape: readonly number[], dtype: ElementType = 'float32'): TensorSpec {
  return { shape, dtype };
}

/** The leaves of a tree with their paths; object keys in sorted order, so that equal trees list equally. */
export function leavesWithPaths<T>(tree: Tree<T>, path = ''): PathLeaf<T>[] {
  if (isLeaf<T>(tree)) return [{ path, leaf: tree }];
  return childrenOf(tree).flatMap(([key, child]) =>
    leavesWithPaths<T>(child, path === '' ? key : `${path}.${key}`),
  );
}

/** The leaves of a tree in the order of {@link leavesWithPaths}. */
export function leaves<T>(tree: Tree<T>): T[] {
  return leavesWithPaths(tree).map(({ leaf }) => leaf);
}

/** A tree of the same structure whose leaves are `fn(leaf, path)`. */
export function mapTree<T, U>(tree: Tree<T>, fn: (leaf: T, path: string) => U, path = ''): Tree<U> {
  if (isLeaf<T>(tree)) return fn(tree, path);
  const entries = childrenOf(tree).map(
    ([key, child]) => [key, mapTree(child, fn, path === '' ? key : `${path}.${key}`)] as const,
  );
  return Array.isArray(tree) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

/** {@link mapTree} for trees of tensors, keeping the type of the tree. */
export function mapTensors<S extends TensorTree>(
  tree: S,
  fn: (leaf: tf.Tensor, path: string) => tf.Tensor,
): S {
  return mapTree<tf.Tensor, tf.Tensor>(tree, fn) as S;
}

/**
 * Combines trees of one structure leaf by leaf.
 * @throws {ShapeError} if a tree differs in structure from the first.
 */
export function zipTensors<S extends TensorTree>(
  trees: readonly S[],
  fn: (...at: tf.Tensor[]) => tf.Tensor,
): S {
  const [first, ...rest] = trees;
  if (first === undefined) throw new ShapeError('zipTensors: needs at least one tree; got none.');
  const others = rest.map((tree) => leavesWithPaths<tf.Tensor>(tree));
  const expected = leavesWithPaths<tf.Tensor>(first);
  for (const other of others) assertSamePaths('zipTensors', expected, other);
  let next = 0;
  return mapTensors(first, (leaf) => {
    const index = next++;
    return fn(leaf, ...others.map((other) => other[index]!.leaf));
  });
}

/** Puts leaves, in the order of {@link leaves}, into the structure of `like`. */
export function unflatten<U>(like: Tree<unknown>, values: readonly U[]): Tree<U> {
  const count = leaves(like).length;
  if (count !== values.length) {
    throw new ShapeError(`unflatten: needs ${count} leaves; got ${values.length}.`);
  }
  let next = 0;
  return mapTree<unknown, U>(like, () => values[next++]!);
}

/** The spec of every tensor of a tree. */
export function specsOf<S extends TensorTree>(tree: S): MapTree<S, tf.Tensor, TensorSpec> {
  const specs: unknown = mapTree<tf.Tensor, TensorSpec>(tree, (t) => ({
    shape: t.shape,
    dtype: t.dtype as ElementType,
  }));
  return specs as MapTree<S, tf.Tensor, TensorSpec>;
}

/** `tf.tidy` for a function that returns a tree: every other tensor made inside is disposed. */
export function tidyTree<S extends TensorTree>(fn: () => S): S {
  return tf.tidy(fn as unknown as () => tf.TensorContainer) as unknown as S;
}

/** Disposes every tensor of a tree. */
export function disposeTree(tree: TensorTree): void {
  for (const leaf of leaves<tf.Tensor>(tree)) leaf.dispose();
}

/** @throws {ShapeError} naming the first path that only one of the two has. */
export function assertSamePaths(
  where: string,
  expected: readonly PathLeaf<unknown>[],
  got: readonly PathLeaf<unknown>[],
): void {
  const differing = Math.max(expected.length, got.length);
  for (let i = 0; i < differing; i++) {
    if (expected[i]?.path === got[i]?.path) continue;
    const name = (at: PathLeaf<unknown> | undefined) => (at === undefined ? 'nothing' : `'${at.path}'`);
    throw new ShapeError(
      `${where}: trees must have the same structure; expected ${name(expected[i])}, got ${name(got[i])}.`,
    );
  }
}

function childrenOf<T>(tree: readonly Tree<T>[] | { readonly [key: string]: Tree<T> }): [string, Tree<T>][] {
  if (Array.isArray(tree)) return tree.map((child, i) => [String(i), child as Tree<T>]);
  const record = tree as { readonly [key: string]: Tree<T> };
  return Object.keys(record)
    .toSorted()
    .map((key) => [key, record[key]!]);
}

/** Anything but an array or a plain object is a leaf, and so are plain specs and host arrays. */
function isLeaf<T>(tree: Tree<T>): tree is T {
  if (Array.isArray(tree)) return false;
  if (typeof tree !== 'object' || tree === null) return true;
  const prototype: unknown = Object.getPrototypeOf(tree);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return true;
  const record = tree as { shape?: unknown; dtype?: unknown; data?: unknown };
  return Array.isArray(record.shape) && (typeof record.dtype === 'string' || ArrayBuffer.isView(record.data));
}
