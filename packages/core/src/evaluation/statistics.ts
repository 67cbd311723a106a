/** Statistics of scores and ratios in float64. Failures, the non-finite values, are counted and never averaged. */
import { mean, median, quantileSorted, sampleStandardDeviation } from 'simple-statistics';
import { fold, type Key } from '../random/key.ts';
import { integers } from '../random/samplers.ts';

/** Which end of a scale is the good one. */
export type Better = 'lower' | 'higher';

/** A sample in a few numbers. */
export type Summary = {
  /** Over the finite values; null if there are none, or it overflows. Kahan–Babuška sum. */
  readonly mean: number | null;
  /** Over all values, a failure being worse than any score; null if it falls on a failure. */
  readonly median: number | null;
  /** Sample standard deviation (divisor `n − 1`) over the finite values; null for fewer than two, or if it overflows. */
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
    mean: finite.length > 0 ? finiteOrNull(mean(finite)) : null,
    median: ranked.length > 0 ? finiteOrNull(median(ranked)) : null,
    std: finite.length > 1 ? finiteOrNull(sampleStandardDeviation(finite)) : null,
    n: finite.length,
    failures: all.length - finite.length,
  };
}

/**
 * Quantiles of a sample, interpolated between neighbours. A failure ranks above every value; null where a neighbour is a failure, or
 * there is no value.
 *
 * @param shares - from 0, the least value, to 1, the largest.
 */
export function quantiles(values: ArrayLike<number>, shares: readonly number[]): (number | null)[] {
  const ranked = Array.from(values, (value) => (Number.isFinite(value) ? value : Infinity)).toSorted(
    (a, b) => a - b,
  );
  return shares.map((share) => (ranked.length === 0 ? null : finiteOrNull(quantileSorted(ranked, share))));
}

/**
 * The percentile bootstrap of the mean: resamples the sample with replacement and takes the 2.5 % and 97.5 % quantiles of the
 * means. It assumes no distribution, but with few or heavy-tailed values it is too narrow.
 *
 * Values that belong together are drawn together: with `clusters`, value `i` belongs to cluster `i mod clusters`, and clusters are
 * what is resampled. Without that, several values of one problem would count as so many problems.
 *
 * The draws are made once, so every sample that the returned function sees is resampled alike: bands along a curve are smooth.
 *
 * @param n - size of the samples.
 * @param key - random key of the draws.
 * @param options.clusters - default `n`.
 * @param options.resamples - default 1000.
 * @returns the 95 % interval of the mean of a sample of size `n`; nulls for fewer than two clusters, if a value is not finite or
 *   a mean overflows.
 * @throws {RangeError} if `clusters` is not an integer from 0 to `n`; (the returned function) if a sample is not of size `n`.
 * @see Efron & Tibshirani, An Introduction to the Bootstrap (1993), §13.3; for clusters Davison & Hinkley, Bootstrap Methods and
 *   their Application (1997), §3.8.
 */
export function bootstrapOfMean(
  n: number,
  key: Key,
  options: { readonly resamples?: number; readonly clusters?: number } = {},
): (sample: ArrayLike<number>) => Interval {
  const { resamples = 1000, clusters = n } = options;
  if (!Number.isInteger(clusters) || clusters < 0 || clusters > n) {
    throw new RangeError(`bootstrapOfMean: clusters must be an integer from 0 to ${n}; got ${clusters}.`);
  }
  const isPossible = clusters > 1;
  const draws = isPossible
    ? integers(fold(key, 'bootstrap'), resamples * clusters, { high: clusters }).data
    : new Int32Array(0);
  return (sample) => {
    if (sample.length !== n) {
      throw new RangeError(`bootstrapOfMean: the sample must have ${n} values; got ${sample.length}.`);
    }
    const values = Array.from(sample);
    if (!isPossible || !values.every((value) => Number.isFinite(value))) return { low: null, high: null };
    const sums = new Float64Array(clusters);
    const sizes = new Float64Array(clusters);
    values.forEach((value, i) => {
      sums[i % clusters]! += value;
      sizes[i % clusters]! += 1;
    });
    const means = Float64Array.from({ length: resamples }, (_, resample) => {
      let [sum, size] = [0, 0];
      for (let j = resample * clusters; j < (resample + 1) * clusters; j++) {
        sum += sums[draws[j]!]!;
        size += sizes[draws[j]!]!;
      }
      return sum / size;
    });
    const sorted = Array.from(means.toSorted());
    const at = (share: number) => finiteOrNull(quantileSorted(sorted, share));
    return { low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2) };
  };
}

/** A finite number, or null. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
