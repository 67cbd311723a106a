/** Convolution by pointwise products of Fourier coefficients, in real arithmetic: ONNX has no complex numbers. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import { constant } from '../trace/constant.ts';

/** The weights of a spectral convolution. */
export type SpectralWeights = {
  /**
   * float32 `[2·modes·modes, in, 2·out]`: for each kept pair of modes the matrix of real parts, then of imaginary parts. Modes
   * along the height are 0, 1, …, `modes` − 1, −`modes`, …, −1; along the width 0, 1, …, `modes` − 1, which vary fastest.
   */
  readonly weights: tf.Tensor;
};

/**
 * The layer of a Fourier neural operator: keeps the lowest modes of a periodic image, multiplies the channels of each by a complex
 * matrix of its own, and transforms back. Everything else of the image is dropped.
 *
 * The transforms are products with the matrices of cosines and sines of the kept modes: for few modes that is less work than an
 * FFT. Only the truncated spectrum is ever transposed, never the image.
 *
 * @param x - float32 `[batch, in, height, width]`, channels first. Borrowed.
 * @param weights - see {@link SpectralWeights}. Borrowed.
 * @param modes - kept along each axis: at most half of the height, and less than half of the width.
 * @returns float32 `[batch, out, height, width]`.
 * @throws {ShapeError} if shapes do not fit, or there are not that many modes.
 * @see Li et al., Fourier Neural Operator for Parametric Partial Differential Equations (2021), arXiv 2010.08895, equation 4.
 */
export function spectralConvolution(x: tf.Tensor, { weights }: SpectralWeights, modes: number): tf.Tensor {
  const [batch = 0, inputs = 0, height = 0, width = 0] = x.shape;
  assertFits(x, weights, modes);
  const count = 2 * modes * modes;
  const outputs = weights.shape[2]! / 2;
  return tf.tidy(() => {
    const toWidth = matrixOf([width, 2 * modes], (w, k) => wave(k, modes, (k % modes) * w, width, -1));
    const toHeight = matrixOf([4 * modes, height], (k, h) => {
      const row = k % (2 * modes);
      return wave(k, 2 * modes, modeOf(row, modes) * h, height, -1);
    });
    const rows = tf.matMul(tf.reshape(x, [batch * inputs * height, width]), toWidth);
    const spectrum = tf.matMul(toHeight, tf.reshape(rows, [batch * inputs, height, 2 * modes]));
    const [re, im] = complexProduct(tf.reshape(spectrum, [batch, inputs, 2, 2 * modes, 2, modes]), [2, 4]);
    // [parts, batch, in, count] → [count, parts·batch, in]: the only transpose on the way there.
    const parts = tf.stack([tf.reshape(re, [batch, inputs, count]), tf.reshape(im, [batch, inputs, count])]);
    const stacked = tf.reshape(tf.transpose(parts, [3, 0, 1, 2]), [count, 2 * batch, inputs]);
    const mixed = tf.reshape(tf.matMul(stacked, weights), [count, 2, batch, 2, outputs]);
    const [mixedRe, mixedIm] = complexProduct(mixed, [1, 3]);
    const back = tf.stack([mixedRe, mixedIm]);
    const spread = tf.reshape(tf.transpose(back, [2, 3, 0, 1]), [batch * outputs, 2, 2 * modes, modes]);
    return inverse(spread, { batch, outputs, height, width, modes });
  });
}

type Sizes = {
  readonly batch: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly modes: number;
};

/** From `[batch·out, parts, 2·modes, modes]` to the image: first along the height, then along the width. */
function inverse(spectrum: tf.Tensor, { batch, outputs, height, width, modes }: Sizes): tf.Tensor {
  const toRows = matrixOf([2 * height, 2 * modes], (r, k) =>
    wave(r, height, modeOf(k, modes) * (r % height), height, 1),
  );
  const images = batch * outputs;
  // Real and imaginary parts side by side, so that one product does both.
  const beside = tf.reshape(tf.transpose(spectrum, [0, 2, 1, 3]), [images, 2 * modes, 2 * modes]);
  const products = tf.reshape(tf.matMul(toRows, beside), [images, 2, height, 2, modes]);
  const [re, im] = complexProduct(products, [1, 3]);
  const rows = tf.concat([re, im], 2);
  // A real image has the conjugate coefficients at the negative modes, which double the others but that of 0.
  const scale = (k: number): number => (k % modes === 0 ? 1 : 2) / (height * width);
  const toImage = matrixOf([2 * modes, width], (k, w) => {
    const sign = k < modes ? 1 : -1;
    return sign * scale(k) * wave(k, modes, (k % modes) * w, width, 1);
  });
  return tf.reshape(tf.matMul(tf.reshape(rows, [images * height, 2 * modes]), toImage), [
    batch,
    outputs,
    height,
    width,
  ]);
}

/** From the four products of real and imaginary parts, on two axes of length 2, the parts of the complex product. */
function complexProduct(
  products: tf.Tensor,
  [a, b]: readonly [number, number],
): readonly [tf.Tensor, tf.Tensor] {
  const at = (i: number, j: number): tf.Tensor => {
    const begin = products.shape.map((_, axis) => (axis === a ? i : axis === b ? j : 0));
    const size = products.shape.map((length, axis) => (axis === a || axis === b ? 1 : length));
    return tf.squeeze(tf.slice(products, begin, size), [a, b]);
  };
  return [tf.sub(at(0, 0), at(1, 1)), tf.add(at(0, 1), at(1, 0))];
}

/** The signed mode of a kept row: 0, 1, …, `modes` − 1, −`modes`, …, −1. */
function modeOf(row: number, modes: number): number {
  return row < modes ? row : row - 2 * modes;
}

/** Cosine in the first `half` entries, then sine, of a whole number of turns over `length`. */
function wave(entry: number, half: number, turns: number, length: number, sign: 1 | -1): number {
  const angle = (2 * Math.PI * (turns % length)) / length;
  return entry < half ? Math.cos(angle) : sign * Math.sin(angle);
}

function matrixOf(
  [rows, columns]: readonly [number, number],
  entry: (row: number, column: number) => number,
): tf.Tensor {
  const data = Float64Array.from({ length: rows * columns }, (_, i) =>
    entry(Math.floor(i / columns), i % columns),
  );
  return constant({ data, shape: [rows, columns] });
}

function assertFits(x: tf.Tensor, weights: tf.Tensor, modes: number): void {
  const [, inputs, height = 0, width = 0] = x.shape;
  if (x.rank !== 4) {
    throw new ShapeError(
      `spectralConvolution: x must be [batch, in, height, width]; got [${x.shape.join(', ')}].`,
    );
  }
  if (!Number.isInteger(modes) || modes < 1 || 2 * modes > height || 2 * modes >= width) {
    throw new ShapeError(
      `spectralConvolution: modes must be an integer >= 1, at most half of the height and less than half of the width; ` +
        `got ${modes} of ${height} × ${width}.`,
    );
  }
  const [count, channels, outputs = 0] = weights.shape;
  if (weights.rank === 3 && count === 2 * modes * modes && channels === inputs && outputs % 2 === 0) return;
  throw new ShapeError(
    `spectralConvolution: weights must be [${2 * modes * modes}, ${inputs}, 2·out]; got [${weights.shape.join(', ')}].`,
  );
}
