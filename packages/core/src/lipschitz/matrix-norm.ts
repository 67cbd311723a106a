/** Spectral norms of matrices and of circular convolutions, in float64 on the host, from above. */
import { DataError, ShapeError } from '@equilibria/compile';
import { Matrix, SVD } from 'ml-matrix';

/** Numbers, row-major: the weights of a layer, read from a tensor or a file. */
export type Weights = { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** A complex matrix, row-major; a real one has no imaginary part. */
type ComplexMatrix = {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly rows: number;
  readonly columns: number;
};

/**
 * The largest singular value of a matrix, by singular value decomposition in float64, rounded up by what the decomposition may lose
 * to rounding (a few units in the last place for each row or column): at least `‖W‖₂`, and larger by 1e-12 relative at most for
 * matrices of some hundred rows.
 *
 * The allowance is the usual one for a backward stable method, not interval arithmetic.
 *
 * @param weights - `[n, m]`; 0 for one without entries.
 * @throws {ShapeError} if it is no matrix, or has not as many numbers as its shape says.
 * @throws {DataError} if a number is not finite.
 * @see Golub & Van Loan, Matrix Computations, 4th ed. (2013), §8.6.
 */
export function matrixNorm(weights: Weights): number {
  assertWeights('matrixNorm', weights, 2);
  const { data, shape } = weights;
  const [rows = 0, columns = 0] = shape;
  const { scale, data: scaled } = normalised(data);
  if (scale === 0) return 0;
  return scale * roundedUp(largestSingularValue(new Matrix(rowsOf(scaled, rows, columns))), rows, columns);
}

/**
 * The norm of a convolution with circular padding and stride 1, as an operator on images of one size: the largest singular value,
 * over all frequencies, of the `[outChannels, inChannels]` matrix of the kernel's Fourier transforms. With zero padding instead of
 * circular the norm is another, and this no bound of it.
 *
 * The frequencies are visited from the largest Frobenius norm down; of most, a Cholesky factorisation shows that they do not exceed the
 * largest norm so far, and the others are decomposed. Rounded up like {@link matrixNorm}. About a millisecond a frequency at 64 × 64 channels, half of
 * the pixels being frequencies.
 *
 * @param kernel - `[kernelHeight, kernelWidth, inChannels, outChannels]`, as of `tf.conv2d`; larger than the image is allowed.
 * @param image - `{ height, width }` in pixels.
 * @throws {ShapeError} if the kernel has not four axes, or not as many numbers as its shape says.
 * @throws {DataError} if a number is not finite.
 * @throws {RangeError} if `height` or `width` is not an integer >= 1.
 * @see Sedghi, Gupta & Long, The Singular Values of Convolutional Layers (2019), arXiv 1805.10408.
 */
export function circularConvolutionNorm(
  kernel: Weights,
  image: { readonly height: number; readonly width: number },
): number {
  assertWeights('circularConvolutionNorm', kernel, 4);
  for (const [name, size] of Object.entries(image)) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new RangeError(`circularConvolutionNorm: ${name} must be an integer >= 1; got ${size}.`);
  }
  const { scale, data } = normalised(kernel.data);
  if (scale === 0) return 0;
  const scaled = { data, shape: kernel.shape };
  const byFrobenius = frequenciesOf(image)
    .map((frequency) => ({ frequency, frobenius: Math.hypot(...norms(symbolAt(scaled, frequency))) }))
    .toSorted((a, b) => b.frobenius - a.frobenius);
  let largest = 0;
  for (const { frequency, frobenius } of byFrobenius) {
    if (frobenius <= largest) break;
    const symbol = symbolAt(scaled, frequency);
    if (isNormBelow(symbol, largest)) continue;
    largest = Math.max(largest, largestSingularValue(realForm(symbol)));
  }
  const [, , rows = 0, columns = 0] = kernel.shape;
  return scale * roundedUp(largest, 2 * rows, 2 * columns);
}

/** An angle for each axis, in radians. */
type Frequency = readonly [number, number];

/** One of each conjugate pair: the symbols of a real kernel at ω and −ω have the same singular values. */
function frequenciesOf({ height, width }: { readonly height: number; readonly width: number }): Frequency[] {
  const across = Array.from({ length: Math.floor(width / 2) + 1 }, (_, q) => (2 * Math.PI * q) / width);
  return Array.from({ length: height }, (_, p) => (2 * Math.PI * p) / height).flatMap((down) =>
    across.map((right): Frequency => [down, right]),
  );
}

