/** Implicit graph networks as methods of the Lipschitz study. */

import type { HostArray, MapTree, TensorTree } from '@equilibria/compile';
import { evaluationPoints, type HostTree } from '@equilibria/core';
import type * as tf from '@tensorflow/tfjs';
import { createGnnPredictor } from '../equilibria/gnn-predictor.ts';
import { type GraphNetwork, inFloat64, settledStepOf, stepOf } from '../equilibria/gnn-sessions.ts';
import { graphOf, type ProgramGraph } from '../equilibria/program-graph.ts';
import type { StudiedMethod } from './lipschitz-study.ts';
import { regularityAlong } from './regularity-along.ts';

/** How far beyond the depth of training a study goes. */
const BEYOND_TRAINING = 10;

/** How a network is studied. */
export type StudiedGnnOptions = {
  /** The most iterations in training. */
  readonly trainingDepth: number;
  /** Default {@link studyPoints}. */
  readonly evaluations?: readonly number[];
  /** Programs, the first ones, at which the operator is differentiated; default 100. */
  readonly differentiated?: number;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
};

/**
 * 0, 1, 2, 3, 4, 6, 8, 12, … to ten times the depth of training, and that depth itself.
 * @throws {RangeError} if `trainingDepth` is not a natural number.
 */
export function studyPoints(trainingDepth: number): readonly number[] {
  const last = BEYOND_TRAINING * trainingDepth;
  const between: number[] = [];
  for (let point = 3; point < last; point *= 2) between.push(point);
  return evaluationPoints(last, [trainingDepth, ...between]);
}

/** A network, compiled in float64; it owns its sessions: `dispose` it. */
export function studiedGnn<P extends TensorTree>(
  name: string,
  { network, params }: { readonly network: GraphNetwork<P>; readonly params: HostTree<P> },
  options: StudiedGnnOptions,
): StudiedMethod & { dispose(): Promise<void> } {
  const { trainingDepth, evaluations = studyPoints(trainingDepth), differentiated = 100 } = options;
  const threads = options.threads !== undefined && { threads: options.threads };
  const predictor = createGnnPredictor(network, params, { precision: 'float64', ...threads });
  return {
    name,
    trainingDepth,
    evaluations,
    solving: predictor,
    regularity: (programs, key) =>
      regularityAlong<P, ProgramGraph>(
        {
          operator: { ...network, iterate: stepOf(network), settled: settledStepOf(network) },
          params: inFloat64(params) as MapTree<P, tf.Tensor, HostArray>,
          // Dense products: those with lists of neighbours have no second derivative.
          x: graphOf(programs.slice(0, differentiated), { precision: 'float64' }),
        },
        { evaluations, key, ...threads },
      ),
    dispose: () => predictor.dispose(),
  };
}
