/** Ratios of distances over pairs: what empirical Lipschitz constants are made of. */
import { ShapeError } from '@equilibria/compile';
import { finiteOrNull, type Interval, summarize } from './statistics.ts';

/** Ratios in a few numbers; each null where a ratio is not finite, since failures are never left out in silence. */
export type RatioSummary = Interval & {
  readonly max: number | null;
  readonly mean: number | null;
};

/**
 * The largest and the mean of some ratios, beside an interval of the mean.
 * @param ratios - not negative; what is not finite is a failure.
 */
export function summarizeRatios(ratios: Float64Array, interval: Interval): RatioSummary {
  const max = finiteOrNull(ratios.reduce((a, b) => Math.max(a, b), 0));
  const { mean, failures } = summarize(ratios, 'lower');
  return { max, mean: failures === 0 ? mean : null, ...interval };
}

/**
 * `‖a − b‖₂` in float64.
 * @param where - the function that says so in the error.
 * @throws {ShapeError} if they are not of one length.
 */
export function distance(where: string, a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new ShapeError(
      `${where}: the answers of a pair must have one length; got ${a.length} and ${b.length}.`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
