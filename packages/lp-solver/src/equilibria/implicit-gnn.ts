/** The paper's implicit graph network: one scalar a variable, iterated. */

import { fold, type ImplicitOperator, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { applyDense, type Dense, type Edges, initDense } from './graph-layers.ts';
import {
  applyHalves,
  embed,
  type Embedding,
  type FourHalves,
  initEmbedding,
  initHalves,
  initReadout,
  type NodeFeatures,
  perNode,
  type Readout,
  readout,
} from './graph-network.ts';
import { implicitGnnFlops, relaxedGnnFlops } from './gnn-flops.ts';
import type { GraphNetwork } from './gnn-sessions.ts';
import { edgesOf, type ProgramGraph } from './program-graph.ts';

/** Parameters of an iteration at embedding `e`. */
export type Iteration = {
  /** Of `e` features a constraint and `e + 1` a variable. */
  readonly halves: FourHalves;
  /** `e + 1 → 1`: the new state. */
  readonly state: Dense;
};

/** Parameters of the network at embedding `e`. */
export type ImplicitGnn = Iteration & {
  readonly embedding: Embedding;
  /** `e + 1 → e → 1`: the answer. */
  readonly decoder: Readout;
};

/** Configuration of a graph network. */
export type GnnConfig = {
  /** The embedding's size. */
  readonly embedding: number;
  /** Factor of fresh weights before a ReLU, dimensionless; default 1. With √2 signals keep their size. */
  readonly gain?: number;
};

/**
 * The implicit network of the paper. The state is a scalar a variable, `[batch, columns]`; every application begins
 * with the static embeddings, appends the state to those of the variables, and applies four half-convolutions and a
 * linear map.
 *
 * Parameters at embeddings 4, 8, 16, 32: 722, 2350, 8390, 31606.
 *
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
export const implicitGnn: ImplicitOperator<ImplicitGnn, tf.Tensor, ProgramGraph, GnnConfig> = {
  name: 'implicit-gnn',
  init: (key, { embedding: e, gain = 1 }) => ({
    embedding: initEmbedding(fold(key, 'embedding'), e, gain),
    ...initIteration(key, e, gain),
    decoder: initReadout(fold(key, 'decoder'), [e + 1, e], gain),
  }),
  initialState: ({ cost }) => tf.zeros(cost.shape),
  apply: (params, z, graph) => nextState(params, z, embed(params.embedding, graph), edgesOf(graph)),
};

/** A fresh iteration at embedding `e`, the weights before a ReLU times `gain`. */
export function initIteration(key: Key, e: number, gain: number): Iteration {
  return {
    halves: initHalves(fold(key, 'halves'), { a: e, b: e + 1, gain }),
    state: initDense(fold(key, 'state'), [e + 1, 1]),
  };
}

/**
 * The next state, `[batch, columns]`.
 * @param z - the state, `[batch, columns]`. Borrowed, as all tensors here.
 * @param embedded - static features, `e` a node.
 */
export function nextState(
  { halves, state }: Iteration,
  z: tf.Tensor,
  { constraints, variables }: NodeFeatures,
  edges: Edges,
): tf.Tensor {
  const start = { constraints: [constraints], variables: [variables, perNode(z)] };
  return tf.reshape(applyDense(state, [applyHalves(halves, start, edges).variables]), z.shape);
}

/** The answer at a state: the decoder on static embedding and state, `[batch, columns]` in the program's units. */
export function decode({ embedding, decoder }: ImplicitGnn, z: tf.Tensor, graph: ProgramGraph): tf.Tensor {
  const { variables } = embed(embedding, graph);
  return tf.reshape(readout(decoder, [variables, perNode(z)]), z.shape);
}

/** The network as the paper iterates it. */
export const implicitNetwork: GraphNetwork<ImplicitGnn> = {
  ...implicitGnn,
  decode,
  flops: (size, { embedding }) => implicitGnnFlops(size, embedding.variables.W.shape[1]!),
};

/**
 * The same network, iterated by steps that become shorter. Trained as an equilibrium it is right near its fixed point before it contracts
 * there: whole steps circle about, and quarters of them come to rest on most programs (docs/lp-models.md).
 */
export const equilibriumNetwork: GraphNetwork<ImplicitGnn> = {
  ...implicitNetwork,
  relaxation: { pace: 16, least: 0.25 },
  flops: (size, { embedding }) => relaxedGnnFlops(size, embedding.variables.W.shape[1]!),
};
