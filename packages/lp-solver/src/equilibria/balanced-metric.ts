/** The classical rule for step sizes: one number for all columns, one for all rows, balanced at restarts. */

import { constant } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import type { MetricRule } from './look-iteration.ts';
import type { ProgramSides } from './primal-dual-step.ts';
import type { StepSizes } from './schur-steps.ts';

/** What the rule needs of a batch besides costs, bounds and sides, `[batch]`. */
export type BalancedSides = ProgramSides & {
  /** η, below `1/‖A‖₂`. */
  readonly step: tf.Tensor;
  /** The primal weight to start with. */
  readonly initialWeight: tf.Tensor;
};

/** The weight ω, `[batch]`, and the step sizes `η/ω` and `ηω`. */
export type BalancedMemory = { readonly weight: tf.Tensor; readonly steps: StepSizes };

/**
 * Untrained restarted PDHG: `τ = η/ω`, `σ = ηω`, and at each restart `ω = ‖Δy‖/‖Δx‖` of the movement in the last cycle.
 *
 * @see Applegate et al., Practical large-scale linear programming using primal-dual hybrid gradient, NeurIPS 2021, §3.3, here unsmoothed.
 */
export const balancedMetric: MetricRule<BalancedMemory, BalancedSides> = {
  evaluations: 0,
  initial: ({ sides }) => withWeight(tf.clone(sides.initialWeight), sides),
  retune: ({ weight }, { point, anchor }, { sides }) => {
    const [x, y] = [length(tf.sub(point.x, anchor.x)), length(tf.sub(point.y, anchor.y))];
    const hasMoved = tf.logicalAnd(tf.greater(x, constant(SHORTEST)), tf.greater(y, constant(SHORTEST)));
    return withWeight(tf.where(hasMoved, tf.div(y, x), weight), sides);
  },
  steps: ({ steps }) => steps,
};

/** A movement below this is none. */
const SHORTEST = 1e-16;

function withWeight(weight: tf.Tensor, { step, objective, rowUpper }: BalancedSides): BalancedMemory {
  const over = (values: tf.Tensor, like: tf.Tensor): tf.Tensor =>
    tf.mul(tf.onesLike(like), tf.expandDims(values, 1));
  const steps = { primal: over(tf.div(step, weight), objective), dual: over(tf.mul(step, weight), rowUpper) };
  return { weight, steps };
}

function length(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(x), 1));
}
