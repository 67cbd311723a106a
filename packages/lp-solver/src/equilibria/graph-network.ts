/** What the paper's two graph networks share: embeddings, four half-convolutions, a readout. */

import { constant } from '@equilibria/compile';
import { fold, type Key } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import {
  applyDense,
  type Dense,
  type Edges,
  type Features,
  type GraphFeatures,
  halfConvolve,
  type HalfConvolution,
  type HalfSizes,
  initDense,
  initHalfConvolution,
  rectify,
} from './graph-layers.ts';
import type { ProgramGraph } from './program-graph.ts';

/** How constraints and variables are embedded once. */
export type Embedding = {
  /** Of right side and kind, `2 → e`. */
  readonly constraints: Dense;
  /** Of cost and bounds, `3 → e`. */
  readonly variables: Dense;
};

/** The four half-convolutions of a pass, V→C, C→V, V→C, C→V. */
export type FourHalves = readonly [HalfConvolution, HalfConvolution, HalfConvolution, HalfConvolution];

/** From the features of a variable to its value, `from → e → 1`, the last without a bias. */
export type Readout = { readonly first: Dense; readonly second: Dense };

/** Features of constraints and of variables, `[batch·rows, a]` and `[batch·columns, b]`. */
export type NodeFeatures = { readonly constraints: tf.Tensor; readonly variables: tf.Tensor };

/**
 * Fixed scales of inputs and output, so that all are of size 1 on the paper's distribution. They change nothing that
 * the network can express: the layers next to them could hold them.
 */
const COST_SCALE = 100;
const VALUE_SCALE = 10;

/** Fresh embeddings, the weights times `gain`. */
export function initEmbedding(key: Key, e: number, gain: number): Embedding {
  return {
    constraints: initDense(fold(key, 'constraints'), [2, e], { gain }),
    variables: initDense(fold(key, 'variables'), [3, e], { gain }),
  };
}

/** Fresh half-convolutions. */
export function initHalves(key: Key, sizes: HalfSizes): FourHalves {
  const half = (at: number): HalfConvolution =>
    initHalfConvolution(fold(key, at), sizes, at % 2 === 0 ? 'constraints' : 'variables');
  return [half(0), half(1), half(2), half(3)];
}

/** A fresh readout, the weights before its ReLU times `gain`. */
export function initReadout(key: Key, [from, e]: readonly [number, number], gain: number): Readout {
  return {
    first: initDense(fold(key, 'first'), [from, e], { gain }),
    second: initDense(fold(key, 'second'), [e, 1], { hasBias: false }),
  };
}

/** Static features of both sides, `e` a node. */
export function embed({ constraints, variables }: Embedding, graph: ProgramGraph): NodeFeatures {
  const { cost, lower, upper, side, isEquality } = graph;
  const scaled = (bounds: tf.Tensor): tf.Tensor => tf.mul(bounds, constant(1 / VALUE_SCALE));
  const ofVariables = [tf.mul(cost, constant(COST_SCALE)), scaled(lower), scaled(upper)];
  return {
    constraints: rectify(constraints, [tf.concat([side, isEquality].map(perNode), 1)]),
    variables: rectify(variables, [tf.concat(ofVariables.map(perNode), 1)]),
  };
}

/** Four half-convolutions one after the other. */
export function applyHalves(
  [first, second, third, fourth]: FourHalves,
  { constraints, variables }: GraphFeatures,
  edges: Edges,
): NodeFeatures {
  const c1 = halfConvolve(first, { constraints, variables }, edges, 'constraints');
  const v1 = halfConvolve(second, { constraints: [c1], variables }, edges, 'variables');
  const c2 = halfConvolve(third, { constraints: [c1], variables: [v1] }, edges, 'constraints');
  const v2 = halfConvolve(fourth, { constraints: [c2], variables: [v1] }, edges, 'variables');
  return { constraints: c2, variables: v2 };
}

/** A number a variable, in the program's units, `[batch·columns, 1]`. */
export function readout({ first, second }: Readout, features: Features): tf.Tensor {
  return tf.mul(applyDense(second, [rectify(first, features)]), constant(VALUE_SCALE));
}

/** `[batch, nodes]` as one feature, `[batch·nodes, 1]`. */
export function perNode(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [-1, 1]);
}
