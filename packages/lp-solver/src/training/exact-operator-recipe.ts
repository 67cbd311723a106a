/** How the exact operator is trained: the recipe of the shipped checkpoints. */

import { compile, constant } from '@equilibria/compile';
import {
  adam,
  cosineRate,
  fold,
  fromSeed,
  type HostTree,
  type RunStore,
  type Task,
  toHostTree,
  train,
  type TrainingProgress,
  type TrainingResult,
  warmedUp,
  whileLoop,
  zipTensors,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import { applyExact, exactOperator, type ExactState } from '../equilibria/exact-operator.ts';
import type { MetricNetwork } from '../equilibria/metric-network.ts';
import {
  type ExactBatch,
  exactBatches,
  solvedBatch,
  type SolvedProgram,
  solvedPrograms,
  type SolvedPrograms,
  specsOfBatch,
  squaredErrors,
} from './exact-operator-batches.ts';
import { recurrentTask } from './recurrent-task.ts';

/** What is trained, and how long. */
export type ExactRun = {
  readonly seed: number;
  /** Default {@link EXACT_STEPS}. */
  readonly steps?: number;
  /** Peak learning rate; default {@link EXACT_RATE}, chosen on validation data. */
  readonly rate?: number;
};

/** Programs of a family to learn from and to choose by. */
export type ExactFamily = {
  readonly train: readonly LabelledProgram[];
  readonly validation: readonly LabelledProgram[];
};

/** The paper's programs and structured ones. */
export type ExactData = Readonly<Record<keyof ExactBatch, ExactFamily>>;

/** Who watches. */
export type ExactWatch = {
  readonly store?: RunStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
};

export const EXACT_STEPS = 400;
export const EXACT_RATE = 1e-2;

const BATCHES = { random: 48, structured: 24 } as const;
/** Looks that are followed: 200 evaluations of the paper's programs, which are solved sooner, and 352 of structured ones. */
const LOOKS = { random: 25, structured: 44 } as const;
const UNASKED_LOOKS = 2;
/** Of the gradient, a look further back: with more the gradients of a few programs drown the others, with less the future does not count. */
const KEPT = 0.8;
const WARM_UP = 20;
const CLIP_NORM = 1;
const AVERAGE_DECAY = 0.99;
/** Larger programs are left out of training, since all are filled up to one size; larger ones are what it is tested on. */
const LARGEST = { rows: 40, columns: 100 } as const;
const VALIDATIONS = 8;
/** Errors below this are as good as none. */
const ERROR_FLOOR = 1e-3;

/**
 * Trains the network from the untrained rule on; what validation likes best, the moving average of the parameters, is the result to use.
 * @throws {RangeError} if a family has no program of at most 40 rows and 100 columns to learn from, or none to validate with.
 */
export async function trainExactOperator(
  run: ExactRun,
  data: ExactData,
  watch: ExactWatch = {},
): Promise<TrainingResult<MetricNetwork>> {
  const { seed, steps = EXACT_STEPS, rate = EXACT_RATE } = run;
  const learned = {
    random: fitting('random', data.random),
    structured: fitting('structured', data.structured),
  };
  const key = fold(fromSeed(seed), 'exact-operator');
  const fresh = exactOperator.init(fold(key, 'parameters'), {});
  const params = await toHostTree(fresh);
  tf.dispose(fresh);
  const scoring = await compileScore(params, data);
  try {
    return await train<MetricNetwork, ExactBatch, never, never>({
      task: exactTask() as never,
      params,
      batches: exactBatches(learned, BATCHES, fold(key, 'training')) as never,
      schedule: warmedUp(cosineRate(rate, { steps }), WARM_UP),
      optimiser: adam() as never,
      clipNorm: CLIP_NORM,
      averageDecay: AVERAGE_DECAY,
      steps,
      threads: 1,
      historyEvery: Math.ceil(steps / 100),
      saveEvery: Math.ceil(steps / 20),
      validation: { every: Math.ceil(steps / VALIDATIONS), better: 'lower', score: scoring.score },
      config: { seed, rate },
      ...watch,
    });
  } finally {
    await scoring.dispose();
  }
}

/** What a family has to learn from. */
function fitting(name: string, { train: labelled, validation }: ExactFamily): readonly SolvedProgram[] {
  if (validation.length === 0) {
    throw new RangeError(`trainExactOperator: ${name} must have programs to validate with; got none.`);
  }
  const { rows, columns } = LARGEST;
  const fit = labelled.filter(({ lp: { matrix } }) => matrix.rows <= rows && matrix.columns <= columns);
  if (fit.length > 0) return solvedPrograms(fit);
  throw new RangeError(
    `trainExactOperator: ${name} must have programs of at most ${rows} rows and ${columns} columns to train with; got none.`,
  );
}

/** The mean of both families' losses. */
function exactTask(): Task<MetricNetwork, ExactBatch> {
  const [random, structured] = [familyTask(LOOKS.random), familyTask(LOOKS.structured)];
  return (params, batch) => {
    const [a, b] = [random(params, batch.random), structured(params, batch.structured)];
    const mean = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => tf.mul(constant(1 / 2), tf.add(p, q));
    return {
      loss: mean(a.loss, b.loss),
      gradient: zipTensors([a.gradient, b.gradient], mean),
      report: { random: a.loss, structured: b.loss },
    };
  };
}

function familyTask(steps: number): Task<MetricNetwork, SolvedPrograms> {
  return recurrentTask<MetricNetwork, ExactState, SolvedPrograms>(
    {
      start: ({ programs }) => exactOperator.initialState(programs),
      step: (network, state, { programs }) =>
        applyExact(network, state, programs, { isDifferentiated: true }),
      loss: (state, batch) => meanLog(squaredErrors(state.image.x, batch)),
    },
    { steps, unasked: UNASKED_LOOKS, kept: KEPT },
  );
}

/** The mean logarithm of the errors, flat below {@link ERROR_FLOOR}: every program counts by the digits that it gains. */
function meanLog(squares: tf.Tensor): tf.Tensor {
  const floored = tf.add(squares, constant(ERROR_FLOOR ** 2));
  return tf.mul(constant(1 / 2), tf.mean(tf.log(floored)));
}

/** Looks that are validated, and the first of them. */
const VALIDATED = { from: 4, to: 50 } as const;
const SMALLEST_MEAN = 1e-5;

/** The mean decimal logarithm of the mean error, over looks and families. */
async function compileScore(params: HostTree<MetricNetwork>, data: ExactData) {
  const batches = (['random', 'structured'] as const).map((family) =>
    solvedBatch(solvedPrograms(data[family].validation)),
  );
  const compiled = await Promise.all(
    batches.map((batch) =>
      compile(
        (network: unknown, solved: unknown) => {
          const { programs, ...optima } = solved as SolvedPrograms;
          return whileLoop<ExactState, tf.Tensor>({
            init: exactOperator.initialState(programs),
            body: (state) => exactOperator.apply(network as MetricNetwork, state, programs),
            maxSteps: VALIDATED.to,
            collect: (state) => tf.mean(tf.sqrt(squaredErrors(state.image.x, { programs, ...optima }))),
          }).collected;
        },
        [specsOfBatch(params as never), specsOfBatch(batch)],
        { threads: 1 },
      ),
    ),
  );
  return {
    score: async (network: HostTree<MetricNetwork>): Promise<number> => {
      let sum = 0;
      for (const [at, batch] of batches.entries()) {
        const { data: means } = await compiled[at]!.runArrays(network, batch);
        for (const mean of means.subarray(VALIDATED.from)) sum += Math.log10(mean + SMALLEST_MEAN);
      }
      return sum / (batches.length * (VALIDATED.to - VALIDATED.from));
    },
    dispose: async () => {
      for (const one of compiled) await one.dispose();
    },
  };
}
