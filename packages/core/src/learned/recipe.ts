/** How the learned examples are trained: the recipe of the shipped checkpoints. */
import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, spec, specsOf } from '@equilibria/compile';
import { fold, fromSeed, type Key } from '../random/key.ts';
import { drawInputs, scalarMetric, type ScalarTarget } from '../theory/scalar-target.ts';
import { type HostTree, toHostTree } from '../data/host-tree.ts';
import { adam } from '../training/optimisers.ts';
import type { RunStore } from '../training/run-store.ts';
import { cosineRate, warmedUp } from '../training/schedules.ts';
import { type BatchSource, train, type TrainingProgress, type TrainingResult } from '../training/train.ts';
import type { LearnedModel, ScalarBatch } from './models.ts';
import type { Layers } from './multilayer-perceptron.ts';
import { normalised } from './targets.ts';

/** What is learned, by what, and how long. */
export type LearnedRun = {
  readonly target: ScalarTarget;
  readonly model: LearnedModel;
  readonly seed: number;
  /** Default {@link LEARNED_STEPS}. */
  readonly steps?: number;
  /** Peak learning rate; default {@link LEARNED_RATE}, chosen on validation data. */
  readonly rate?: number;
};

/** Who watches. */
export type LearnedWatch = {
  readonly store?: RunStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
};

export const LEARNED_STEPS = 20_000;
export const LEARNED_RATE = 1e-2;
const BATCH = 256;
const WARM_UP = 50;
const CLIP_NORM = 1;
const AVERAGE_DECAY = 0.999;
const VALIDATION_SIZE = 2048;
const VALIDATIONS = 20;

/** Trains a model, every step on fresh inputs; what validation likes best is the result to use. */
export async function trainLearned(
  run: LearnedRun,
  watch: LearnedWatch = {},
): Promise<TrainingResult<Layers>> {
  const { target, model, seed, steps = LEARNED_STEPS, rate = LEARNED_RATE } = run;
  const key = fold(fromSeed(seed), 'learned');
  const layers = model.init(fold(key, 'parameters'));
  const params = await toHostTree(layers);
  const scoring = await compileScore(run, layers, fold(key, 'validation'));
  tf.dispose(layers as never);
  try {
    return await train<Layers, ScalarBatch, never, never>({
      task: model.task as never,
      params,
      batches: freshBatches(target, fold(key, 'training')),
      schedule: warmedUp(cosineRate(rate, { steps }), WARM_UP),
      optimiser: adam() as never,
      clipNorm: CLIP_NORM,
      averageDecay: AVERAGE_DECAY,
      steps,
      historyEvery: Math.ceil(steps / 200),
      saveEvery: Math.ceil(steps / 20),
      validation: { every: Math.ceil(steps / VALIDATIONS), better: 'lower', score: scoring.score },
      config: { target: target.name, model: model.name, sizes: model.sizes.join(','), seed, rate },
      ...watch,
    });
  } finally {
    await scoring.dispose();
  }
}

/** Batch `i` is a function of the key and `i`. */
function freshBatches(target: ScalarTarget, key: Key): BatchSource<ScalarBatch, number> {
  return async function* (position) {
    for (let i = position ?? 0; ; i++) {
      yield { batch: batchOf(target, drawInputs(target, fold(key, i), BATCH)), position: i + 1 };
    }
  };
}

function batchOf(
  target: ScalarTarget,
  inputs: Float64Array,
): { readonly x: HostArray; readonly y: HostArray } {
  const column = (values: Float64Array): HostArray => ({
    data: Float32Array.from(values),
    shape: [values.length, 1],
  });
  return { x: column(inputs.map((x) => normalised(target, x))), y: column(inputs.map((x) => target.F(x))) };
}

/** The mean of the domain's metric over the validation inputs. */
async function compileScore({ target, model }: LearnedRun, layers: Layers, key: Key) {
  const inputs = drawInputs(target, key, VALIDATION_SIZE);
  const { x } = batchOf(target, inputs);
  const metric = scalarMetric(target);
  const compiled = await compile(
    (at: unknown, points: unknown) => model.predict(at as Layers, points as tf.Tensor),
    [specsOf(layers as never), spec([VALIDATION_SIZE, 1])],
  );
  return {
    score: async (params: HostTree<Layers>): Promise<number> => {
      const { data } = await compiled.runArrays(params as never, x);
      const errors = inputs.map((input, i) => metric.score({ x: input }, Float64Array.of(data[i]!)));
      return errors.reduce((sum, error) => sum + error, 0) / errors.length;
    },
    dispose: () => compiled.dispose(),
  };
}
