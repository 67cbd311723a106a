/** The explicit graph network of equal compute: the implicit network's iterations, each with parameters of its own. */

import { fold, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { untiedGnnFlops } from '../equilibria/gnn-flops.ts';
import type { GraphNetwork } from '../equilibria/gnn-sessions.ts';
import {
  embed,
  type Embedding,
  initEmbedding,
  initReadout,
  perNode,
  type Readout,
  readout,
} from '../equilibria/graph-network.ts';
import { type GnnConfig, initIteration, type Iteration, nextState } from '../equilibria/implicit-gnn.ts';
import { edgesOf, type ProgramGraph } from '../equilibria/program-graph.ts';

/** Parameters at embedding `e`. */
export type UntiedGnn = {
  readonly embedding: Embedding;
  /** One for each iteration. */
  readonly iterations: readonly Iteration[];
  /** `e + 1 → e → 1`: the answer. */
  readonly decoder: Readout;
};

/** Configuration of {@link initUntiedGnn}. */
export type UntiedGnnConfig = GnnConfig & { readonly iterations: number };

/**
 * A fresh network: embedding and decoder of the implicit one, and as many untied iterations. With one iteration, parameters at embeddings
 * 4, 8, 16, 32 are the implicit network's: 722, 2350, 8390, 31606.
 *
 * @throws {RangeError} if `iterations` is not a natural number >= 1.
 */
export function initUntiedGnn(key: Key, { embedding: e, iterations, gain = 1 }: UntiedGnnConfig): UntiedGnn {
  if (!(Number.isInteger(iterations) && iterations >= 1)) {
    throw new RangeError(`initUntiedGnn: iterations must be a natural number >= 1; got ${iterations}.`);
  }
  const ofIteration = fold(key, 'iterations');
  return {
    embedding: initEmbedding(fold(key, 'embedding'), e, gain),
    iterations: Array.from({ length: iterations }, (_, at) => initIteration(fold(ofIteration, at), e, gain)),
    decoder: initReadout(fold(key, 'decoder'), [e + 1, e], gain),
  };
}

/**
 * The network's answer, `[batch, columns]` in the program's units.
 *
 * Each iteration begins with the static embeddings and the number a variable that the one before ended with, the first with 0. With equal
 * parameters in all of them it is the implicit network after as many iterations.
 */
export function predictUntied({ embedding, iterations, decoder }: UntiedGnn, graph: ProgramGraph): tf.Tensor {
  const [embedded, edges] = [embed(embedding, graph), edgesOf(graph)];
  const end = iterations.reduce<tf.Tensor>(
    (z, one) => nextState(one, z, embedded, edges),
    tf.zeros(graph.cost.shape),
  );
  return tf.reshape(readout(decoder, [embedded.variables, perNode(end)]), graph.cost.shape);
}

/** The network as an operator that does not look at the state: one evaluation gives the answer, more give it again. */
export const untiedNetwork: GraphNetwork<UntiedGnn> = {
  name: 'untied-gnn',
  initialState: ({ cost }) => tf.zeros(cost.shape),
  apply: (params, _, graph) => predictUntied(params, graph),
  decode: (_, z) => z,
  flops: (size, { embedding, iterations }) =>
    untiedGnnFlops(size, embedding.variables.W.shape[1]!, iterations.length),
};
