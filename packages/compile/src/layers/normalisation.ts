/** Normalisations by statistics of the input, in the forms that ONNX Runtime fuses. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import { constant } from '../trace/constant.ts';

/** Gain and shift that broadcast against the normalised tensor; default 1 and 0. Borrowed. */
export type Affine = {
  readonly gain?: tf.Tensor | undefined;
  readonly shift?: tf.Tensor | undefined;
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number | undefined;
};

/**
 * `(x − mean) / √(variance + ε) · gain + shift` over the last axis.
 * @param x - float32 `[…, features]`.
 * @see Ba, Kiros & Hinton, Layer Normalization (2016), arXiv 1607.06450.
 */
export function layerNorm(x: tf.Tensor, options: Affine = {}): tf.Tensor {
  return standardised(x, [x.rank - 1], options);
}

/**
 * `x / √(mean of squares + ε) · gain` over the last axis.
 * @param x - float32 `[…, features]`.
 * @see Zhang & Sennrich, Root Mean Square Layer Normalization (2019), arXiv 1910.07467.
 */
export function rmsNorm(x: tf.Tensor, { gain, epsilon = 1e-5 }: Omit<Affine, 'shift'> = {}): tf.Tensor {
  return tf.tidy(() => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    const scaled = tf.mul(x, tf.rsqrt(tf.add(meanSquare, constant(epsilon))));
    return gain === undefined ? scaled : tf.mul(scaled, gain);
  });
}

/**
 * Each channel of each image by its own mean and variance.
 * @param x - float32 `[batch, height, width, channels]`; gain and shift are `[channels]`.
 * @see Ulyanov, Vedaldi & Lempitsky, Instance Normalization (2016), arXiv 1607.08022.
 */
export function instanceNorm(x: tf.Tensor, options: Affine = {}): tf.Tensor {
  assertImage('instanceNorm', x);
  return standardised(x, [1, 2], options);
}

/**
 * Groups of channels of each image by their common mean and variance.
 * @param x - float32 `[batch, height, width, channels]`; gain and shift are `[channels]`.
 * @param groups - divides the number of channels.
 * @throws {ShapeError} if it does not, or `x` is no image.
 * @see Wu & He, Group Normalization (2018), arXiv 1803.08494.
 */
export function groupNorm(x: tf.Tensor, groups: number, { gain, shift, epsilon }: Affine = {}): tf.Tensor {
  assertImage('groupNorm', x);
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ShapeError(`groupNorm: groups must divide the ${channels} channels; got ${groups}.`);
  }
  return tf.tidy(() => {
    const apart = tf.reshape(x, [batch, height, width, groups, channels / groups]);
    const normalised = standardised(apart, [1, 2, 4], { epsilon });
    return affine(tf.reshape(normalised, x.shape), gain, shift);
  });
}

function standardised(x: tf.Tensor, axes: number[], { gain, shift, epsilon = 1e-5 }: Affine): tf.Tensor {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    return affine(tf.div(centred, tf.sqrt(tf.add(variance, constant(epsilon)))), gain, shift);
  });
}

function affine(x: tf.Tensor, gain: tf.Tensor | undefined, shift: tf.Tensor | undefined): tf.Tensor {
  const scaled = gain === undefined ? x : tf.mul(x, gain);
  return shift === undefined ? scaled : tf.add(scaled, shift);
}

function assertImage(where: string, x: tf.Tensor): void {
  if (x.rank === 4) return;
  throw new ShapeError(`${where}: x must be [batch, height, width, channels]; got [${x.shape.join(', ')}].`);
}