/** `Σ k[a, b] e^{−i(aω₁ + bω₂)}` as an `[inChannels, outChannels]` matrix. */
function symbolAt({ data, shape }: Weights, [down, right]: Frequency): ComplexMatrix {
  const [height = 0, width = 0, rows = 0, columns = 0] = shape;
  const size = rows * columns;
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let tap = 0; tap < height * width; tap++) {
    const angle = -(Math.floor(tap / width) * down + (tap % width) * right);
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let i = 0; i < size; i++) {
      const weight = data[tap * size + i]!;
      real[i]! += weight * cosine;
      imaginary[i]! += weight * sine;
    }
  }
  return { real, imaginary, rows, columns };
}

/** Divided by the largest magnitude: squares of tiny numbers would vanish, and the norm with them. */
function normalised(data: ArrayLike<number>): { readonly scale: number; readonly data: Float64Array } {
  const values = Float64Array.from(data);
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { scale, data: values.map((value) => value / scale) };
}

function norms({ real, imaginary }: ComplexMatrix): readonly [number, number] {
  return [euclidean(real), euclidean(imaginary)];
}

function euclidean(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** `[[Re, −Im], [Im, Re]]`: the same singular values, each twice. */
function realForm({ real, imaginary, rows, columns }: ComplexMatrix): Matrix {
  const matrix = Matrix.zeros(2 * rows, 2 * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j;
      matrix.set(i, j, real[at]!);
      matrix.set(rows + i, columns + j, real[at]!);
      matrix.set(i, columns + j, -imaginary[at]!);
      matrix.set(rows + i, j, imaginary[at]!);
    }
  }
  return matrix;
}

/** Whether `bound²·1 − AA*` has a Cholesky factorisation: then `‖A‖₂ < bound`, up to rounding. */
function isNormBelow(A: ComplexMatrix, bound: number): boolean {
  const { real, imaginary, size } = boundLessGram(A, bound * bound);
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let [re, im] = [real[i * size + j]!, imaginary[i * size + j]!];
      for (let k = 0; k < j; k++) {
        const [a, b] = [real[i * size + k]!, imaginary[i * size + k]!];
        const [c, d] = [real[j * size + k]!, imaginary[j * size + k]!];
        re -= a * c + b * d;
        im -= b * c - a * d;
      }
      if (i === j && !(re > 0)) return false;
      const pivot = i === j ? Math.sqrt(re) : real[j * size + j]!;
      real[i * size + j] = i === j ? pivot : re / pivot;
      imaginary[i * size + j] = i === j ? 0 : im / pivot;
    }
  }
  return true;
}

/** The lower triangle of `square·1 − AA*` or, if that is smaller, of `square·1 − A*A`, whose conjugate does as well. */
function boundLessGram(A: ComplexMatrix, square: number) {
  const isWide = A.rows <= A.columns;
  const [size, length] = isWide ? [A.rows, A.columns] : [A.columns, A.rows];
  const [along, across] = isWide ? [1, A.columns] : [A.columns, 1];
  const real = new Float64Array(size * size);
  const imaginary = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let [re, im] = [0, 0];
      for (let k = 0; k < length; k++) {
        const [p, q] = [i * across + k * along, j * across + k * along];
        re += A.real[p]! * A.real[q]! + A.imaginary[p]! * A.imaginary[q]!;
        im += A.imaginary[p]! * A.real[q]! - A.real[p]! * A.imaginary[q]!;
      }
      real[i * size + j] = (i === j ? square : 0) - re;
      imaginary[i * size + j] = -im;
    }
  }
  return { real, imaginary, size };
}

function largestSingularValue(matrix: Matrix): number {
  const { norm2 } = new SVD(matrix, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  return norm2;
}

/** Units in the last place that a row or a column may cost. */
const LOSS = 8;

function roundedUp(norm: number, rows: number, columns: number): number {
  return norm * (1 + LOSS * (rows + columns) * Number.EPSILON);
}

function rowsOf(data: Float64Array, rows: number, columns: number): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns));
}

/** A decomposition of NaN would not end. */
function assertWeights(where: string, { data, shape }: Weights, rank: number): void {
  const form = `[${shape.join(', ')}]`;
  if (shape.length !== rank) {
    throw new ShapeError(`${where}: the weights must have ${rank} axes; got ${form}.`);
  }
  if (data.length !== shape.reduce((product, size) => product * size, 1)) {
    throw new ShapeError(`${where}: weights of shape ${form} must have as many numbers; got ${data.length}.`);
  }
  const at = Array.prototype.findIndex.call(data, (value: number) => !Number.isFinite(value));
  if (at < 0) return;
  throw new DataError(`${where}: weights must be finite; got ${data[at]} at index ${at}.`);
}
