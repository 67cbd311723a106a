/** Methods as predictors of primal–dual pairs: what a simplex method may start from. */

import type { PrimalDualPair } from '../baselines/predict-basis.ts';
import { exactLooks } from '../equilibria/exact-operator.ts';
import { createLookPredictor } from '../equilibria/look-predictor.ts';
import { watchRestarted } from '../equilibria/pdhg-trajectory.ts';
import type { Minimization } from '../problem.ts';
import { loadExactOperator } from '../training/exact-operator-checkpoints.ts';
import { loadMethod } from './methods.ts';

/** A prediction, null where the method made none, and its time: of a batch, the program's share. */
export type PairPrediction = { readonly pair: PrimalDualPair | null; readonly timeMs: number };

/** Predicts the optimal pairs of programs. */
export interface PairPredictor {
  readonly name: string;
  /**
   * Predicts after at most so many evaluations of the method's map, for each of the given numbers from the start.
   *
   * The time holds what turns programs into the method's input and back; compiling, which serves more programs than one, is not in
   * it where the method can keep its compilations.
   *
   * @returns by number of evaluations, then by program.
   */
  predict(
    programs: readonly Minimization[],
    evaluations: readonly number[],
  ): Promise<readonly (readonly PairPrediction[])[]>;
}

/** The predictor of a method, by its name; of PDHG, learned or not, one whose compiling is not timed, of others the method as it is. */
export function pairPredictor(name: string): PairPredictor {
  const watched: Readonly<Record<string, PredictOne>> = { pdhg: pdhgPairs, 'exact-operator': exactPairs };
  return inTurn(name, watched[name] ?? methodPairs(name));
}

type PredictOne = (lp: Minimization, evaluations: readonly number[]) => Promise<readonly PairPrediction[]>;

/** Programs one after the other: they would disturb each other's times. */
function inTurn(name: string, predictOne: PredictOne): PairPredictor {
  return {
    name,
    predict: async (programs, evaluations) => {
      const predictions: (readonly PairPrediction[])[] = [];
      for (const lp of programs) predictions.push(await predictOne(lp, evaluations));
      return evaluations.map((_, t) => predictions.map((ofProgram) => ofProgram[t]!));
    },
  };
}

/** By a watcher, which compiles when it sees the program first. */
const pdhgPairs: PredictOne = async (lp, evaluations) => {
  const watcher = watchRestarted();
  try {
    await watcher.watch(lp, evaluations.slice(0, 1));
    const predictions: PairPrediction[] = [];
    for (const count of evaluations) {
      const begin = performance.now();
      const [sight] = await watcher.watch(lp, [count]);
      predictions.push({ pair: sight!, timeMs: performance.now() - begin });
    }
    return predictions;
  } finally {
    await watcher.dispose();
  }
};

/** By looks of the shipped network, compiled when the program is seen first. */
const exactPairs: PredictOne = async (lp, evaluations) => {
  const predictor = createLookPredictor(exactLooks(await loadExactOperator()), { precision: 'float64' });
  try {
    await predictor.watch([lp], evaluations.slice(0, 1));
    const predictions: PairPrediction[] = [];
    for (const count of evaluations) {
      const begin = performance.now();
      const [looks] = await predictor.watch([lp], [count]);
      const { answer, y } = looks![0]!;
      predictions.push({ pair: { x: answer, y }, timeMs: performance.now() - begin });
    }
    return predictions;
  } finally {
    await predictor.dispose();
  }
};

/** A method, asked for a tolerance that it hardly meets within the evaluations; its compiling counts. */
function methodPairs(name: string): PredictOne {
  const tolerance = 1e-10;
  return async (lp, evaluations) => {
    const method = await loadMethod(name);
    const predictions: PairPrediction[] = [];
    for (const maxEvaluations of evaluations) {
      const begin = performance.now();
      const { x, y } = await method.solve(lp, { tolerance, maxEvaluations, timeLimitMs: Infinity });
      const pair = x === undefined || y === undefined ? null : { x, y };
      predictions.push({ pair, timeMs: performance.now() - begin });
    }
    return predictions;
  };
}
