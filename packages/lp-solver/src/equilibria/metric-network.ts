/** The graph network that says how long the steps of each row and column shall be. */

import { constant } from '@equilibria/compile';
import { fold, type Key, normal, offTape, toTensor } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { Restart } from './look-iteration.ts';
import type { ProgramSides } from './primal-dual-step.ts';

/**
 * Parameters: linear maps of features. Those of nodes have two columns: the second counts only where the node is held, a column at the
 * bound that its reduced cost presses it to, a row that is slack.
 */
export type MetricNetwork = {
  /** float32 `[5, 2]`. */
  readonly columns: tf.Tensor;
  /** float32 `[8, 2]`. */
  readonly rows: tf.Tensor;
  /** float32 `[3, 1]`. */
  readonly balance: tf.Tensor;
};

/** Logarithms of weights, in the units of the program: `[batch, columns]`, `[batch, rows]` and `[batch]`. */
export type MetricLogs = {
  readonly columns: tf.Tensor;
  readonly rows: tf.Tensor;
  readonly balance: tf.Tensor;
};

/** What the network is told. */
export type MetricInputs = {
  readonly restart: Restart;
  readonly sides: ProgramSides;
  /** 1 for rows that are equalities, else 0, `[batch, rows]`. */
  readonly isEquality: tf.Tensor;
  /** What it said at the last restart. */
  readonly before: MetricLogs;
  /** The units: of columns `[batch, columns]`, of what rows add up to `[batch, rows]`, of costs `[batch, 1]`. */
  readonly widths: tf.Tensor;
  readonly activities: tf.Tensor;
  readonly prices: tf.Tensor;
  /** Of the last cycle, `[batch, rows]`: the dual step sizes, and what the weights of the columns added up to. */
  readonly dualSteps: tf.Tensor;
  readonly sums: tf.Tensor;
  /** `[batch]`: the logarithm of the balance at which both sides of the last cycle moved alike; without movement, that of before. */
  readonly movement: tf.Tensor;
};

/** Parameters drawn from N(0, std²); with std 0, the default, the untrained rule: weights are the units, balanced by the movements. */
export function initMetricNetwork(key: Key, { std = 0 }: { readonly std?: number } = {}): MetricNetwork {
  const draw = (name: string, shape: number[]): tf.Tensor =>
    std === 0 ? tf.zeros(shape) : toTensor(normal(fold(key, name), shape, { std }));
  return { columns: draw('columns', [5, 2]), rows: draw('rows', [8, 2]), balance: draw('balance', [3, 1]) };
}

/**
 * Weights from what is known at a restart: a message has passed along the edges, since each row knows what the weights of its columns
 * add up to, and another passes when the steps are divided by such sums. All are within a factor of `exp(4)` of their units; the unit of
 * the balance is that of the movements.
 */
export function applyMetricNetwork(network: MetricNetwork, inputs: MetricInputs): MetricLogs {
  const { before, movement } = inputs;
  const ofBalance = tf.stack([tf.onesLike(movement), before.balance, movement], 1);
  return {
    columns: gatedLinear(network.columns, columnFeatures(inputs)),
    rows: gatedLinear(network.rows, rowFeatures(inputs)),
    balance: limited(tf.squeeze(tf.matMul(ofBalance, network.balance), [1]), LARGEST_LEANING),
  };
}

/** Of a column: whether it is held, how far it may go, what was said of it, its reduced cost, and 1. */
function columnFeatures({ restart, sides, before, widths, prices }: MetricInputs): tf.Tensor[] {
  const { point, costs } = restart;
  const isPressedDown = offTape(() => tf.greater(costs, tf.zerosLike(costs)));
  const room = tf.where(isPressedDown, tf.sub(point.x, sides.lower), tf.sub(sides.upper, point.x));
  // Cut off before it is divided: it may be infinite.
  const near = tf.minimum(room, tf.mul(2, widths));
  return [
    offTape(() => tf.cast(tf.lessEqual(room, tf.zerosLike(room)), 'float32')),
    tf.div(near, widths),
    tf.mul(before.columns, constant(LOG_SCALE)),
    logSize(tf.div(costs, prices)),
    tf.onesLike(costs),
  ];
}

/**
 * Of a row: whether it is slack, how far its activity is off, whether it is an equality, the sizes of its multiplier and of the change
 * of that in the cycle, what was said of it, what the weights of its columns add up to, and 1.
 */
function rowFeatures(inputs: MetricInputs): tf.Tensor[] {
  const { restart, isEquality, before, activities, prices, dualSteps, sums } = inputs;
  const { point, anchor, dualChange } = restart;
  const isSlack = offTape(() => {
    const isUnpriced = tf.equal(point.y, tf.zerosLike(point.y));
    return tf.mul(tf.cast(isUnpriced, 'float32'), tf.sub(1, isEquality));
  });
  return [
    isSlack,
    logSize(tf.div(dualChange, tf.mul(dualSteps, activities))),
    isEquality,
    logSize(tf.div(point.y, prices)),
    logSize(tf.div(tf.sub(point.y, anchor.y), prices)),
    tf.mul(before.rows, constant(LOG_SCALE)),
    logSize(tf.div(sums, activities)),
    tf.onesLike(isEquality),
  ];
}

/** A linear map of the features, and another where the first, which is 0 or 1, is 1: `[batch, nodes]`. */
function gatedLinear(W: tf.Tensor, features: readonly tf.Tensor[]): tf.Tensor {
  const [gate] = features as [tf.Tensor];
  const all = tf.reshape(tf.stack([...features], 2), [-1, features.length]);
  const [always, gated] = tf.split(tf.matMul(all, W), 2, 1) as [tf.Tensor, tf.Tensor];
  return limited(
    tf.add(tf.reshape(always, gate.shape), tf.mul(gate, tf.reshape(gated, gate.shape))),
    LARGEST_LOG,
  );
}

/** Logarithms are of size 1 when divided by this. */
const LOG_SCALE = 1 / 4;
const LARGEST_LOG = 4;
const LARGEST_LEANING = 2;
/** What is smaller or larger is taken for equally small or large. */
const [SMALLEST, LARGEST] = [1e-4, 1e6];

function logSize(x: tf.Tensor): tf.Tensor {
  const size = tf.minimum(tf.add(tf.abs(x), constant(SMALLEST)), constant(LARGEST));
  return tf.mul(tf.log(size), constant(LOG_SCALE));
}

function limited(log: tf.Tensor, largest: number): tf.Tensor {
  return tf.clipByValue(log, -largest, largest);
}
