import { fromSeed } from '../random/key.ts';
import { normal } from '../random/samplers.ts';
import { bootstrapOfMean, quantiles, summarize } from './statistics.ts';

describe('summarize', () => {
  it('gives the mean, the median and the sample standard deviation', () => {
    const summary = summarize([2, 4, 4, 4, 5, 5, 7, 9], 'lower');
    expect(summary).toMatchObject({ mean: 5, median: 4.5, n: 8, failures: 0 });
    expect(summary.std).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('adds without losing small terms among large ones', () => {
    expect(summarize([1e16, 1, 1, -1e16], 'lower').mean).toBe(0.5);
  });

  it('counts what is not finite and leaves it out of the mean', () => {
    expect(summarize([1, NaN, 3, Infinity, -Infinity], 'lower')).toMatchObject({
      mean: 2,
      n: 2,
      failures: 3,
    });
  });

  it('ranks a failure below every score, whichever way is better', () => {
    expect(summarize([1, 2, NaN], 'lower').median).toBe(2);
    expect(summarize([1, 2, NaN], 'higher').median).toBe(1);
    expect(summarize([1, NaN, NaN], 'lower').median).toBeNull();
  });

  it('is null where there is nothing to say', () => {
    expect(summarize([], 'lower')).toEqual({ mean: null, median: null, std: null, n: 0, failures: 0 });
    expect(summarize([3], 'higher')).toEqual({ mean: 3, median: 3, std: null, n: 1, failures: 0 });
  });
});

describe('quantiles', () => {
  it('are values of the sample, or lie between two neighbours', () => {
    expect(quantiles([4, 1, 3, 2], [0, 0.25, 0.5, 0.75, 1])).toEqual([1, 1.75, 2.5, 3.25, 4]);
  });

  it('rank a failure above every value', () => {
    expect(quantiles([2, NaN, 1, -Infinity, 3], [0, 0.25, 0.5, 0.6, 1])).toEqual([1, 2, 3, null, null]);
  });

  it('are null of no value', () => {
    expect(quantiles([], [0.5])).toEqual([null]);
  });
});

describe('bootstrapOfMean', () => {
  it('has the width of ±1.96 standard errors for many normal values', () => {
    const n = 400;
    const { data } = normal(fromSeed(1), n, { mean: 7, std: 2 });
    const { mean, std } = summarize(data, 'lower');
    const { low, high } = bootstrapOfMean(n, fromSeed(2), { resamples: 4000 })(data);
    const halfWidth = (1.96 * std!) / Math.sqrt(n);
    expect((mean! - low!) / halfWidth).toBeCloseTo(1, 1);
    expect((high! - mean!) / halfWidth).toBeCloseTo(1, 1);
  });

  it('covers the true mean in about 95 of 100 samples', () => {
    const n = 100;
    const interval = bootstrapOfMean(n, fromSeed(3));
    const covered = Array.from({ length: 200 }, (_, seed) => {
      const { low, high } = interval(normal(fromSeed(seed), n).data);
      return low! <= 0 && high! >= 0;
    }).filter(Boolean).length;
    expect(covered).toBeGreaterThanOrEqual(180);
    expect(covered).toBeLessThan(200);
  });

  it('is a point for equal values, moves with the values, and repeats for a key', () => {
    const interval = bootstrapOfMean(3, fromSeed(0));
    expect(interval([4, 4, 4])).toEqual({ low: 4, high: 4 });
    const { low, high } = interval([1, 2, 6]);
    expect(interval([11, 12, 16])).toEqual({ low: low! + 10, high: high! + 10 });
    expect(bootstrapOfMean(3, fromSeed(0))([1, 2, 6])).toEqual({ low, high });
  });

  it('is null for fewer than two values or a value that is not finite', () => {
    expect(bootstrapOfMean(1, fromSeed(0))([1])).toEqual({ low: null, high: null });
    expect(bootstrapOfMean(2, fromSeed(0))([1, NaN])).toEqual({ low: null, high: null });
  });

  it('refuses a sample of another size', () => {
    expect(() => bootstrapOfMean(2, fromSeed(0))([1])).toThrow(
      'bootstrapOfMean: the sample must have 2 values; got 1.',
    );
  });
});
