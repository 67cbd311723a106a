/** The paper's explicit graph network, and deeper ones of the compute of several iterations. */

import { fold, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
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
import { explicitGnnFlops } from '../equilibria/gnn-flops.ts';
import type { GraphNetwork } from '../equilibria/gnn-sessions.ts';
import { edgesOf, type ProgramGraph } from '../equilibria/program-graph.ts';

/** Parameters at embedding `e`. */
export type ExplicitGnn = {
  readonly embedding: Embedding;
  /** One a copy of the four half-convolutions, each with parameters of its own, of `e` features a node. */
  readonly passes: readonly FourHalves[];
  /** `e → e → 1`. */
  readonly decoder: Readout;
};

/** Configuration of {@link initExplicitGnn}. */
export type ExplicitGnnConfig = GnnConfig & {
  /** Copies of the four half-convolutions; default 1, the paper's network. */
  readonly copies?: number;
};

/**
 * A fresh explicit network. With one copy, parameters at embeddings 4, 8, 16, 32: 580, 2088, 7888, 30624.
 *
 * @throws {RangeError} if `copies` is not a natural number >= 1.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
export function initExplicitGnn(
  key: Key,
  { embedding: e, copies = 1, gain = 1 }: ExplicitGnnConfig,
): ExplicitGnn {
  if (!(Number.isInteger(copies) && copies >= 1)) {
    throw new RangeError(`initExplicitGnn: copies must be a natural number >= 1; got ${copies}.`);
  }
  const ofPass = fold(key, 'passes');
  return {
    embedding: initEmbedding(fold(key, 'embedding'), e, gain),
    passes: Array.from({ length: copies }, (_, at) => initHalves(fold(ofPass, at), { a: e, b: e, gain })),
    decoder: initReadout(fold(key, 'decoder'), [e, e], gain),
  };
}

/**
 * The network's answer, `[batch, columns]` in the program's units.
 *
 * Each copy of the half-convolutions begins with the features, of constraints and of variables, that the one before
 * ended with; only the first sees the embeddings. Nothing is passed around a copy, as in the paper's network nothing
 * is passed around a half. `k` copies cost what `k` iterations of the implicit network cost, which has one feature a
 * variable more.
 */
export function predictExplicit({ embedding, passes, decoder }: ExplicitGnn, graph: ProgramGraph): tf.Tensor {
  const edges = edgesOf(graph);
  const end = passes.reduce(
    ({ constraints, variables }, halves) =>
      applyHalves(halves, { constraints: [constraints], variables: [variables] }, edges),
    embed(embedding, graph),
  );
  return tf.reshape(readout(decoder, [end.variables]), graph.cost.shape);
}

/** The network as an operator that does not look at the state: one evaluation gives the answer, more give it again. */
export const explicitNetwork: GraphNetwork<ExplicitGnn> = {
  name: 'explicit-gnn',
  initialState: ({ cost }) => tf.zeros(cost.shape),
  apply: (params, _, graph) => predictExplicit(params, graph),
  decode: (_, z) => z,
  flops: (size, { embedding, passes }) =>
    explicitGnnFlops(size, embedding.variables.W.shape[1]!, passes.length),
};
