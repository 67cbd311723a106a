/** The graph networks that are trained: how each is made, what it is trained by, and what it answers. */

import {
  explicitTask,
  implicitTask,
  type IterationSampling,
  type Key,
  type Task,
  truncated,
  unrolled,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import {
  type ExplicitGnn,
  explicitNetwork,
  initExplicitGnn,
  predictExplicit,
} from '../baselines/explicit-gnn.ts';
import { initUntiedGnn, predictUntied, type UntiedGnn, untiedNetwork } from '../baselines/untied-gnn.ts';
import type { GraphNetwork } from '../equilibria/gnn-sessions.ts';
import {
  decode,
  equilibriumNetwork,
  type ImplicitGnn,
  implicitGnn,
  implicitNetwork,
} from '../equilibria/implicit-gnn.ts';
import type { ProgramGraph } from '../equilibria/program-graph.ts';

/**
 * Which network, and how it is trained:
 * - `implicit-gnn`: the paper's implicit network, trained as an equilibrium: random numbers of iterations, the gradient through the last few.
 * - `unrolled-gnn`: the same network trained as in the paper: through 3 iterations from zero, then through 6.
 * - `explicit-gnn`: the paper's explicit network.
 * - `untied-gnn`: an explicit network of equal compute, {@link UNTIED_ITERATIONS} iterations with parameters of their own.
 */
export type GnnKind = 'implicit-gnn' | 'unrolled-gnn' | 'explicit-gnn' | 'untied-gnn';

export const GNN_KINDS: readonly GnnKind[] = ['implicit-gnn', 'unrolled-gnn', 'explicit-gnn', 'untied-gnn'];

/** The paper's embedding sizes. */
export const EMBEDDINGS = [4, 8, 16, 32] as const;

/** As many as the iterations at which the paper tests. */
export const UNTIED_ITERATIONS = 8;

/** What is learned from, float32; iterations and their steps are used by equilibrium training only. */
export type GnnBatch = {
  readonly graph: ProgramGraph;
  /** `[batch, columns]`: the optimum. */
  readonly optimum: tf.Tensor;
  /** int32 scalar. */
  readonly iterations: tf.Tensor;
  /** Length of their steps, a scalar in (0, 1]; left out where all are whole. */
  readonly stepLength?: tf.Tensor;
};

/** A stretch of training. */
export type GnnPhase = {
  readonly task: Task<GnnParams, GnnBatch>;
  /** Its part of all steps. */
  readonly share: number;
  /** Factor of the learning rate. */
  readonly rate: number;
};

/** Parameters of any of the networks. */
export type GnnParams = ImplicitGnn | ExplicitGnn | UntiedGnn;

/** Most iterations of equilibrium training that are drawn; two more are made under the gradient. */
const MOST_ITERATIONS = 48;

/** The iterations of equilibrium training. */
export type EquilibriumIterations = {
  /** Of their number, batch by batch. */
  readonly drawn: IterationSampling;
  /** The length of the steps of half of the batches, in (0, 1); left out where all are whole. */
  readonly shortSteps?: number;
};

/**
 * By size, chosen on validation data. Of a geometric number of iterations some are many, so that states far beyond the mean are trained
 * as well: with lighter tails the error grew by 7 to 10 % from its best to 240 iterations.
 *
 * Whole steps circle about many fixed points; short ones come to rest there, so that these states are trained, too, and the error of
 * narrow networks grows less on the way there. Embedding 16 did not gain by it.
 */
export function equilibriumIterations(embedding: number): EquilibriumIterations {
  const drawn = { max: MOST_ITERATIONS, distribution: 'geometric' } as const;
  return embedding < 16
    ? { drawn: { ...drawn, mean: 20 }, shortSteps: 0.3 }
    : { drawn: { ...drawn, mean: 10 } };
}

/** Iterations after the drawn ones at which the loss looks as well. */
const LOOKS = 2;

/** Iterations of the two stretches of the paper's training. */
const UNROLLED = [3, 6] as const;

/** Depth of training: the most iterations that are made in it; 1 of explicit networks. */
export function trainingDepth(kind: GnnKind): number {
  if (kind === 'implicit-gnn') return MOST_ITERATIONS + LOOKS;
  return kind === 'unrolled-gnn' ? Math.max(...UNROLLED) : 1;
}

/** Fresh parameters of a network. */
export function initGnn(kind: GnnKind, embedding: number, key: Key): GnnParams {
  const config = { embedding, gain: gainOf(kind, embedding) };
  if (isImplicit(kind)) return implicitGnn.init(key, config);
  if (kind === 'untied-gnn') return initUntiedGnn(key, { ...config, iterations: UNTIED_ITERATIONS });
  return initExplicitGnn(key, config);
}

/**
 * Factor of fresh weights before a ReLU, chosen on validation data. Networks that begin small come to lower errors, but narrow ones do not
 * begin to learn: through a dozen ReLUs, each of which takes half of the power, nothing is left.
 * @see He, Zhang, Ren & Sun, Delving Deep into Rectifiers (2015), arXiv 1502.01852.
 */
function gainOf(kind: GnnKind, embedding: number): number {
  return kind !== 'explicit-gnn' && embedding < 8 ? Math.SQRT2 : 1;
}

/** Whether a network is iterated. */
export function isImplicit(kind: GnnKind): boolean {
  return kind === 'implicit-gnn' || kind === 'unrolled-gnn';
}

/** How a network is iterated, or that it is not. It takes the parameters of its kind. */
export function networkOf(kind: GnnKind): GraphNetwork<GnnParams> {
  return NETWORKS[kind];
}

const NETWORKS: Readonly<Record<GnnKind, GraphNetwork<GnnParams>>> = {
  'implicit-gnn': equilibriumNetwork,
  'unrolled-gnn': implicitNetwork,
  'explicit-gnn': explicitNetwork,
  'untied-gnn': untiedNetwork,
};

/** How a network is trained, one stretch after the other. */
export function phasesOf(kind: GnnKind): readonly GnnPhase[] {
  return PHASES[kind]();
}

const whole = (task: GnnPhase['task']): readonly GnnPhase[] => [{ task, share: 1, rate: 1 }];

const PHASES: Readonly<Record<GnnKind, () => readonly GnnPhase[]>> = {
  'implicit-gnn': () => whole(equilibriumTask()),
  // The paper's 10,000 and 5,000 steps, the second at a hundredth of the rate.
  'unrolled-gnn': () => [
    { task: unrolledTask(UNROLLED[0]), share: 2 / 3, rate: 1 },
    { task: unrolledTask(UNROLLED[1]), share: 1 / 3, rate: 0.01 },
  ],
  'explicit-gnn': () => whole(answeringTask(predictExplicit)),
  'untied-gnn': () => whole(answeringTask(predictUntied)),
};

/**
 * The iterations drawn are off the tape but for the last, and two more follow by whole steps; the loss is the mean over the three states. So the
 * gradient sees every state as one that shall be right and shall stay right, and costs three applications whatever was drawn.
 *
 * @param maxSteps - the most iterations that can be asked for, known while tracing; more count as that many.
 */
export function equilibriumTask(maxSteps: number = MOST_ITERATIONS): GnnPhase['task'] {
  return implicitTask<ImplicitGnn, tf.Tensor, GnnBatch>({
    map: (params, z, { graph, stepLength }) => {
      const image = implicitGnn.apply(params, z, graph);
      return stepLength === undefined ? image : tf.add(z, tf.mul(stepLength, tf.sub(image, z)));
    },
    start: ({ graph }) => implicitGnn.initialState(graph),
    loss: (z, params, { graph, optimum }) => {
      let [state, sum] = [z, relativeError(decode(params, z, graph), optimum)];
      for (let look = 0; look < LOOKS; look++) {
        state = implicitGnn.apply(params, state, graph);
        sum = tf.add(sum, relativeError(decode(params, state, graph), optimum));
      }
      return tf.mul(sum, tf.scalar(1 / (LOOKS + 1)));
    },
    maxSteps,
    gradient: ({ iterations }) => truncated({ steps: iterations, maxSteps }),
  }) as GnnPhase['task'];
}

function unrolledTask(steps: number) {
  return implicitTask<ImplicitGnn, tf.Tensor, GnnBatch>({
    map: (params, z, { graph }) => implicitGnn.apply(params, z, graph),
    start: ({ graph }) => implicitGnn.initialState(graph),
    loss: (z, params, { graph, optimum }) => relativeError(decode(params, z, graph), optimum),
    maxSteps: steps,
    gradient: unrolled(steps),
  }) as GnnPhase['task'];
}

/** Of a network that answers at once; it takes the parameters of its kind. */
function answeringTask(predict: (params: never, graph: ProgramGraph) => tf.Tensor): GnnPhase['task'] {
  return explicitTask((params, { graph, optimum }) =>
    relativeError(predict(params as never, graph), optimum),
  );
}

/** The mean of the metric, `‖ŷ − y‖/(‖y‖ + 1)`, whose root has a slope at 0. */
function relativeError(prediction: tf.Tensor, optimum: tf.Tensor): tf.Tensor {
  const square = tf.sum(tf.squaredDifference(prediction, optimum), 1);
  const size = tf.add(tf.norm(optimum, 2, 1), tf.scalar(1));
  return tf.mean(tf.div(tf.sqrt(tf.add(square, tf.scalar(SMALLEST_SQUARE))), size));
}

const SMALLEST_SQUARE = 1e-6;
