/** The implicit networks and the operators, compiled, on one thread. */
import { join } from 'node:path';
import { fold, fromSeed, hasCheckpoint, type HostTree, type TensorTree, toHostTree } from '@equilibria/core';
import {
  balancedLooks,
  createGnnPredictor,
  createLookPredictor,
  exactFolder,
  exactLooks,
  exactOperator,
  gnnFolder,
  implicitGnn,
  type ImplicitGnn,
  loadExactOperator,
  loadGnn,
  type LookPredictor,
  networkOf,
} from '@equilibria/lp-solver';
import * as tf from '@tensorflow/tfjs';
import type { Answerer } from './answerer.ts';

/** One thread for all, as the solvers have. */
const ONE_THREAD = { threads: 1 } as const;

/** Fresh parameters are as fast as trained ones. */
const FRESH = fold(fromSeed(0), 'throughput');

/**
 * The implicit network at an embedding, once for each number of iterations, of a checkpoint where there is one.
 * @param models - the folder of all models.
 */
export async function networkAnswerers(
  embedding: number,
  iterations: readonly number[],
  models: string,
): Promise<Answerer[]> {
  const gnn = { kind: 'implicit-gnn', embedding, seed: 0 } as const;
  const isTrained = await hasCheckpoint(join(models, gnnFolder(gnn)));
  const params = isTrained ? await loadGnn(gnn, models) : await fresh(implicitGnn.init(FRESH, { embedding }));
  const predictor = createGnnPredictor(
    networkOf(gnn.kind) as never,
    params as HostTree<ImplicitGnn>,
    ONE_THREAD,
  );
  return iterations.map((count) => ({
    name: `${gnn.kind}-${embedding}`,
    evaluations: count,
    isTrained,
    isBatched: true,
    answer: (programs) => predictor.answer(programs, count),
    dispose: () => predictor.dispose(),
  }));
}

/** The exact operator after so many evaluations, of a checkpoint where there is one. */
export async function exactAnswerer(evaluations: number, models: string): Promise<Answerer> {
  const isTrained = await hasCheckpoint(join(models, exactFolder(0)));
  const params = isTrained ? await loadExactOperator(0, models) : await fresh(exactOperator.init(FRESH, {}));
  const predictor = createLookPredictor(exactLooks(params), ONE_THREAD);
  return { name: exactOperator.name, isTrained, ...after(predictor, evaluations) };
}

/** Restarted PDHG without anything learned, in the same compiled loop, after so many evaluations. */
export function pdhgAnswerer(evaluations: number): Answerer {
  const predictor = createLookPredictor(balancedLooks, ONE_THREAD);
  return { name: 'restarted-pdhg', isTrained: true, ...after(predictor, evaluations) };
}

function after(predictor: LookPredictor, evaluations: number): Omit<Answerer, 'name' | 'isTrained'> {
  return {
    evaluations,
    isBatched: true,
    answer: async (programs) => (await predictor.iterate(programs, [evaluations]))[0]!.answers,
    dispose: () => predictor.dispose(),
  };
}

/** On the host. */
async function fresh<P extends TensorTree>(params: P): Promise<HostTree<P>> {
  const host = await toHostTree(params);
  tf.dispose(params as never);
  return host;
}
