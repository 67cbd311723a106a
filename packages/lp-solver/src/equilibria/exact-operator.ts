/** The exact operator: a learned map whose fixed points are the primal–dual optima, whatever its parameters are. */

import type { HostTree, ImplicitOperator } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { type BalancedMemory, balancedMetric, type BalancedSides } from './balanced-metric.ts';
import { initialMemory, type LearnedMemory, learnedMetric } from './learned-metric.ts';
import { denseProducts } from './linear-map.ts';
import { balancedMetricFlops, learnedMetricFlops } from './look-flops.ts';
import { look, type LookOptions, type LookState, type ProgramBatch, startLooking } from './look-iteration.ts';
import type { LookMethod } from './look-predictor.ts';
import { initMetricNetwork, type MetricNetwork } from './metric-network.ts';
import { type DensePrograms, stackBalances, stackPrograms } from './scaled-programs.ts';

/** The state of the exact operator: a pair, and what the iteration remembers. */
export type ExactState = LookState<LearnedMemory>;

/** A network before training; a standard deviation of 0, the default, is the untrained rule. */
export type ExactConfig = { readonly std?: number };

/**
 * One application is a look of restarted PDHG whose step sizes come from a graph network at restarts. A pair stays where it is if and only
 * if it is optimal: the network says how far the steps go, not where they lead.
 */
export const exactOperator: ImplicitOperator<MetricNetwork, ExactState, DensePrograms, ExactConfig> = {
  name: 'exact-operator',
  init: initMetricNetwork,
  initialState: (programs) => {
    const start = { x: programs.start, y: tf.zeros(programs.rowLower.shape) };
    return startLooking({ initial: initialMemory }, start, batchOf(programs));
  },
  apply: applyExact,
};

/** One look; see {@link LookOptions} for gradients. */
export function applyExact(
  network: MetricNetwork,
  state: ExactState,
  programs: DensePrograms,
  options: LookOptions = {},
): ExactState {
  return look(learnedMetric(network), state, batchOf(programs), options);
}

/** The exact operator for `createLookPredictor`. */
export function exactLooks(
  params: HostTree<MetricNetwork>,
): LookMethod<MetricNetwork, LearnedMemory, DensePrograms> {
  return { rule: learnedMetric, params, encode: stackPrograms, metricFlops: learnedMetricFlops };
}

/** Untrained restarted PDHG, with Ruiz's scaling and an adaptive primal weight: the named baseline, in the same loop. */
export const balancedLooks: LookMethod<
  Record<string, never>,
  BalancedMemory,
  DensePrograms & BalancedSides
> = {
  rule: () => balancedMetric,
  params: {},
  encode: (programs, options) => ({
    ...stackPrograms(programs, options),
    ...stackBalances(programs, options.precision),
  }),
  metricFlops: balancedMetricFlops,
};

function batchOf(programs: DensePrograms): ProgramBatch<DensePrograms> {
  return { products: denseProducts(programs.matrix), sides: programs };
}
