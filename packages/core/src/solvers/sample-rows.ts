/** Samples as rows of numbers, for solvers that combine whole states linearly. */
import * as tf from '@tensorflow/tfjs';
import { leaves, unflatten, type TensorTree } from '@equilibria/compile';

/** The numbers of one sample, `N`: those of all leaves together. */
export function rowLength(z: TensorTree): number {
  return leaves<tf.Tensor>(z).reduce((sum, leaf) => sum + sizeOfSample(leaf), 0);
}

/** All leaves side by side: float32 `[batch, N]`. */
export function toRows(z: TensorTree): tf.Tensor {
  const rows = leaves<tf.Tensor>(z).map((leaf) => tf.reshape(leaf, [leaf.shape[0], sizeOfSample(leaf)]));
  return rows.length === 1 ? rows[0]! : tf.concat(rows, 1);
}

/** The inverse of {@link toRows}: a tree like `z` with the numbers of `rows`, float32 `[batch, N]`. */
export function fromRows<Z extends TensorTree>(z: Z, rows: tf.Tensor): Z {
  const parts = leaves<tf.Tensor>(z);
  const sizes = parts.map(sizeOfSample);
  const columns = sizes.length === 1 ? [rows] : tf.split(rows, sizes, 1);
  return unflatten<tf.Tensor>(
    z,
    parts.map((leaf, i) => tf.reshape(columns[i]!, leaf.shape)),
  ) as Z;
}

/** `[batch, memory, N]` with the newest row first and the oldest gone. */
export function shiftIn(history: tf.Tensor, newest: tf.Tensor): tf.Tensor {
  const [batch, memory, size] = history.shape as [number, number, number];
  const kept = tf.slice(history, [0, 0, 0], [batch, memory - 1, size]);
  return tf.concat([tf.expandDims(newest, 1), kept], 1);
}

/** `‖row‖₂`: float32 `[batch, 1]`. */
export function rowNorms(rows: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(rows), 1, true));
}

function sizeOfSample({ shape }: tf.Tensor): number {
  return tf.util.sizeFromShape(shape.slice(1));
}
