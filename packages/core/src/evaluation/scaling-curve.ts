/** `scalingCurve`: quality, Lipschitz constant, residual and time of a method against its evaluations. */
import { setImmediate } from 'node:timers/promises';
import { ShapeError } from '@equilibria/compile';
import { fold, type Key } from '../random/key.ts';
import type { Disturbed, Method, Metric, Perturbation, Snapshot, Solving } from './domain.ts';
import type { LipschitzEstimate, ScalingPoint } from './results.ts';
import { distance, summarizeRatios } from './ratios.ts';
import { bootstrapOfMean, summarize, type Interval, type Summary } from './statistics.ts';

/** What a curve is made of. */
export type ScalingOptions<P> = {
  readonly metric: Metric<P>;
  /** Default none. */
  readonly perturbations?: readonly Perturbation<P>[];
  /** Numbers of evaluations at which to look, increasing; see `evaluationPoints`. */
  readonly points: readonly number[];
  /** Pairs for each perturbation, default 256: the pair `i` disturbs problem `i mod problems.length`. */
  readonly pairs?: number;
  /** Random key of the perturbations, the method and the confidence intervals. */
  readonly key: Key;
  /** The method's own ceiling; default the perturbation's. */
  readonly ceiling?: Method<P>['ceiling'];
  readonly signal?: AbortSignal;
  /** Called after each pass over the problems. */
  readonly onProgress?: (progress: ScalingProgress) => void;
};

/** Passes over the problems: one for the quality, and for each perturbation as many as its pairs need. */
export type ScalingProgress = { readonly done: number; readonly total: number };

/** Values that were not finite and so are in no mean. */
export type Failures = {
  readonly evaluations: number;
  /** The perturbation whose pairs failed; null for answers and scores. */
  readonly perturbation: string | null;
  readonly count: number;
};

/** A curve, and its end. */
export type ScalingCurve = {
  /** One for each point, or a single one if the method does not iterate. */
  readonly scaling: ScalingPoint[];
  /** Scores after the last evaluation. */
  readonly test: Summary;
  /** Where something failed; empty if nothing did. */
  readonly failures: readonly Failures[];
};

/**
 * Measures a method along its iterations.
 *
 * The quality at `t` is the mean and median score of the problems' answers. The empirical Lipschitz constant at `t` is, for
 * each perturbation, the largest and the mean of `‖ŷ_t(x + Δx) − ŷ_t(x)‖₂ / ‖Δx‖` over the pairs; it bounds the true
 * constant from below. Intervals are 95 % percentile bootstraps of the mean over
 * problems (all pairs of a problem are drawn together), their draws derived from the key. All sums are in
 * float64. A failure (a non-finite answer, score or ratio) is counted in `failures` and makes means, maxima and intervals
 * at that `t` null; the median ranks it below every score.
 *
 * @param method - a loaded method; neither kept nor disposed.
 * @param problems - at least one.
 * @throws {RangeError} if there is no problem, no point or no pair, points do not increase, or a perturbation has no positive, finite size.
 * @throws {ShapeError} if the method returns other snapshots or answers than asked for.
 * @throws the signal's reason once it is aborted.
 */
export async function scalingCurve<P>(
  method: Solving<P>,
  problems: readonly P[],
  options: ScalingOptions<P>,
): Promise<ScalingCurve> {
  const { metric, perturbations = [], points, pairs = 256, key, signal, onProgress } = options;
  if (problems.length === 0 || points.length === 0) {
    throw new RangeError('scalingCurve: needs at least one problem and one point.');
  }
  if (!points.every((t, i) => Number.isInteger(t) && t >= 0 && (i === 0 || t > points[i - 1]!))) {
    throw new RangeError(
      `scalingCurve: points must be increasing integers >= 0; got [${points.join(', ')}].`,
    );
  }
  if (!Number.isSafeInteger(pairs) || pairs < 1) {
    throw new RangeError(`scalingCurve: pairs must be an integer >= 1; got ${pairs}.`);
  }
  const context = { key: fold(key, 'method'), ...(signal && { signal }) };
  const total = 1 + perturbations.length * Math.ceil(pairs / problems.length);
  let done = 0;
  const pass = async (of: readonly P[]): Promise<readonly Snapshot[]> => {
    signal?.throwIfAborted();
    const snapshots = checked(await method.iterate(of, points, context), of.length, points);
    done += 1;
    onProgress?.({ done, total });
    await setImmediate(); // Lets signals and progress through: computing blocks the event loop.
    return snapshots;
  };

  const base = await pass(problems);
  const ratios: Float64Array[][] = [];
  for (const perturbation of perturbations) {
    const disturbed = disturb(perturbation, problems, { pairs, key });
    const values = base.map(() => [] as number[]);
    // A pass has each problem once, in its place: what a method draws for that place is then the same as in the first pass.
    for (let first = 0; first < pairs; first += problems.length) {
      const block = disturbed.slice(first, first + problems.length);
      const moved = await pass(block.map(({ problem }) => problem));
      if (moved.length !== base.length) {
        throw new ShapeError(
          `scalingCurve: iterate must give equally many snapshots each time; got ${base.length}, then ${moved.length}.`,
        );
      }
      base.forEach((from, i) => values[i]!.push(...ratiosOf(from, moved[i]!, block)));
    }
    ratios.push(values.map((at) => Float64Array.from(at)));
  }
  signal?.throwIfAborted();
  const scores = base.map(({ answers }) => scoresOf(metric, problems, answers));
  return curveOf(base, scores, ratios, options);
}

