/** How the graph networks are trained: the recipe of the shipped checkpoints. */

import {
  compile,
  constant,
  type HostArray,
  mapTree,
  ShapeError,
  spec,
  specsOf,
  whileLoop,
} from '@equilibria/compile';
import {
  adam,
  type BatchSource,
  cosineRate,
  fold,
  fromSeed,
  type HostTree,
  type Key,
  permutation,
  type RunStore,
  sampleIterations,
  toHostTree,
  train,
  type TrainingProgress,
  type TrainingResult,
  uniform,
  warmedUp,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import { stepOf } from '../equilibria/gnn-sessions.ts';
import { graphOf, type ProgramGraph } from '../equilibria/program-graph.ts';
import { standardRows } from '../equilibria/standard-rows.ts';
import { flipVariables, type SolvedGraph } from './flip-variables.ts';
import { norm } from '../problem/sparse-matrix.ts';
import {
  equilibriumIterations,
  type EquilibriumIterations,
  type GnnBatch,
  type GnnKind,
  type GnnParams,
  initGnn,
  networkOf,
  phasesOf,
} from './gnn-models.ts';
import type { TrainingConfig } from './train-in-folder.ts';

/** What is trained, and how long. */
export type GnnRun = {
  readonly kind: GnnKind;
  /** Of {@link EMBEDDINGS}, or any other. */
  readonly embedding: number;
  readonly seed: number;
  /** Default {@link gnnSteps} of the network. */
  readonly steps?: number;
  /** Peak learning rate; default {@link gnnRate} of the embedding, chosen on validation data. */
  readonly rate?: number;
};

/** What it is trained on and validated with: programs of one size. */
export type GnnData = {
  readonly train: readonly LabelledProgram[];
  readonly validation: readonly LabelledProgram[];
};

/** Who watches; the store is asked for by the stretch of training, from 0 on. */
export type GnnWatch = {
  readonly store?: (phase: number) => RunStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress, phase: number) => void;
};

const BATCH = 100;
const WARM_UP = 50;
const CLIP_NORM = 1;
const AVERAGE_DECAY = 0.995;
const VALIDATIONS = 20;

/**
 * Evaluations at which a network is validated, increasing: an equilibrium where it is about best and where it has settled, the paper's
 * variant where the paper tests it.
 */
export const VALIDATED_AT: Readonly<Record<GnnKind, readonly number[]>> = {
  'implicit-gnn': [12, 64],
  'unrolled-gnn': [8],
  'explicit-gnn': [1],
  'untied-gnn': [1],
};

/**
 * Trains a network; what validation likes best, the moving average of the parameters, is the result to use.
 * @throws {RangeError} if there is nothing to train or to validate with.
 * @throws {ShapeError} if the programs are not all of one size.
 */
export async function trainGnn(
  run: GnnRun,
  data: GnnData,
  watch: GnnWatch = {},
): Promise<TrainingResult<GnnParams>> {
  const { kind, embedding, seed, steps = gnnSteps(run), rate = gnnRate(embedding) } = run;
  assertOneSize(data);
  const key = fold(fromSeed(seed), 'gnn');
  const fresh = initGnn(kind, embedding, fold(key, 'parameters'));
  const scoring = await compileScore(kind, fresh, data.validation);
  let params = (await toHostTree(fresh as never)) as HostTree<GnnParams>;
  tf.dispose(fresh as never);
  let result: TrainingResult<GnnParams> | undefined;
  try {
    for (const [at, phase] of phasesOf(kind).entries()) {
      const phaseSteps = Math.max(1, Math.round(phase.share * steps));
      result = await train<GnnParams, GnnBatch, never, never>({
        task: phase.task as never,
        params,
        batches: flippedBatches(
          data.train,
          equilibriumIterations(embedding),
          fold(fold(key, 'training'), at),
        ),
        schedule: warmedUp(cosineRate(phase.rate * rate, { steps: phaseSteps }), WARM_UP),
        optimiser: adam() as never,
        clipNorm: CLIP_NORM,
        averageDecay: AVERAGE_DECAY,
        steps: phaseSteps,
        threads: 1,
        historyEvery: Math.ceil(phaseSteps / 200),
        saveEvery: Math.ceil(phaseSteps / 40),
        validation: { every: Math.ceil(phaseSteps / VALIDATIONS), better: 'lower', score: scoring.score },
        config: { ...recipeOf(run), seed, phase: at },
        ...(watch.store && { store: watch.store(at) }),
        ...(watch.signal && { signal: watch.signal }),
        ...(watch.onProgress && { onProgress: (progress) => watch.onProgress!(progress, at) }),
      });
      params = result.best?.params ?? result.params;
      // Not the signal: it may come when this stretch is over, and the next is not begun.
      if (result.end === 'aborted') break;
    }
    return result!;
  } finally {
    await scoring.dispose();
  }
}

/** What a training is known by, besides its seed and its steps: a model of another recipe is another model. */
export function recipeOf({ kind, embedding, rate = gnnRate(embedding) }: GnnRun): TrainingConfig {
  const { drawn, shortSteps = 1 } = equilibriumIterations(embedding);
  return {
    kind,
    embedding,
    rate,
    ...(kind === 'implicit-gnn' && { meanIterations: drawn.mean, shortSteps }),
  };
}

