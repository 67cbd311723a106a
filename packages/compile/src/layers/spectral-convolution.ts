/** Convolution by pointwise products of Fourier coefficients, in real arithmetic: ONNX has no complex numbers. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import { constant } from '../trace/constant.ts';

/** The weights of a spectral convolution. */
export type SpectralWeights = {
  /**
   * float32 `[2, 2·modes·modes, in, out]`: real parts, then imaginary parts; for each kept pair of modes the matrix that mixes
   * channels. Modes along the height are 0, 1, …, `modes` − 1, −`modes`, …, −1; along the width 0, 1, …, `modes` − 1, which vary
   * fastest.
   */
  readonly weights: tf.Tensor;
};

/**
 * The layer of a Fourier neural operator: keeps the lowest modes of a periodic image, multiplies the channels of each by a complex
 * matrix of its own, and transforms back. Everything else of the image is dropped.
 *
 * The transforms are products with the matrices of cosines and sines of the kept modes, which for few modes is less work than an
 * FFT: from an image to its *waves*, products of a cosine or sine along the height and one along the width. The complex
 * coefficients are sums and differences of those. Only waves are ever transposed, never the image.
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
  const outputs = weights.shape[3]!;
  // Along the height, the modes of a real image up to `modes` tell those of the other sign.
  const [count, tall, wide] = [2 * modes * modes, 2 * (modes + 1), 2 * modes];
  return tf.tidy(() => {
    const toWidth = matrixOf([width, wide], (w, k) => wave(k, modes, w, width));
    const toHeight = matrixOf([tall, height], (k, h) => wave(k, modes + 1, h, height));
    const rows = tf.matMul(tf.reshape(x, [batch * inputs * height, width]), toWidth);
    const waves = tf.matMul(toHeight, tf.reshape(rows, [batch * inputs, height, wide]));
    const listed = tf.transpose(tf.reshape(waves, [batch * inputs, tall * wide]), [1, 0]);
    const spectrum = combine(listed, coefficients(modes));
    // Broadcast by hand: TF.js's gradient of a product that broadcasts is wrong.
    const twice = tf.broadcastTo(tf.reshape(spectrum, [1, count, 2 * batch, inputs]), [
      2,
      count,
      2 * batch,
      inputs,
    ]);
    const mixed = tf.matMul(twice, weights);
    const products = combine(tf.reshape(mixed, [4 * count, batch * outputs]), wavesOfProducts(modes));
    const back = tf.reshape(tf.transpose(products, [1, 0]), [batch * outputs, tall, wide]);
    const rowsBack = tf.matMul(
      matrixOf([height, tall], (h, k) => wave(k, modes + 1, h, height)),
      back,
    );
    // A real image has the conjugate coefficients at the negative modes, which double the others but that of 0.
    const scale = (k: number): number => (k % modes === 0 ? 1 : 2) / (height * width);
    const toImage = matrixOf([wide, width], (k, w) => scale(k) * wave(k, modes, w, width));
    return tf.matMul(tf.reshape(rowsBack, [batch, outputs, height, wide]), toImage);
  });
}

/** One term of a sum of rows. */
type Term = { readonly row: number; readonly sign: 1 | -1 };

/** Sums of rows of `x`, float32 `[rows, n]`, with signs: a row for each list of terms. */
function combine(x: tf.Tensor, sums: readonly (readonly Term[])[]): tf.Tensor {
  const most = Math.max(...sums.map((terms) => terms.length));
  const parts = Array.from({ length: most }, (_, i) => {
    const rows = Int32Array.from(sums, (terms) => terms[i]?.row ?? 0);
    const signs = Float64Array.from(sums, (terms) => terms[i]?.sign ?? 0);
    const picked = tf.gather(x, tf.tensor1d(rows, 'int32'));
    if (signs.every((sign) => sign === 1)) return picked;
    return tf.mul(picked, constant({ data: signs, shape: [sums.length, 1] }));
  });
  return tf.addN(parts);
}

/**
 * The complex coefficients of an image by its waves: for each pair of modes the real part, then the imaginary part, of
 * e^(−ia)·e^(−ib), where e^(−ia) = cos a + i·(−sin a).
 */
function coefficients(modes: number): Term[][] {
  const at = (isSineOfHeight: 0 | 1, ky: number, isSineOfWidth: 0 | 1, kx: number): number =>
    (isSineOfHeight * (modes + 1) + Math.abs(ky)) * 2 * modes + isSineOfWidth * modes + kx;
  return Array.from({ length: 2 * modes * modes }, (_, pair): Term[][] => {
    const [row, kx] = [Math.floor(pair / modes), pair % modes];
    const ky = row < modes ? row : row - 2 * modes;
    // The sine of a negative mode is that of the positive one, with the other sign.
    const [plus, minus] = ky < 0 ? ([-1, 1] as const) : ([1, -1] as const);
    return [
      [
        { row: at(0, ky, 0, kx), sign: 1 },
        { row: at(1, ky, 1, kx), sign: minus },
      ],
      [
        { row: at(0, ky, 1, kx), sign: 1 },
        { row: at(1, ky, 0, kx), sign: plus },
      ],
    ];
  }).flat();
}

/**
 * The waves of an image by what mixing gives, `[parts of the weights, pairs of modes, parts of the spectrum]`: the adjoint of
 * {@link coefficients}, of the complex product.
 */
function wavesOfProducts(modes: number): Term[][] {
  const count = 2 * modes * modes;
  const sums = Array.from({ length: 4 * modes * (modes + 1) }, (): Term[] => []);
  coefficients(modes).forEach((terms, place) => {
    const [pair, isImaginary] = [Math.floor(place / 2), place % 2];
    // (re + i·im)(u + i·v) = (re·u − im·v) + i(im·u + re·v), where u is the real part of the weight.
    const byReal = 2 * pair + isImaginary;
    const byImaginary = 2 * count + 2 * pair + (1 - isImaginary);
    for (const { row, sign } of terms) {
      const other = (sign === 1) === (isImaginary === 1) ? 1 : -1;
      sums[row]!.push({ row: byReal, sign }, { row: byImaginary, sign: other });
    }
  });
  return sums;
}

/** Cosines of the modes 0 … half − 1, then the negative of their sines, at a position along `length`. */
function wave(entry: number, half: number, position: number, length: number): number {
  const angle = (2 * Math.PI * (((entry % half) * position) % length)) / length;
  return entry < half ? Math.cos(angle) : -Math.sin(angle);
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
  if (!(weights instanceof tf.Tensor)) {
    throw new ShapeError(`spectralConvolution: weights must be given as { weights }; got ${typeof weights}.`);
  }
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
  const fits = [2, 2 * modes * modes, inputs];
  if (weights.rank === 4 && fits.every((length, axis) => weights.shape[axis] === length)) return;
  throw new ShapeError(
    `spectralConvolution: weights must be [${fits.join(', ')}, out]; got [${weights.shape.join(', ')}].`,
  );
}
