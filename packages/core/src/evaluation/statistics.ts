/** Statistics of scores and ratios in float64. Failures, the non-finite values, are counted and never averaged. */
import { mean, median, quantileSorted, sampleStandardDeviation } from 'simple-statistics';
import { fold, type Key } from '../random/key.ts';
import { integers } from '../random/samplers.ts';

/** Which end of a scale is the good one. */
export type Better = 'lower' | 'higher';

/** A sample in a few numbers. */
export type Summary = {
  /** Over the finite values; null if there are none. Kahan–Babuška sum. */
  readonly mean: number | null;
  /** Over all values, a failure being worse than any score; null if it falls on a failure. */
  readonly median: number | null;
  /** Sample standard deviation (divisor `n − 1`) over the finite values; null for fewer than two. */
  readonly std: number | null;
  /** Finite values. */
  readonly n: number;
  /** The others. */
  readonly failures: number;
};

/** A 95 % confidence interval, null where there is none. */
export type Interval = { readonly low: number | null; readonly high: number | null };

const LEVEL = 0.95;

/** Mean, median and spread of a sample. */
export function summarize(values: ArrayLike<number>, better: Better): Summary {
  const all = Array.from(values);
  const finite = all.filter((value) => Number.isFinite(value));
  const worst = better === 'lower' ? Infinity : -Infinity;
  const ranked = all.map((value) => (Number.isFinite(value) ? value : worst));
  return {
    mean: finite.length > 0 ? mean(finite) : null,
    median: ranked.length > 0 ? finiteOrNull(median(ranked)) : null,
    std: finite.length > 1 ? sampleStandardDeviation(finite) : null,
    n: finite.length,
    failures: all.length - finite.length,
  };
}

/**
 * The percentile bootstrap of the mean: resamples the sample with replacement and takes the 2.5 % and 97.5 % quantiles of the
 * means. It assumes no distribution, but with few or heavy-tailed values it is too narrow.
 *
 * The draws are made once, so every sample that the returned function sees is resampled alike: bands along a curve are smooth.
 *
 * @param n - size of the samples.
 * @param key - random key of the draws.
 * @param options.resamples - default 1000.
 * @returns the 95 % interval of the mean of a sample of size `n`; nulls if `n < 2` or a value is not finite.
 * @throws {RangeError} (the returned function) if a sample is not of size `n`.
 * @see Efron & Tibshirani, An Introduction to the Bootstrap (1993), §13.3.
 */
export function bootstrapOfMean(
  n: number,
  key: Key,
  options: { readonly resamples?: number } = {},
): (sample: ArrayLike<number>) => Interval {
  const { resamples = 1000 } = options;
  const draws = n > 1 ? integers(fold(key, 'bootstrap'), resamples * n, { high: n }).data : new Int32Array(0);
  return (sample) => {
    if (sample.length !== n) {
      throw new RangeError(`bootstrapOfMean: the sample must have ${n} values; got ${sample.length}.`);
    }
    if (n < 2 || !Array.from(sample).every((value) => Number.isFinite(value)))
      return { low: null, high: null };
    const means = new Float64Array(resamples);
    for (let i = 0; i < resamples; i++) {
      let sum = 0;
      for (let j = i * n; j < (i + 1) * n; j++) sum += sample[draws[j]!]!;
      means[i] = sum / n;
    }
    const sorted = Array.from(means.toSorted());
    return { low: quantileSorted(sorted, (1 - LEVEL) / 2), high: quantileSorted(sorted, (1 + LEVEL) / 2) };
  };
}

/** A finite number, or null. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
