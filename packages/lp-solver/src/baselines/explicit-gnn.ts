/** The paper's explicit graph network. */

import { fold, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { explicitGnnFlops } from '../equilibria/gnn-flops.ts';
import type { GraphNetwork } from '../equilibria/gnn-sessions.ts';
import {
  applyHalves,
  embed,
  type Embedding,
  type FourHalves,
  initEmbedding,
  initHalves,
  initReadout,
  type Readout,
  readout,
} from '../equilibria/graph-network.ts';
import type { GnnConfig } from '../equilibria/implicit-gnn.ts';
import { edgesOf, type ProgramGraph } from '../equilibria/program-graph.ts';

/** Parameters at embedding `e`. */
export type ExplicitGnn = {
  readonly embedding: Embedding;
  /** Of `e` features a node. */
  readonly halves: FourHalves;
  /** `e → e → 1`. */
  readonly decoder: Readout;
};

/**
 * A fresh explicit network. Parameters at embeddings 4, 8, 16, 32: 580, 2088, 7888, 30624.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
export function initExplicitGnn(key: Key, { embedding: e, gain = 1 }: GnnConfig): ExplicitGnn {
  return {
    embedding: initEmbedding(fold(key, 'embedding'), e, gain),
    // The key that the shipped checkpoints began with.
    halves: initHalves(fold(fold(key, 'passes'), 0), { a: e, b: e, gain }),
    decoder: initReadout(fold(key, 'decoder'), [e, e], gain),
  };
}

/** The network's answer, `[batch, columns]` in the program's units. */
export function predictExplicit({ embedding, halves, decoder }: ExplicitGnn, graph: ProgramGraph): tf.Tensor {
  const { constraints, variables } = embed(embedding, graph);
  const start = { constraints: [constraints], variables: [variables] };
  const end = applyHalves(halves, start, edgesOf(graph));
  return tf.reshape(readout(decoder, [end.variables]), graph.cost.shape);
}

/** The network as an operator that does not look at the state: one evaluation gives the answer, more give it again. */
export const explicitNetwork: GraphNetwork<ExplicitGnn> = {
  name: 'explicit-gnn',
  initialState: ({ cost }) => tf.zeros(cost.shape),
  apply: (params, _, graph) => predictExplicit(params, graph),
  decode: (_, z) => z,
  flops: (size, { embedding }) => explicitGnnFlops(size, embedding.variables.W.shape[1]!),
};
