import * as tf from '@tensorflow/tfjs';
import { type HostArray } from '@equilibria/compile';
import fc from 'fast-check';
import { Matrix, SVD } from 'ml-matrix';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { matrix } from '../testing/arbitraries.ts';
import { expectClose } from '../testing/expect-close.ts';
import { jacobianNorm } from './jacobian-norm.ts';
import { circularConvolutionNorm, matrixNorm } from './matrix-norm.ts';

const key = fromSeed(13);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });
const EXACT = { rtol: 1e-12, atol: 0 };

/** The convolution as a matrix `[height·width·in, height·width·out]`. */
const matrixOf = ({ data, shape }: HostArray, height: number, width: number): Matrix => {
  const [rows = 0, columns = 0, inputs = 0, outputs = 0] = shape;
  const all = Matrix.zeros(height * width * inputs, height * width * outputs);
  for (let p = 0; p < height * width; p++) {
    for (let tap = 0; tap < rows * columns; tap++) {
      const [a, b] = [Math.floor(tap / columns), tap % columns];
      const q = ((Math.floor(p / width) + a) % height) * width + (((p % width) + b) % width);
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          const [at, to] = [q * inputs + i, p * outputs + o];
          all.set(at, to, all.get(at, to) + data[(tap * inputs + i) * outputs + o]!);
        }
      }
    }
  }
  return all;
};

describe('matrixNorm', () => {
  it('is the largest singular value, rounded up: closed forms', () => {
    expectClose(matrixNorm({ data: [3, 0, 0, 0, -4, 0], shape: [2, 3] }), 4, EXACT);
    // JᵀJ = [[1, 1], [1, 2]], of eigenvalue (3 + √5)/2: the norm is the golden ratio.
    expectClose(
      matrixNorm({ data: Float32Array.of(1, 1, 0, 1), shape: [2, 2] }),
      (1 + Math.sqrt(5)) / 2,
      EXACT,
    );
    expectClose(
      matrixNorm({ data: new Float64Array(20).fill(0.1), shape: [4, 5] }),
      0.1 * Math.sqrt(20),
      EXACT,
    );
    expect(matrixNorm({ data: [], shape: [0, 3] })).toBe(0);
    expect(matrixNorm({ data: [0], shape: [1, 1] })).toBe(0);
  });

  it('is not less than the stretch of any vector, nor more than the Frobenius norm', () => {
    const holds = (weights: HostArray, vector: HostArray): boolean => {
      const norm = matrixNorm(weights);
      const image = new Matrix([Array.from(vector.data)]).mmul(
        Matrix.from1DArray(4, 3, Array.from(weights.data)),
      );
      const length = Math.hypot(...vector.data);
      return (
        norm * length >= Math.hypot(...image.to1DArray()) * (1 - 1e-15) &&
        norm <= Math.hypot(...weights.data) * (1 + 1e-13)
      );
    };
    fc.assert(fc.property(matrix(4, 3), matrix(1, 4), holds), { seed: 7 });
  });

  it('refuses other ranks, other numbers and NaN, of which a decomposition would not end', () => {
    expect(() => matrixNorm({ data: [1, 2], shape: [2] })).toThrow(
      'matrixNorm: the weights must have 2 axes; got [2].',
    );
    expect(() => matrixNorm({ data: [1, 2], shape: [2, 2] })).toThrow(
      'matrixNorm: weights of shape [2, 2] must have as many numbers; got 2.',
    );
    expect(() => matrixNorm({ data: [1, NaN], shape: [1, 2] })).toThrow(
      'matrixNorm: weights must be finite; got NaN at index 1.',
    );
    expect(() => matrixNorm({ data: [Infinity], shape: [1, 1] })).toThrow('got Infinity at index 0.');
  });
});

