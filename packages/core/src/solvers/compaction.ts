/** Which samples of a compiled solve can be put together into a smaller batch, and into which sizes. */
import {
  leavesWithPaths,
  mapTree,
  ShapeError,
  unflatten,
  type Precision,
  type TensorSpec,
  type Tree,
} from '@equilibria/compile';

/**
 * Samples that have stopped are taken out of the batch, so that they stop costing.
 *
 * The loop is compiled for smaller batches too, the smallest at once, the others when they are first needed. As soon as the running
 * samples fit into a smaller batch they go on in it, with stopped ones in the places that are left. A sample is checked once more
 * in the batch it stopped in. So the result is, bit for bit, that of a solve in chunks without compaction, as long as the map keeps
 * samples apart and is rounded alike in every batch, which ONNX Runtime's products, convolutions and sums were found to be from two
 * samples on. (Without compaction and in one call, the last evaluation may itself be rounded otherwise than in chunks.)
 *
 * Everything that has the batch on axis 0 must come from the context: what the problem captures is the same in every batch.
 * Leaves of the solver's state that have no samples are kept whole; contracts forbid that they depend on any.
 */
export type CompactionOptions = {
  /**
   * Paths of the context's leaves that have the batch on axis 0, as `'x'` or `'layer.bias'`; the path of a subtree names all leaves in
   * it, and `''` the whole context. Shapes cannot tell: weights of 64×64 look like 64 samples of a batch of 64.
   */
  readonly batched: readonly string[];
  /**
   * Sizes of smaller batches, each at least 1 and below the batch. Default: half of the batch, a quarter, and so on, to 1 in float64
   * and to 2 in float32, where ONNX Runtime sums the product of a single row with a matrix in another order: with 1 in the list
   * it is faster yet, and results may differ in their last bits.
   */
  readonly sizes?: readonly number[];
};

/** The names of the options, for callers in JavaScript. */
const NAMES = ['batched', 'sizes'];

/**
 * The sizes of the smaller batches, in ascending order; none for a batch that has no smaller one.
 * @throws {TypeError} for a name that is no option; {RangeError} if a size is not an integer from 1 to below the batch.
 */
export function smallerSizes(
  batch: number,
  { sizes, ...rest }: CompactionOptions,
  precision: Precision,
): readonly number[] {
  for (const name of Object.keys(rest)) {
    if (NAMES.includes(name)) continue;
    throw new TypeError(`compileSolve: '${name}' must be one of compaction's ${NAMES.join(', ')}.`);
  }
  if (sizes === undefined) return halvings(batch, precision === 'float64' ? 1 : 2);
  for (const size of sizes) {
    if (Number.isInteger(size) && size >= 1 && size < batch) continue;
    throw new RangeError(
      `compileSolve: compaction.sizes must be integers in 1..${batch - 1}, below the batch; got ${size}.`,
    );
  }
  return [...new Set(sizes)].toSorted((a, b) => a - b);
}

/**
 * For each leaf of the context, in the order of `leaves`, whether it has samples.
 * @throws {TypeError} if there is no list of names; {ShapeError} if a name names no leaf, or a leaf that does not have the batch on axis 0.
 */
export function batchedContext(
  context: Tree<TensorSpec>,
  batch: number,
  { batched }: CompactionOptions,
): readonly boolean[] {
  if (!Array.isArray(batched)) {
    throw new TypeError(
      `compileSolve: compaction.batched must list the context's leaves that have the batch on axis 0; got ${typeof batched}.`,
    );
  }
  const all = leavesWithPaths<TensorSpec>(context);
  for (const name of batched) {
    if (all.some(({ path }) => isIn(path, name))) continue;
    const known = all.map(({ path }) => `'${path}'`).join(', ');
    throw new ShapeError(
      `compileSolve: compaction.batched must name leaves of the context, of ${known}; got '${name}'.`,
    );
  }
  return all.map(({ path, leaf: { shape } }) => {
    if (!batched.some((name) => isIn(path, name))) return false;
    if (shape[0] === batch) return true;
    throw new ShapeError(
      `compileSolve: a leaf named in compaction.batched must have the ${batch} samples on axis 0; ` +
        `'${path}' has shape [${shape.join(', ')}].`,
    );
  });
}

/**
 * For each leaf of the loop's state, in the order of `leaves`, whether it has samples: as seen in the states of two batches.
 * @throws {ShapeError} if a leaf depends on the batch otherwise than by axis 0.
 */
export function batchedState(
  whole: Tree<TensorSpec>,
  smaller: Tree<TensorSpec>,
  { batch, size }: { readonly batch: number; readonly size: number },
): readonly boolean[] {
  const others = new Map(leavesWithPaths<TensorSpec>(smaller).map(({ path, leaf }) => [path, leaf]));
  return leavesWithPaths<TensorSpec>(whole).map(({ path, leaf: { shape } }) => {
    const other = others.get(path)?.shape;
    if (isSame(shape, other)) return false;
    if (shape[0] === batch && isSame([size, ...shape.slice(1)], other)) return true;
    throw new ShapeError(
      `compileSolve: with compaction, a leaf of the state must have the batch on axis 0, or no part of it in its shape; ` +
        `'${path}' has [${shape.join(', ')}] for ${batch} samples and ${other === undefined ? 'is not there' : `[${other.join(', ')}]`} for ${size}. ` +
        'Solve without compaction.',
    );
  });
}

/** The specs of another size of the batch. */
export function resized(
  specs: Tree<TensorSpec>,
  isBatched: readonly boolean[],
  size: number,
): Tree<TensorSpec> {
  const changed = leavesWithPaths<TensorSpec>(specs).map(({ leaf }, i) =>
    isBatched[i] ? resizedSpec(leaf, size) : leaf,
  );
  return unflatten(specs, changed);
}

/** The same where every leaf has samples. */
export function resizedAll(specs: Tree<TensorSpec>, size: number): Tree<TensorSpec> {
  return mapTree<TensorSpec, TensorSpec>(specs, (leaf) => resizedSpec(leaf, size));
}

function resizedSpec({ shape, dtype }: TensorSpec, size: number): TensorSpec {
  return { shape: [size, ...shape.slice(1)], dtype };
}

function halvings(batch: number, least: number): readonly number[] {
  const half = Math.ceil(batch / 2);
  return half < batch && half >= least ? [...halvings(half, least), half] : [];
}

function isIn(path: string, name: string): boolean {
  return name === '' || path === name || path.startsWith(`${name}.`);
}

function isSame(a: readonly number[], b: readonly number[] | undefined): boolean {
  return a.length === b?.length && a.every((length, axis) => length === b[axis]);
}
