/** The paper's implicit graph network: one scalar a variable, iterated. */

import { fold, type ImplicitOperator, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import {
  applyDense,
  type Dense,
  type Edges,
  type Features,
  type GraphFeatures,
  halfConvolve,
  type HalfConvolution,
  initDense,
  initHalfConvolution,
  rectify,
} from './graph-layers.ts';
import { edgesOf, type ProgramGraph } from './program-graph.ts';

/** How constraints and variables are embedded once. */
export type Embedding = {
  /** Of right side and kind, `2 → e`. */
  readonly constraints: Dense;
  /** Of cost and bounds, `3 → e`. */
  readonly variables: Dense;
};

/** The four half-convolutions of a pass, V→C, C→V, V→C, C→V. */
export type FourHalves = readonly [HalfConvolution, HalfConvolution, HalfConvolution, HalfConvolution];

/** Parameters of the network at embedding `e`. */
export type ImplicitGnn = {
  readonly embedding: Embedding;
  readonly halves: FourHalves;
  /** `e + 1 → 1`: the new state. */
  readonly state: Dense;
  /** `e + 1 → e → 1`, the last without a bias: the answer. */
  readonly decoder: { readonly first: Dense; readonly second: Dense };
};

/** Configuration of {@link implicitGnn}: the embedding's size. */
export type GnnConfig = { readonly embedding: number };

/**
 * The implicit network of the paper. The state is a scalar a variable, `[batch, columns]`; every application begins with the static
 * embeddings, appends the state to those of the variables, and applies four half-convolutions and a linear map.
 *
 * Parameters at embeddings 4, 8, 16, 32: 722, 2350, 8390, 31606.
 *
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
export const implicitGnn: ImplicitOperator<ImplicitGnn, tf.Tensor, ProgramGraph, GnnConfig> = {
  name: 'implicit-gnn',
  init: (key, { embedding: e }) => ({
    embedding: initEmbedding(fold(key, 'embedding'), e),
    halves: initHalves(fold(key, 'halves'), { a: e, b: e + 1 }),
    state: initDense(fold(key, 'state'), [e + 1, 1]),
    decoder: initReadout(fold(key, 'decoder'), e + 1, e),
  }),
  initialState: ({ lower }) => tf.zeros(lower.shape),
  apply: ({ embedding, halves, state }, z, graph) => {
    const { constraints, variables } = embed(embedding, graph);
    const start = { constraints: [constraints], variables: [variables, perNode(z)] };
    const end = applyHalves(halves, start, edgesOf(graph));
    return tf.reshape(applyDense(state, [end]), z.shape);
  },
};

/** The answer at a state: the decoder on static embedding and state, `[batch, columns]` in the program's units. */
export function decode({ embedding, decoder }: ImplicitGnn, z: tf.Tensor, graph: ProgramGraph): tf.Tensor {
  const { variables } = embed(embedding, graph);
  return tf.reshape(readout(decoder, [variables, perNode(z)]), z.shape);
}

/** Fresh embeddings. */
export function initEmbedding(key: Key, e: number): Embedding {
  return {
    constraints: initDense(fold(key, 'constraints'), [2, e]),
    variables: initDense(fold(key, 'variables'), [3, e]),
  };
}

/** Fresh half-convolutions. */
export function initHalves(key: Key, sizes: { readonly a: number; readonly b: number }): FourHalves {
  const half = (at: number) =>
    initHalfConvolution(fold(key, at), sizes, at % 2 === 0 ? 'constraints' : 'variables');
  return [half(0), half(1), half(2), half(3)];
}

/** A fresh readout. */
export function initReadout(key: Key, from: number, e: number): ImplicitGnn['decoder'] {
  return {
    first: initDense(fold(key, 'first'), [from, e]),
    second: initDense(fold(key, 'second'), [e, 1], false),
  };
}

/** Static features of both sides, `[batch·rows, e]` and `[batch·columns, e]`. */
export function embed({ constraints, variables }: Embedding, graph: ProgramGraph) {
  const { cost, lower, upper, side, isEquality } = graph;
  const ofConstraints = [side, isEquality];
  const ofVariables = [tf.mul(cost, tf.scalar(COST_SCALE)), scaled(lower), scaled(upper)];
  return {
    constraints: rectify(constraints, [tf.concat(ofConstraints.map(perNode), 1)]),
    variables: rectify(variables, [tf.concat(ofVariables.map(perNode), 1)]),
  };
}

/** Four half-convolutions; the features of the variables after them. */
export function applyHalves(
  [first, second, third, fourth]: FourHalves,
  start: GraphFeatures,
  edges: Edges,
): tf.Tensor {
  const { constraints, variables } = start;
  const c1 = halfConvolve(first, { constraints, variables }, edges, 'constraints');
  const v1 = halfConvolve(second, { constraints: [c1], variables }, edges, 'variables');
  const c2 = halfConvolve(third, { constraints: [c1], variables: [v1] }, edges, 'constraints');
  return halfConvolve(fourth, { constraints: [c2], variables: [v1] }, edges, 'variables');
}

/** A scalar a variable, in the program's units, `[batch·columns, 1]`. */
export function readout({ first, second }: ImplicitGnn['decoder'], features: Features): tf.Tensor {
  return tf.mul(applyDense(second, [rectify(first, features)]), tf.scalar(VALUE_SCALE));
}

/**
 * Fixed scales of inputs and output, so that all are of size 1 on the paper's distribution. They change nothing that the network can
 * express: the layers next to them could hold them.
 */
const COST_SCALE = 100;
const VALUE_SCALE = 10;

function scaled(bounds: tf.Tensor): tf.Tensor {
  return tf.mul(bounds, tf.scalar(1 / VALUE_SCALE));
}

/** `[batch, nodes]` as one feature, `[batch·nodes, 1]`. */
function perNode(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [-1, 1]);
}
