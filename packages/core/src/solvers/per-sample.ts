/** Norms and selections per sample: axis 0 of every leaf is the batch. */
import * as tf from '@tensorflow/tfjs';
import {
  DtypeError,
  leaves,
  leavesWithPaths,
  mapTensors,
  ShapeError,
  zipTensors,
  type TensorTree,
} from '@equilibria/compile';

/**
 * `‖z‖₂` over all leaves of each sample: float32 `[batch]`. The sum of squares overflows to infinity, and numbers whose squares
 * underflow count as 0: in float32 beyond 1e19 and below 1e-19, in float64 beyond 1e154 and below 1e-154.
 */
export function sampleNorm(z: TensorTree): tf.Tensor {
  const squares = leaves<tf.Tensor>(z).map((leaf) => sumPerSample(tf.square(leaf)));
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
}

/** `‖a − b‖₂` over all leaves of each sample: float32 `[batch]`. */
export function sampleDistance<Z extends TensorTree>(a: Z, b: Z): tf.Tensor {
  return sampleNorm(zipTensors([a, b], (x, y) => tf.sub(x, y)));
}

/** `⟨a, b⟩` over all leaves of each sample: float32 `[batch]`. */
export function innerProducts<Z extends TensorTree>(a: Z, b: Z): tf.Tensor {
  const products = zipTensors([a, b], (x, y) => tf.mul(x, y));
  return leaves<tf.Tensor>(products)
    .map(sumPerSample)
    .reduce((sum, product) => tf.add(sum, product));
}

/** Each sample times its own factor, float32 `[batch]`. */
export function scaleSamples<Z extends TensorTree>(z: Z, factors: tf.Tensor): Z {
  return mapTensors(z, (leaf) => tf.mul(leaf, columnLike(factors, leaf)));
}

/**
 * Each sample of length 1, and its length, float32 `[batch]`; a zero sample stays zero. Sums of magnitudes go before the squares, so
 * that nothing overflows or is lost that the numbers themselves can hold.
 */
export function unitSamples<Z extends TensorTree>(z: Z): { readonly unit: Z; readonly length: tf.Tensor } {
  const magnitude = leaves<tf.Tensor>(z)
    .map((leaf) => sumPerSample(tf.abs(leaf)))
    .reduce((sum, part) => tf.add(sum, part));
  const isZero = tf.equal(magnitude, tf.zerosLike(magnitude));
  const divided = (tree: Z, by: tf.Tensor): Z => {
    const divisor = tf.where(isZero, tf.onesLike(by), by);
    return mapTensors(tree, (leaf) => tf.div(leaf, columnLike(divisor, leaf)));
  };
  const scaled = divided(z, magnitude);
  const norm = sampleNorm(scaled);
  return { unit: divided(scaled, norm), length: tf.mul(magnitude, norm) };
}

/**
 * Sample `i` of `a` where `mask[i]`, else of `b`, bit for bit: a NaN of the side not chosen does not leak.
 * @param mask - bool `[batch]`.
 */
export function selectSamples<Z extends TensorTree>(mask: tf.Tensor, a: Z, b: Z): Z {
  return zipTensors([a, b], (x, y) => {
    return tf.where(columnLike(mask, x), x, y);
  });
}

/** A vector `[batch]` as it broadcasts over the samples of a leaf. */
function columnLike(vector: tf.Tensor, { rank }: tf.Tensor): tf.Tensor {
  if (rank === 1) return vector;
  return tf.reshape(vector, [...vector.shape, ...Array.from({ length: rank - 1 }, () => 1)]);
}

/** Numbers in all leaves of all samples. */
export function sizeOf(z: TensorTree): number {
  return leaves<tf.Tensor>(z).reduce((sum, { size }) => sum + size, 0);
}

/**
 * The number of samples of a state.
 * @param where - the function that says so in errors.
 * @throws {ShapeError} if there is no leaf, or the leaves do not share axis 0.
 * @throws {DtypeError} if a leaf is no tensor or not float32.
 */
export function batchOf(where: string, z0: TensorTree): number {
  const all = leavesWithPaths<tf.Tensor>(z0);
  for (const { path, leaf } of all) {
    if (leaf instanceof tf.Tensor) continue;
    throw new DtypeError(`${where}: every leaf of z0 must be a tensor; got ${typeof leaf} at '${path}'.`);
  }
  const batch = all[0]?.leaf.shape[0];
  for (const { path, leaf } of all) {
    const got = `${path === '' ? 'z0' : `'${path}'`} is ${leaf.dtype}[${leaf.shape.join(', ')}]`;
    if (leaf.shape[0] === undefined || leaf.shape[0] !== batch) {
      const other = leaf === all[0]!.leaf ? '' : `, '${all[0]!.path}' has ${batch} samples`;
      throw new ShapeError(`${where}: axis 0 of every leaf of z0 must be the batch; ${got}${other}.`);
    }
    if (leaf.dtype !== 'float32') {
      throw new DtypeError(`${where}: every leaf of z0 must be float32; ${got}. Cast it with tf.cast first.`);
    }
  }
  if (batch === undefined) throw new ShapeError(`${where}: z0 must have at least one leaf; got none.`);
  return batch;
}

function sumPerSample(x: tf.Tensor): tf.Tensor {
  return x.rank === 1
    ? x
    : tf.sum(
        x,
        Array.from({ length: x.rank - 1 }, (_, axis) => axis + 1),
      );
}