/** Of one size in standard form, since steps are compiled for batches of one shape. */
function assertOneSize({ train: learned, validation }: GnnData): void {
  if (learned.length === 0 || validation.length === 0) {
    throw new RangeError(
      `trainGnn: there must be programs to train and to validate with; got ${learned.length} and ${validation.length}.`,
    );
  }
  const sizes = [...learned, ...validation].map(
    ({ lp }) => `${standardRows(lp).side.length}×${lp.matrix.columns}`,
  );
  const other = sizes.find((size) => size !== sizes[0]);
  if (other === undefined) return;
  throw new ShapeError(
    `trainGnn: all programs must be of one size, rows×columns; got ${sizes[0]} and ${other}.`,
  );
}

/** Steps of a network. Equilibria gain by 16,000; at the largest size these would take half an hour and were not tried. */
export function gnnSteps({ kind, embedding }: Pick<GnnRun, 'kind' | 'embedding'>): number {
  if (kind === 'implicit-gnn' && embedding <= 16) return 16_000;
  return embedding <= 8 ? 6000 : 8000;
}

/** Peak rate of a network. */
export function gnnRate(embedding: number): number {
  return embedding >= 32 ? 3e-3 : embedding >= 16 ? 5e-3 : 1e-2;
}

/**
 * Batch `i` is a function of the key and `i`: every epoch in a new order, every variable replaced by its negative with probability
 * one half. That is a symmetry of the distribution, and the optimum follows it exactly; it makes overfitting all but impossible.
 */
export function flippedBatches(
  programs: readonly LabelledProgram[],
  { drawn, shortSteps }: EquilibriumIterations,
  key: Key,
): BatchSource<GnnBatch, number> {
  const size = Math.min(BATCH, programs.length);
  const columns = programs[0]!.x.length;
  const perEpoch = Math.floor(programs.length / size);
  return async function* (position) {
    for (let i = position ?? 0; ; i++) {
      const order = permutation(fold(fold(key, 'order'), Math.floor(i / perEpoch)), programs.length);
      const start = (i % perEpoch) * size;
      const own = fold(fold(key, 'batch'), i);
      const signs = uniform(fold(own, 'signs'), size * columns).data;
      const chosen = Array.from(order.subarray(start, start + size), (index) => programs[index]!);
      const iterations = sampleIterations(fold(own, 'iterations'), drawn);
      const isFlipped = (p: number, j: number): boolean => signs[p * columns + j]! < 0.5;
      const batch = {
        ...flipVariables(solvedGraphOf(chosen), isFlipped),
        iterations,
        ...(shortSteps !== undefined && { stepLength: wholeOr(shortSteps, fold(own, 'length')) }),
      };
      yield { batch, position: i + 1 };
    }
  };
}

/** The length of a batch's steps, one or the other with probability one half. */
function wholeOr(short: number, key: Key): HostArray {
  return { data: Float32Array.of(uniform(key, 1).data[0]! < 0.5 ? 1 : short), shape: [] };
}

function solvedGraphOf(programs: readonly LabelledProgram[]): SolvedGraph {
  const columns = programs[0]!.x.length;
  const optimum = new Float32Array(programs.length * columns);
  programs.forEach(({ x }, p) => optimum.set(x, p * columns));
  return {
    graph: graphOf(programs.map(({ lp }) => lp)),
    optimum: { data: optimum, shape: [programs.length, columns] },
  };
}

/** The mean error on the validation programs, over {@link VALIDATED_AT}. */
async function compileScore(kind: GnnKind, like: GnnParams, programs: readonly LabelledProgram[]) {
  const { graph } = solvedGraphOf(programs);
  const optima = programs.map(({ x }) => x);
  const compiled = await compile(
    (params: unknown, at: unknown) => predictionsOf(kind, params as GnnParams, at as ProgramGraph),
    [specsOf(like as never), mapTree(graph, ({ shape }: HostArray) => spec(shape)) as never],
    { threads: 1 },
  );
  return {
    score: async (params: HostTree<GnnParams>): Promise<number> => {
      const predictions = (await compiled.runArrays(
        params as never,
        graph as never,
      )) as unknown as HostArray[];
      const means = predictions.map(({ data }) => meanError(data, optima));
      return means.reduce((sum, mean) => sum + mean, 0) / means.length;
    },
    dispose: () => compiled.dispose(),
  };
}

/** Answers `[batch, columns]` after each number of evaluations of {@link VALIDATED_AT}. */
function predictionsOf(kind: GnnKind, params: GnnParams, graph: ProgramGraph): readonly tf.Tensor[] {
  const network = networkOf(kind);
  const step = stepOf(network);
  let state = network.initialState(graph);
  let done = 0;
  return VALIDATED_AT[kind].map((count) => {
    const from = constant({ data: Int32Array.of(done), shape: [] });
    const body = (z: tf.Tensor, k: tf.Tensor): tf.Tensor => step(params, z, graph, tf.add(from, k));
    state = whileLoop<tf.Tensor>({ init: state, body, maxSteps: count - done }).state;
    done = count;
    return network.decode(params, state, graph);
  });
}

/** The mean over programs of `‖ŷ − y‖/(‖y‖ + 1)`, in float64. */
function meanError(predictions: HostArray['data'], optima: readonly Float64Array[]): number {
  let sum = 0;
  let at = 0;
  for (const optimum of optima) {
    const error = norm(optimum.map((value, j) => value - predictions[at + j]!));
    sum += error / (norm(optimum) + 1);
    at += optimum.length;
  }
  return sum / optima.length;
}
