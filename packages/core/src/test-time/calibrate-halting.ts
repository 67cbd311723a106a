/** A halting threshold from validation data, for an allowed loss of quality. */
import { DataError, ShapeError } from '@equilibria/compile';
import type { Better } from '../evaluation/statistics.ts';
import type { HaltingCurve } from './halting-curves.ts';
import { lossPValue, samplesNeeded } from './risk-bound.ts';

/** What may be lost, and how sure to be of it. */
export type CalibrationOptions = {
  /** The mean loss of quality that is allowed, in the units of quality; above 0 and below `maxLoss`. */
  readonly allowed: number;
  /** The largest loss that one sample can have, in the units of quality: 1 for an accuracy. Losses beyond are refused. */
  readonly maxLoss: number;
  readonly better: Better;
  /** Probability, over the draw of the validation data, that the allowance is kept; default 0.95. */
  readonly confidence?: number;
  /** Thresholds to try, chosen without looking at the data, increasing; default eight a decade from 1e-12 to 1e3. */
  readonly thresholds?: readonly number[];
};

/** A threshold, and what it does on the validation data. */
export type CalibratedHalting = {
  /** For {@link haltBelow}, with the statistic of the curves. */
  readonly threshold: number;
  /** The mean loss there; what is shown is that it is at most `allowed` on new samples. */
  readonly meanLoss: number;
  /** Mean solver steps to where samples halt, of `fullSteps` without halting. */
  readonly meanSteps: number;
  readonly fullSteps: number;
  /** `1 − meanSteps/fullSteps`: the share of steps that halting is expected to save. */
  readonly saving: number;
  /** Validation samples. */
  readonly samples: number;
};

/**
 * The largest threshold whose loss of quality is shown to be allowed. A sample halts at the first point whose statistic is at most the
 * threshold, else at the last one; its loss is by how much the quality there is worse than at the last point, 0 if it is better.
 *
 * With probability `confidence` over the validation samples, the mean loss on new samples of the same distribution is at most `allowed`,
 * whatever that distribution is: thresholds are tested in increasing order, each by the Hoeffding–Bentkus bound of a mean of
 * independent losses in `[0, maxLoss]`, up to the first that fails, so that having many of them costs nothing. Nothing is promised
 * of data of another distribution, nor of samples that the model was trained or the statistic chosen with.
 *
 * A quality that is not finite where a sample halts is a loss of `maxLoss`, unless it is not finite at the last point either.
 *
 * @param curves - one a validation sample, all of one length of at least 2; see {@link haltingCurves}.
 * @throws {RangeError} if an option is out of its range, if there are too few samples to show the allowance of even a threshold without
 *   loss, or if no threshold keeps it.
 * @throws {ShapeError} if curves are not of one length.
 * @throws {DataError} if a loss exceeds `maxLoss`.
 * @see Angelopoulos et al., Learn then Test: Calibrating Predictive Algorithms to Achieve Risk Control (2021), arXiv 2110.01052 (fixed
 *   sequence testing, and the bound).
 */
export function calibrateHalting(
  curves: readonly HaltingCurve[],
  options: CalibrationOptions,
): CalibratedHalting {
  const { allowed, maxLoss, better, confidence = 0.95, thresholds = THRESHOLDS } = options;
  assertOptions({ allowed, maxLoss, confidence, thresholds });
  const last = lastPoint(curves);
  const level = 1 - confidence;
  const share = allowed / maxLoss;
  const needed = samplesNeeded(share, level);
  if (curves.length < needed) {
    throw new RangeError(
      `calibrateHalting: at least ${needed} samples must be there to show a mean loss of at most ${allowed} with confidence ` +
        `${confidence}; got ${curves.length}. Add validation samples, or allow more.`,
    );
  }
  const losses = curves.map((curve) => lossesOf(curve, { last, better, maxLoss }));
  let shown: CalibratedHalting | null = null;
  for (const threshold of thresholds) {
    const steps = curves.map(({ statistic }) => haltOf(statistic, threshold, last));
    const meanLoss = meanOf(steps.map((step, i) => losses[i]![step]!));
    const pValue = lossPValue(meanLoss / maxLoss, { n: curves.length, allowed: share });
    if (pValue > level) {
      if (shown !== null) break;
      throw new RangeError(
        `calibrateHalting: the allowance must be reachable; at the smallest threshold, ${threshold}, the mean loss is ${meanLoss}, and ` +
          `that it is at most ${allowed} is not shown (p = ${pValue.toPrecision(2)}). Allow more, or take another statistic.`,
      );
    }
    const meanSteps = meanOf(steps);
    const saving = 1 - meanSteps / last;
    shown = { threshold, meanLoss, meanSteps, fullSteps: last, saving, samples: curves.length };
  }
  // There is at least one threshold, which either failed above or was shown.
  return shown!;
}

const THRESHOLDS = Array.from({ length: 121 }, (_, i) => 10 ** (-12 + i / 8));

/** The point at which a sample halts. */
function haltOf(statistic: ArrayLike<number>, threshold: number, last: number): number {
  for (let k = 0; k < last; k++) if (statistic[k]! <= threshold) return k;
  return last;
}

/** The loss of halting at each point. */
function lossesOf(
  { quality }: HaltingCurve,
  { last, better, maxLoss }: { readonly last: number; readonly better: Better; readonly maxLoss: number },
): Float64Array {
  const end = quality[last]!;
  return Float64Array.from(quality, (at) => {
    if (!Number.isFinite(end)) return 0;
    if (!Number.isFinite(at)) return maxLoss;
    const loss = Math.max(0, better === 'lower' ? at - end : end - at);
    if (loss <= maxLoss) return loss;
    throw new DataError(`calibrateHalting: losses must be at most maxLoss, ${maxLoss}; got ${loss}.`);
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lastPoint(curves: readonly HaltingCurve[]): number {
  const length = curves[0]?.quality.length ?? 2;
  for (const { statistic, quality } of curves) {
    if (length >= 2 && statistic.length === length && quality.length === length) continue;
    throw new ShapeError(
      `calibrateHalting: curves must have one length of at least 2; got statistic[${statistic.length}] and quality[${quality.length}], ` +
        `the first being of ${length}.`,
    );
  }
  return length - 1;
}

function assertOptions({
  allowed,
  maxLoss,
  confidence,
  thresholds,
}: Required<Omit<CalibrationOptions, 'better'>>): void {
  const requireThat = (holds: boolean, message: string): void => {
    if (!holds) throw new RangeError(`calibrateHalting: ${message}.`);
  };
  requireThat(maxLoss > 0 && Number.isFinite(maxLoss), `maxLoss must be finite and > 0; got ${maxLoss}`);
  requireThat(allowed > 0 && allowed < maxLoss, `allowed must be in (0, maxLoss); got ${allowed}`);
  requireThat(confidence > 0 && confidence < 1, `confidence must be in (0, 1); got ${confidence}`);
  requireThat(
    thresholds.length > 0 && thresholds.every((value, i) => value >= 0 && value > (thresholds[i - 1] ?? -1)),
    'thresholds must be at least one number >= 0, increasing',
  );
}
