/** What predicted bases save: HiGHS's simplex from them, beside HiGHS's simplex alone. */

import { fold, fromSeed, type Key, normal, quantiles } from '@equilibria/core';
import { type Polished, polish, savingsOf } from '../baselines/polish.ts';
import { type Basis, predictBasis, type PrimalDualPair } from '../baselines/predict-basis.ts';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import type { Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import type { PairPrediction, PairPredictor } from './pair-predictors.ts';

/** One start of simplex on every program; the lists are in the order of the programs. */
export type WarmStarts = {
  /** A predictor's name, or a control. */
  readonly from: string;
  /** Of the predictor, at most; null for a control. */
  readonly evaluations: number | null;
  /** Whether simplex started from the predicted basis. */
  readonly isPredicted: readonly boolean[];
  /** Simplex iterations from there; null where HiGHS did not end at the optimum. */
  readonly iterations: readonly (number | null)[];
  /** Of the method's prediction; 0 for a control. */
  readonly predictionTimeMs: readonly number[];
  /** Of the basis's prediction and of simplex; medians of rounds. */
  readonly timeMs: readonly number[];
  /** Of it, that of the basis's prediction. */
  readonly basisTimeMs: readonly number[];
  /** Simplex alone, with presolve and without, measured in turns with the start. */
  readonly presolved: Cold;
  readonly plain: Cold;
};

type Cold = { readonly iterations: readonly (number | null)[]; readonly timeMs: readonly number[] };

/** How to measure. */
export type WarmStartOptions = {
  /** Of each predictor; default 100, 300, 1000. */
  readonly evaluations?: readonly number[];
  /** Most measured rounds of each start, after one to warm up; default 7. */
  readonly rounds?: number;
  /** Called after each start was measured on all programs. */
  readonly onProgress?: (starts: WarmStarts) => void;
};

/**
 * Starts simplex on each program from the controls, then from each predictor after each number of evaluations.
 *
 * The controls: the optimal point and its multipliers; the start of first-order methods, the point of the box nearest to the origin
 * without prices, which any program has for nothing; and a random pair.
 */
export async function warmStarts(
  programs: readonly LabelledProgram[],
  predictors: readonly PairPredictor[],
  { evaluations = [100, 300, 1000], rounds = 7, onProgress }: WarmStartOptions = {},
): Promise<WarmStarts[]> {
  const highs = await createHighs();
  const all: WarmStarts[] = [];
  const measure = async (
    from: Pick<WarmStarts, 'from' | 'evaluations'>,
    predictions: readonly PairPrediction[],
    predict: (lp: Minimization, pair: PrimalDualPair) => Basis | null,
  ): Promise<void> => {
    const polished: Polished[] = [];
    for (const [k, { lp }] of programs.entries()) {
      polished.push(await polish(lp, predictions[k]!.pair, { highs, rounds, predict }));
    }
    const starts = startsOf(from, predictions, polished);
    all.push(starts);
    onProgress?.(starts);
  };
  for (const [from, pairOf] of Object.entries(CONTROLS)) {
    const predictions = programs.map((program, k) => ({ pair: pairOf(program, k), timeMs: 0 }));
    // Whatever the pair is worth: that is what a control is to show.
    await measure({ from, evaluations: null }, predictions, (lp, pair) =>
      predictBasis(lp, pair, { useless: Infinity }),
    );
  }
  const lps = programs.map(({ lp }) => lp);
  for (const predictor of predictors) {
    const predictions = await predictor.predict(lps, evaluations);
    for (const [t, count] of evaluations.entries()) {
      await measure({ from: predictor.name, evaluations: count }, predictions[t]!, predictBasis);
    }
  }
  return all;
}

const RANDOM_PAIRS = fold(fromSeed(0), 'random pairs');

const CONTROLS: Readonly<Record<string, (program: LabelledProgram, index: number) => PrimalDualPair>> = {
  'the optimal pair': ({ x, y }) => ({ x, y }),
  'the start, 0 prices': ({ lp }) => ({
    x: lp.lower.map((low, j) => Math.min(Math.max(0, low), lp.upper[j]!)),
    y: new Float64Array(lp.matrix.rows),
  }),
  'a random pair': ({ lp }, index) => randomPair(lp, fold(RANDOM_PAIRS, index)),
};

function randomPair({ matrix }: Minimization, key: Key): PrimalDualPair {
  return { x: normal(fold(key, 'x'), matrix.columns).data, y: normal(fold(key, 'y'), matrix.rows).data };
}

function startsOf(
  from: Pick<WarmStarts, 'from' | 'evaluations'>,
  predictions: readonly PairPrediction[],
  polished: readonly Polished[],
): WarmStarts {
  const cold = (way: 'presolved' | 'plain'): Cold => ({
    iterations: polished.map((one) => one.cold![way].iterations),
    timeMs: polished.map((one) => one.cold![way].timeMs),
  });
  return {
    ...from,
    isPredicted: polished.map(({ start }) => start === 'predicted'),
    iterations: polished.map(({ answer, effort }) =>
      answer.status === 'optimal' ? effort.iterations : null,
    ),
    predictionTimeMs: predictions.map(({ timeMs }) => timeMs),
    timeMs: polished.map(({ effort }) => effort.timeMs),
    basisTimeMs: polished.map(({ basisTimeMs }) => basisTimeMs),
    presolved: cold('presolved'),
    plain: cold('plain'),
  };
}

/** First quartile, median and third quartile. */
export type Quartiles = readonly (number | null)[];

/** A start on some of the programs in a few numbers; savings are parts of the better of simplex alone, 1 for all. */
export type WarmStartSummary = {
  readonly programs: number;
  /** Programs on which simplex started from the prediction. */
  readonly predicted: number;
  /** Programs that were not solved to optimality. */
  readonly failures: number;
  /** Medians of the iterations, and of those of the better of simplex alone. */
  readonly iterations: number | null;
  readonly aloneIterations: number | null;
  readonly iterationsSaved: Quartiles;
  /** From the pair on. */
  readonly timeSaved: Quartiles;
  /** With the time of the method's prediction. */
  readonly wholeTimeSaved: Quartiles;
  /** Medians of the prediction, of the basis and simplex, and of the better of simplex alone. */
  readonly predictionTimeMs: number | null;
  readonly timeMs: number | null;
  readonly aloneTimeMs: number | null;
};

/**
 * Sums up a start on the programs of the given places.
 *
 * Each saving is that of a program, compared with whichever of presolve and none took fewer iterations or less time there; medians and
 * quartiles are over programs. A failure ranks as the least saving.
 */
export function summarizeWarmStarts(starts: WarmStarts, places: readonly number[]): WarmStartSummary {
  const savings = places.map((k) => savingsAt(starts, k, 0).iterations);
  const times = (counted: 0 | 1): number[] => places.map((k) => savingsAt(starts, k, counted).time);
  const alone = (k: number, what: 'iterations' | 'timeMs'): number =>
    Math.min(starts.presolved[what][k] ?? Infinity, starts.plain[what][k] ?? Infinity);
  const median = (values: readonly number[]): number | null => quantiles(values, [0.5])[0] ?? null;
  return {
    programs: places.length,
    predicted: places.filter((k) => starts.isPredicted[k]).length,
    failures: savings.filter((saved) => saved === null).length,
    iterations: median(places.map((k) => starts.iterations[k] ?? Infinity)),
    aloneIterations: median(places.map((k) => alone(k, 'iterations'))),
    iterationsSaved: quartilesOf(savings.map((saved) => saved ?? -Infinity)),
    timeSaved: quartilesOf(times(0)),
    wholeTimeSaved: quartilesOf(times(1)),
    predictionTimeMs: median(places.map((k) => starts.predictionTimeMs[k]!)),
    timeMs: median(places.map((k) => starts.timeMs[k]!)),
    aloneTimeMs: median(places.map((k) => alone(k, 'timeMs'))),
  };
}

function savingsAt(
  { iterations, timeMs, predictionTimeMs, presolved, plain }: WarmStarts,
  k: number,
  predictions: 0 | 1,
): { readonly iterations: number | null; readonly time: number } {
  const effort = (of: Cold) => ({ iterations: of.iterations[k]!, timeMs: of.timeMs[k]! });
  return savingsOf({
    effort: { iterations: iterations[k]!, timeMs: timeMs[k]! + predictions * predictionTimeMs[k]! },
    cold: { presolved: effort(presolved), plain: effort(plain) },
  })!;
}

/** Of what was lost rather than saved, so that a failure ranks last. */
function quartilesOf(savings: readonly number[]): Quartiles {
  const lost = savings.map((saved) => -saved);
  return quantiles(lost, [0.75, 0.5, 0.25]).map((value) => (value === null ? null : 0 - value));
}