describe('circularConvolutionNorm', () => {
  it('is |Σk| of a kernel of one sign, and 2 of a difference on an even image', () => {
    expectClose(
      circularConvolutionNorm(
        { data: [1, 2, 1, 2, 4, 2, 1, 2, 1], shape: [3, 3, 1, 1] },
        { height: 5, width: 7 },
      ),
      16,
      EXACT,
    );
    const difference = { data: [1, -1], shape: [1, 2, 1, 1] };
    expectClose(circularConvolutionNorm(difference, { height: 3, width: 8 }), 2, EXACT);
    // On an odd image no wave alternates all the way around: |1 − e^{−iω}| at ω = 2π·3/7.
    expectClose(
      circularConvolutionNorm(difference, { height: 3, width: 7 }),
      2 * Math.sin((Math.PI * 3) / 7),
      EXACT,
    );
  });

  it.each([
    [[3, 3, 2, 3], 4, 5],
    [[3, 3, 3, 2], 5, 4],
    [[1, 1, 3, 3], 3, 3],
    [[2, 5, 2, 2], 3, 4],
    [[4, 4, 1, 2], 1, 6],
  ])('is the norm of the matrix it is: kernel %j on %d × %d', (shape, height, width) => {
    const kernel = draw(`kernel ${shape.join()}`, shape);
    const { norm2 } = new SVD(matrixOf(kernel, height, width), { autoTranspose: true });
    expectClose(circularConvolutionNorm(kernel, { height, width }), norm2, { rtol: 1e-11, atol: 0 });
  });

  it('is found at whatever frequency it is, in many kernels', () => {
    for (let i = 0; i < 30; i++) {
      const kernel = draw(`kernel ${i}`, [2, 2, 2, 3]);
      const { norm2 } = new SVD(matrixOf(kernel, 3, 4), { autoTranspose: true });
      expectClose(circularConvolutionNorm(kernel, { height: 3, width: 4 }), norm2, { rtol: 1e-11, atol: 0 });
    }
  });

  it('is the norm of the Jacobian of tf.conv2d on a padded image', async () => {
    tf.env().set('PROD', true);
    await tf.setBackend('cpu');
    const kernel = draw('filter', [3, 3, 2, 2]);
    const filter = toTensor(kernel) as tf.Tensor4D;
    const convolve = (x: tf.Tensor): tf.Tensor => {
      const tall = tf.concat([x.slice([0, 4], [1, 1]), x, x.slice([0, 0], [1, 1])], 1);
      const wide = tf.concat([tall.slice([0, 0, 3], [1, 7, 1]), tall, tall.slice([0, 0, 0], [1, 7, 1])], 2);
      return tf.conv2d(wide as tf.Tensor4D, filter, 1, 'valid');
    };
    const start = toTensor(draw('start', [1, 5, 4, 2]));
    const { value } = jacobianNorm(convolve, tf.zeros([1, 5, 4, 2]), start, { steps: 150 });
    const norm = circularConvolutionNorm(kernel, { height: 5, width: 4 });
    expectClose(value, [norm], { rtol: 1e-3 });
    expect(value.dataSync()[0]!).toBeLessThanOrEqual(norm * (1 + 1e-6));
  });

  it('is 0 of zeros, scales with tiny kernels, and refuses other forms', () => {
    const image = { height: 2, width: 2 };
    expect(circularConvolutionNorm({ data: [0, 0], shape: [1, 2, 1, 1] }, image)).toBe(0);
    expect(circularConvolutionNorm({ data: [], shape: [3, 3, 0, 2] }, image)).toBe(0);
    const kernel = draw('tiny', [3, 3, 2, 2]);
    const tiny = { data: Float64Array.from(kernel.data, (k) => k * 1e-200), shape: kernel.shape };
    expect(matrixNorm({ data: [3e-200, 0, 0, 4e-200], shape: [2, 2] }) / 4e-200).toBeCloseTo(1, 10);
    const ratio = circularConvolutionNorm(tiny, image) / circularConvolutionNorm(kernel, image);
    expect(ratio / 1e-200).toBeCloseTo(1, 10);
    expect(() => circularConvolutionNorm({ data: [1], shape: [1, 1] }, image)).toThrow(
      'circularConvolutionNorm: the weights must have 4 axes; got [1, 1].',
    );
    expect(() => circularConvolutionNorm({ data: [1], shape: [1, 1, 1, 1] }, { ...image, width: 0 })).toThrow(
      'circularConvolutionNorm: width must be an integer >= 1; got 0.',
    );
    expect(() => circularConvolutionNorm({ data: [NaN], shape: [1, 1, 1, 1] }, image)).toThrow(
      'must be finite',
    );
  });
});
