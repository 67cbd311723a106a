import * as tf from '@tensorflow/tfjs';
import { compile } from '../runtime/compile.ts';
import { type HostArray, spec } from '../tree/tree.ts';
import { attention } from './attention.ts';
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from './normalisation.ts';
import { spectralConvolution } from './spectral-convolution.ts';

/** Numbers without a pattern, the same every time. */
const numbers = (...shape: number[]): HostArray => {
  const length = shape.reduce((product, n) => product * n, 1);
  return { data: Float64Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1)) * 0.7 + 0.1), shape };
};
const tensor = ({ data, shape }: HostArray): tf.Tensor => tf.tensor(Float32Array.from(data), [...shape]);

/** Compiled in float64 and eagerly in float32. */
async function both(fn: (...xs: tf.Tensor[]) => tf.Tensor, ...inputs: HostArray[]) {
  const compiled = await compile(
    fn,
    inputs.map(({ shape }) => spec(shape)),
    { precision: 'float64' },
  );
  const exact = await compiled.runArrays(...inputs);
  await compiled.dispose();
  const eager = fn(...inputs.map(tensor)).dataSync();
  eager.forEach((value, i) => expect(value).toBeCloseTo(exact.data[i]!, 4));
  return exact;
}

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('spectralConvolution', () => {
  /** By sums over all pixels for each mode, and over all modes for each pixel. */
  function direct(x: HostArray, weights: HostArray, modes: number): number[] {
    const [batch = 0, inputs = 0, height = 0, width = 0] = x.shape;
    const [, count = 0, , outputs = 0] = weights.shape;
    const rows = [
      ...Array.from({ length: modes }, (_, k) => k),
      ...Array.from({ length: modes }, (_, k) => k - modes),
    ];
    const result: number[] = [];
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < outputs; o++) {
        for (let h = 0; h < height; h++) {
          for (let w = 0; w < width; w++) result.push(pixel(b, o, h, w));
        }
      }
    }
    return result;

    function pixel(b: number, o: number, h: number, w: number): number {
      let sum = 0;
      rows.forEach((ky, r) => {
        for (let kx = 0; kx < modes; kx++) {
          const [re, im] = coefficient(b, o, ky, kx, r * modes + kx);
          const angle = 2 * Math.PI * ((ky * h) / height + (kx * w) / width);
          sum += (kx === 0 ? 1 : 2) * (re * Math.cos(angle) - im * Math.sin(angle));
        }
      });
      return sum / (height * width);
    }

    function coefficient(b: number, o: number, ky: number, kx: number, mode: number): [number, number] {
      let [re, im] = [0, 0];
      for (let c = 0; c < inputs; c++) {
        let [xr, xi] = [0, 0];
        for (let h = 0; h < height; h++) {
          for (let w = 0; w < width; w++) {
            const value = x.data[((b * inputs + c) * height + h) * width + w]!;
            const angle = -2 * Math.PI * ((ky * h) / height + (kx * w) / width);
            xr += value * Math.cos(angle);
            xi += value * Math.sin(angle);
          }
        }
        const at = (mode * inputs + c) * outputs + o;
        const [wr, wi] = [weights.data[at]!, weights.data[at + count * inputs * outputs]!];
        re += xr * wr - xi * wi;
        im += xr * wi + xi * wr;
      }
      return [re, im];
    }
  }

  it('is the product of Fourier coefficients, mode by mode', async () => {
    const [x, weights] = [numbers(2, 3, 6, 8), numbers(2, 18, 3, 2)];
    const result = await both((image, w) => spectralConvolution(image, { weights: w }, 3), x, weights);
    expect(result.shape).toEqual([2, 2, 6, 8]);
    direct(x, weights, 3).forEach((value, i) => expect(result.data[i]).toBeCloseTo(value, 12));
  });

  it('is that of odd sizes, of one mode, and of one image too', async () => {
    for (const [x, weights, modes] of [
      [numbers(1, 2, 5, 7), numbers(2, 8, 2, 3), 2],
      [numbers(1, 1, 3, 5), numbers(2, 2, 1, 2), 1],
    ] as const) {
      const result = await both((image, w) => spectralConvolution(image, { weights: w }, modes), x, weights);
      direct(x, weights, modes).forEach((value, i) => expect(result.data[i]).toBeCloseTo(value, 12));
    }
  });

  it('has the gradients of differences', async () => {
    const [x, weights] = [numbers(1, 2, 4, 6), numbers(2, 8, 2, 1)];
    const loss = (image: tf.Tensor, w: tf.Tensor): tf.Scalar =>
      tf.sum(tf.square(spectralConvolution(image, { weights: w }, 2)));
    const signature = [spec(x.shape), spec(weights.shape)] as const;
    const options = { precision: 'float64' } as const;
    const value = await compile(loss, signature, options);
    const slopes = await compile(
      (image: tf.Tensor, w: tf.Tensor) => tf.grads(loss)([image, w]),
      signature,
      options,
    );
    const [ofImage, ofWeights] = await slopes.runArrays(x, weights);
    const h = 1e-5;
    const moved = (array: HostArray, i: number, step: number): HostArray => ({
      ...array,
      data: (array.data as Float64Array).with(i, array.data[i]! + step),
    });
    for (const i of [0, 7, 31]) {
      const at = async (step: number) => (await value.runArrays(moved(x, i, step), weights)).data[0]!;
      expect(ofImage!.data[i]).toBeCloseTo(((await at(h)) - (await at(-h))) / (2 * h), 6);
      const by = async (step: number) => (await value.runArrays(x, moved(weights, i, step))).data[0]!;
      expect(ofWeights!.data[i]).toBeCloseTo(((await by(h)) - (await by(-h))) / (2 * h), 6);
    }
    await value.dispose();
    await slopes.dispose();
  });

  it('refuses modes that are not there and weights that do not fit', () => {
    const x = tf.zeros([1, 2, 4, 6]);
    expect(() => spectralConvolution(x, { weights: tf.zeros([2, 18, 2, 1]) }, 3)).toThrow(
      'spectralConvolution: modes must be an integer >= 1, at most half of the height and less than half of the width; got 3 of 4 × 6.',
    );
    expect(() => spectralConvolution(x, { weights: tf.zeros([2, 8, 3, 1]) }, 2)).toThrow(
      'spectralConvolution: weights must be [2, 8, 2, out]; got [2, 8, 3, 1].',
    );
    expect(() => spectralConvolution(tf.zeros([2, 4, 6]), { weights: tf.zeros([2, 8, 2, 1]) }, 2)).toThrow(
      'spectralConvolution: x must be [batch, in, height, width]; got [2, 4, 6].',
    );
  });
});

