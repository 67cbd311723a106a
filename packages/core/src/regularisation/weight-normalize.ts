/** Weights given by directions and lengths. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '@equilibria/compile';
import { offTape } from './off-tape.ts';

/**
 * Weight normalisation: `w = g·v/‖v‖₂` for each output of a layer, the last axis of `v`, so that length and direction are learned
 * apart. The length of the whole is that of `g`, `‖w‖_F = ‖g‖₂`, and so a dense layer's norm is at most `‖g‖₂`. A zero direction
 * gives a zero weight.
 *
 * Pure, traceable and differentiable by both arguments.
 *
 * @param v - float32 `[…, outputs]`: dense weights `[n, outputs]`, convolutions `[height, width, channels, outputs]`. Borrowed.
 * @param g - float32 `[outputs]`; {@link outputNorms} of `v` for `w = v`. Borrowed.
 * @returns like `v`; the caller's.
 * @throws {ShapeError} if `g` is not `[outputs]`.
 * @see Salimans & Kingma, Weight Normalization (2016), arXiv 1602.07868, equation 2.
 * @example
 * weightNormalize(tf.tensor2d([[3], [4]]), tf.tensor1d([10])); // => [[6.0], [8.0]]
 */
export function weightNormalize(v: tf.Tensor, g: tf.Tensor): tf.Tensor {
  const outputs = v.shape.at(-1);
  if (v.rank < 1 || g.rank !== 1 || g.shape[0] !== outputs) {
    throw new ShapeError(
      `weightNormalize: g must have one length for each output of v, its last axis; got [${g.shape.join(', ')}] and v [${v.shape.join(', ')}].`,
    );
  }
  return tf.tidy(() => {
    const squares = sumPerOutput(v);
    // TF.js cannot differentiate past a comparison.
    const isZero = offTape(() => tf.equal(squares, tf.scalar(0)));
    // Selected before the root, whose slope at 0 is infinite.
    return tf.mul(v, tf.div(g, tf.sqrt(tf.where(isZero, tf.onesLike(squares), squares))));
  });
}

/** `‖v‖₂` for each output: float32 `[outputs]` of `[…, outputs]`. Its gradient is NaN at zero. */
export function outputNorms(v: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.sqrt(sumPerOutput(v)));
}

function sumPerOutput(v: tf.Tensor): tf.Tensor {
  const squares = tf.square(v);
  const axes = Array.from({ length: v.rank - 1 }, (_, axis) => axis);
  return axes.length === 0 ? squares : tf.sum(squares, axes);
}
