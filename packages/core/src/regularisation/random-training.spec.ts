import * as tf from '@tensorflow/tfjs';
import { spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import type { Samples } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { type IterationSampling, randomSigns, randomState, sampleIterations } from './random-training.ts';

const key = fromSeed(11);
const DRAWS = 4000;

const draws = (options: IterationSampling): number[] =>
  Array.from({ length: DRAWS }, (_, i) => sampleIterations(fold(key, i), options).data[0]!);

const moments = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
};

describe('sampleIterations', () => {
  // Variances: of the Poisson number, its rate's mean and the rate's own variance; of the others by the book.
  it.each([
    ['poisson-lognormal', 8, 7 + 49 * Math.expm1(0.25)],
    ['poisson-lognormal', 64, 63 + 63 ** 2 * Math.expm1(0.25)],
    ['uniform', 8, (15 ** 2 - 1) / 12],
    ['geometric', 8, 8 * 7],
  ] as const)('has the mean and the variance of %s, mean %p', (distribution, mean, variance) => {
    const values = draws({ mean, max: 100_000, distribution });
    const got = moments(values);
    expect(Math.abs(got.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
    expectClose([got.variance], [variance], { rtol: 0.2 });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(1);
    expect(values.every(Number.isInteger)).toBe(true);
  });

  it('is 1 at a mean of 1, and at most max', () => {
    for (const distribution of ['poisson-lognormal', 'uniform', 'geometric'] as const) {
      expect(new Set(draws({ mean: 1, max: 9, distribution }))).toEqual(new Set([1]));
      const cut = draws({ mean: 30, max: 5, distribution });
      expect(Math.max(...cut)).toBe(5);
    }
  });

  it('is an int32 scalar, the same for the same key', () => {
    const options = { mean: 20, max: 100 };
    const sample = sampleIterations(key, options);
    expect(sample).toEqual({ data: expect.any(Int32Array) as Int32Array, shape: [] });
    expect(sampleIterations(key, options)).toEqual(sample);
  });

  it('refuses what it cannot draw', () => {
    expect(() => sampleIterations(key, { mean: 0.5, max: 9 })).toThrow(
      'sampleIterations: mean must be finite and >= 1; got 0.5.',
    );
    expect(() => sampleIterations(key, { mean: NaN, max: 9 })).toThrow('got NaN.');
    expect(() => sampleIterations(key, { mean: 2, max: 0 })).toThrow(
      'sampleIterations: max must be an integer >= 1 within int32; got 0.',
    );
    expect(() => sampleIterations(key, { mean: 2.3, max: 9, distribution: 'uniform' })).toThrow(
      'sampleIterations: the mean of a uniform number must be a multiple of 1/2; got 2.3.',
    );
    expect(() => sampleIterations(key, { mean: 2, max: 9, distribution: 'normal' as 'uniform' })).toThrow(
      "sampleIterations: distribution must be one of poisson-lognormal, uniform, geometric; got 'normal'.",
    );
  });
});

describe('randomState', () => {
  it('is normal of the deviation asked for, of the form given, each leaf by itself', () => {
    const like = { a: spec([2000]), b: [spec([1000, 2])] };
    const { a, b } = randomState(key, like, { std: 3 }) as { a: Samples; b: readonly [Samples] };
    expect([a.shape, b[0].shape]).toEqual([[2000], [1000, 2]]);
    for (const { data } of [a, b[0]]) {
      const { mean, variance } = moments(Array.from(data));
      expect(Math.abs(mean)).toBeLessThan((4 * 3) / Math.sqrt(2000));
      expectClose([variance], [9], { rtol: 0.15 });
    }
    expect(a.data).not.toEqual(b[0].data);
    expect(randomState(key, { a: tf.zeros([2000]) }, { std: 3 })).toEqual({ a });
  });

  it('is nothing for nothing', () => {
    expect(randomState(key, spec([0, 3]))).toEqual({ data: new Float64Array(0), shape: [0, 3] });
    expect(() => randomState(key, spec([1]), { std: -1 })).toThrow('std -1');
  });
});

describe('randomSigns', () => {
  it('is as often 1 as −1, and nothing else', () => {
    const { data, shape } = randomSigns(key, spec([50, 40])) as Samples;
    expect(shape).toEqual([50, 40]);
    expect(new Set(data)).toEqual(new Set([1, -1]));
    expect(Math.abs(data.reduce((sum, sign) => sum + sign, 0))).toBeLessThan(4 * Math.sqrt(2000));
  });
});