describe('normalisations', () => {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2));

  it('layerNorm has mean 0 and variance 1 over the last axis, then gain and shift', async () => {
    const x = numbers(3, 8);
    const [gain, shift] = [numbers(8), numbers(8)];
    const plain = await both((t) => layerNorm(t, { epsilon: 0 }), x);
    for (let row = 0; row < 3; row++) {
      const values = Array.from(plain.data.subarray(row * 8, row * 8 + 8));
      expect(mean(values)).toBeCloseTo(0, 12);
      expect(variance(values)).toBeCloseTo(1, 12);
    }
    const full = await both((t, g, s) => layerNorm(t, { epsilon: 0, gain: g, shift: s }), x, gain, shift);
    full.data.forEach((value: number, i: number) =>
      expect(value).toBeCloseTo(plain.data[i]! * gain.data[i % 8]! + shift.data[i % 8]!, 12),
    );
  });

  it('rmsNorm has mean square 1, without a mean taken off', async () => {
    const { data } = await both((t, g) => rmsNorm(t, { epsilon: 0, gain: g }), numbers(2, 5), {
      data: Float64Array.of(1, 1, 1, 1, 1),
      shape: [5],
    });
    expect(mean(Array.from(data.subarray(0, 5), (value) => value ** 2))).toBeCloseTo(1, 12);
    expect(Math.abs(mean(Array.from(data.subarray(0, 5))))).toBeGreaterThan(1e-3);
  });

  it('instanceNorm and groupNorm have mean 0 and variance 1 over their parts of an image', async () => {
    const x = numbers(2, 3, 4, 6);
    const channel = ({ data }: HostArray, image: number, channels: number[]): number[] =>
      Array.from(data).filter((_, i) => Math.floor(i / 72) === image && channels.includes(i % 6));
    const instance = await both((t) => instanceNorm(t, { epsilon: 0 }), x);
    const group = await both((t) => groupNorm(t, 2, { epsilon: 0 }), x);
    for (const values of [channel(instance, 1, [4]), channel(group, 1, [3, 4, 5])]) {
      expect(mean(values)).toBeCloseTo(0, 12);
      expect(variance(values)).toBeCloseTo(1, 12);
    }
  });

  it('refuses groups that do not divide the channels, and what is no image', () => {
    expect(() => groupNorm(tf.zeros([1, 2, 2, 6]), 4)).toThrow(
      'groupNorm: groups must divide the 6 channels; got 4.',
    );
    expect(() => instanceNorm(tf.zeros([2, 2]))).toThrow(
      'instanceNorm: x must be [batch, height, width, channels]; got [2, 2].',
    );
  });
});

describe('attention', () => {
  it('is the mean of values by the softmax of scores, head by head', async () => {
    const [queries, keys, values] = [numbers(2, 3, 4), numbers(2, 5, 4), numbers(2, 5, 4)];
    const { data, shape } = await both(
      (q, k, v) => attention({ queries: q, keys: k, values: v }, { heads: 2 }),
      queries,
      keys,
      values,
    );
    expect(shape).toEqual([2, 3, 4]);
    const at = (array: HostArray, b: number, t: number, f: number) =>
      array.data[(b * array.shape[1]! + t) * 4 + f]!;
    // Second image, third token, second head.
    const scores = [0, 1, 2, 3, 4].map((s) =>
      Math.exp([2, 3].reduce((sum, f) => sum + at(queries, 1, 2, f) * at(keys, 1, s, f), 0) / Math.sqrt(2)),
    );
    const total = scores.reduce((sum, score) => sum + score, 0);
    const expected = scores.reduce((sum, score, s) => sum + (score / total) * at(values, 1, s, 3), 0);
    expect(data[(3 + 2) * 4 + 3]).toBeCloseTo(expected, 12);
  });

  it('does not look ahead if causal', async () => {
    const [queries, keys, values] = [numbers(1, 3, 2), numbers(1, 3, 2), numbers(1, 3, 2)];
    const { data } = await both(
      (q, k, v) => attention({ queries: q, keys: k, values: v }, { heads: 1, isCausal: true }),
      queries,
      keys,
      values,
    );
    expect([data[0], data[1]]).toEqual([
      expect.closeTo(values.data[0]!, 12),
      expect.closeTo(values.data[1]!, 12),
    ]);
  });

  it('refuses heads that do not divide the features', () => {
    const x = tf.zeros([1, 2, 6]);
    expect(() => attention({ queries: x, keys: x, values: x }, { heads: 4 })).toThrow(
      'attention: queries and keys must be [batch, tokens, features] with features that 4 heads divide; got [1, 2, 6] and [1, 2, 6].',
    );
  });
});