function curveOf<P>(
  base: readonly Snapshot[],
  scores: readonly Float64Array[],
  ratios: readonly Float64Array[][],
  options: ScalingOptions<P>,
): ScalingCurve {
  const { metric, perturbations = [], key, ceiling } = options;
  const failures: Failures[] = [];
  const count = (evaluations: number, perturbation: string | null, values: Float64Array) => {
    const failed = values.filter((value) => !Number.isFinite(value)).length;
    if (failed > 0) failures.push({ evaluations, perturbation, count: failed });
  };
  const ofScores = bootstrapOfMean(scores[0]!.length, fold(key, 'quality'));
  const pairs = ratios[0]?.[0]?.length ?? 0;
  // The pairs of one problem are drawn together: they say little more than one of them.
  const clusters = Math.min(pairs, scores[0]!.length);
  const ofRatios = bootstrapOfMean(pairs, fold(key, 'lipschitz'), { clusters });
  const scaling = base.map((snapshot, i): ScalingPoint => {
    const { evaluations, residuals, contraction, flops, wallTimeMs } = snapshot;
    count(evaluations, null, scores[i]!);
    const lipschitz = perturbations.map((perturbation, j) => {
      const values = ratios[j]![i]!;
      count(evaluations, perturbation.name, values);
      const bound = ceiling?.(perturbation.name, evaluations) ?? perturbation.ceiling;
      return lipschitzOf(perturbation.name, values, { interval: ofRatios(values), ceiling: bound });
    });
    return {
      evaluations,
      ...(flops !== undefined && { flops }),
      quality: qualityOf(summarize(scores[i]!, metric.better), ofScores(scores[i]!)),
      lipschitz,
      residual: residuals === null ? null : meanUnlessFailed(summarize(residuals, 'lower')),
      ...(contraction !== undefined && Number.isFinite(contraction) && { contraction }),
      wallTimeMs,
    };
  });
  return { scaling, test: summarize(scores.at(-1)!, metric.better), failures };
}

function qualityOf(summary: Summary, interval: Interval): ScalingPoint['quality'] {
  return { mean: meanUnlessFailed(summary), median: summary.median, ...interval };
}

function lipschitzOf(
  perturbation: string,
  ratios: Float64Array,
  { interval, ceiling }: { interval: Interval; ceiling: number | undefined },
): LipschitzEstimate {
  return { perturbation, ...summarizeRatios(ratios, interval), ...(ceiling !== undefined && { ceiling }) };
}

function meanUnlessFailed({ mean, failures }: Summary): number | null {
  return failures === 0 ? mean : null;
}

function scoresOf<P>(
  metric: Metric<P>,
  problems: readonly P[],
  answers: readonly Float64Array[],
): Float64Array {
  return Float64Array.from(problems, (problem, i) => {
    const answer = answers[i]!;
    return answer.every((value) => Number.isFinite(value)) ? metric.score(problem, answer) : NaN;
  });
}

function disturb<P>(
  perturbation: Perturbation<P>,
  problems: readonly P[],
  { pairs, key }: { readonly pairs: number; readonly key: Key },
): readonly Disturbed<P>[] {
  const own = fold(fold(key, 'perturbation'), perturbation.name);
  return Array.from({ length: pairs }, (_, i) => {
    const disturbed = perturbation.perturb(problems[i % problems.length]!, fold(own, i));
    if (disturbed.size > 0 && Number.isFinite(disturbed.size)) return disturbed;
    throw new RangeError(
      `scalingCurve: perturbation '${perturbation.name}' must have a positive, finite size; got ${disturbed.size}.`,
    );
  });
}

function ratiosOf(from: Snapshot, to: Snapshot, disturbed: readonly Disturbed<unknown>[]): Float64Array {
  return Float64Array.from(disturbed, ({ size }, i) => {
    return distance('scalingCurve', from.answers[i]!, to.answers[i]!) / size;
  });
}

/** @throws {ShapeError} unless there is a snapshot for each point, or one for all, with an answer to each problem. */
function checked(
  snapshots: readonly Snapshot[],
  problems: number,
  points: readonly number[],
): readonly Snapshot[] {
  const looked = snapshots.map(({ evaluations }) => evaluations);
  const isWhole = looked.length === points.length && looked.every((t, i) => t === points[i]);
  if (!isWhole && looked.length !== 1) {
    throw new ShapeError(
      `scalingCurve: iterate must give a snapshot for each of [${points.join(', ')}] or a single one; ` +
        `got [${looked.join(', ')}].`,
    );
  }
  for (const { answers, residuals } of snapshots) {
    if (answers.length === problems && (residuals === null || residuals.length === problems)) continue;
    throw new ShapeError(
      `scalingCurve: a snapshot must have an answer (and a residual, if any) to each of ${problems} problems; ` +
        `got ${answers.length}${residuals === null ? '' : ` and ${residuals.length}`}.`,
    );
  }
  return snapshots;
}
