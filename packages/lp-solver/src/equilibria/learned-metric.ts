/** The learned rule for step sizes: weights by the graph network, made safe by Schur's test. */

import { constant } from '@equilibria/compile';
import { offTape } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { MetricRule, ProgramBatch, Restart } from './look-iteration.ts';
import { applyMetricNetwork, type MetricLogs, type MetricNetwork } from './metric-network.ts';
import { clamp, type ProgramSides } from './primal-dual-step.ts';
import { schurSteps, type StepSizes, weightSums } from './schur-steps.ts';

/** What the rule needs of a batch besides costs, bounds and sides. */
export type LearnedSides = ProgramSides & {
  /** 2/(u − l), `[batch, columns]`; 0 where a bound is infinite. */
  readonly inverseWidth: tf.Tensor;
  /** 1 for rows that are equalities, else 0, `[batch, rows]`. */
  readonly isEquality: tf.Tensor;
  /** `[batch]`: the sizes of costs and of variables, and how many columns there are, those that fill up left out. */
  readonly costUnit: tf.Tensor;
  readonly lengthUnit: tf.Tensor;
  readonly width: tf.Tensor;
};

/** What the rule remembers from restart to restart. */
export type LearnedMemory = {
  readonly logs: MetricLogs;
  /** The size of variables by then, `[batch]`, as a logarithm. */
  readonly length: tf.Tensor;
  /** What rows add up to over the widths of their columns at the start, and over their weights now, `[batch, rows]`. */
  readonly activities: tf.Tensor;
  readonly sums: tf.Tensor;
  readonly steps: StepSizes;
};

/** What new step sizes cost: the sums of the weights are a product with `|A|` and one with its transpose. */
export const METRIC_EVALUATIONS = 1;

/**
 * Step sizes by the network, whatever its parameters are, under which PDHG does not expand. So that the iteration converges with any
 * parameters, what the network says counts less and less after {@link HEARD_EVALUATIONS}, and nothing where cycle after cycle ends
 * without progress; what is left is the untrained rule. So the changes of all logarithms can be summed up, and with them the changes of
 * the norm in which the distance to every optimum does not grow. Where there is no optimum, the step sizes come to rest soon, as the
 * movement of the map must if it shall tend to a certificate.
 *
 * @see Combettes & Vũ, Variable metric quasi-Fejér monotonicity (2013), arXiv 1206.5705, section 3.
 */
export function learnedMetric(network: MetricNetwork): MetricRule<LearnedMemory, LearnedSides> {
  return {
    evaluations: METRIC_EVALUATIONS,
    initial: initialMemory,
    retune: (memory, restart, batch) => retune(network, memory, { restart, batch }),
    steps: ({ steps }) => steps,
  };
}

/** Before the first restart, for any network. */
export function initialMemory({ products, sides }: ProgramBatch<LearnedSides>): LearnedMemory {
  const length = tf.log(sides.lengthUnit);
  const weights = { columns: widthsOf(sides, length), rows: unit(sides) };
  const activities = weightSums(weights, products.magnitude, empty(sides)).rows;
  return {
    logs: {
      columns: tf.zerosLike(sides.objective),
      rows: tf.zerosLike(sides.isEquality),
      balance: tf.zerosLike(length),
    },
    length,
    activities,
    sums: tf.clone(activities),
    steps: { primal: tf.onesLike(sides.objective), dual: tf.onesLike(sides.isEquality) },
  };
}

type At = { readonly restart: Restart; readonly batch: ProgramBatch<LearnedSides> };

function retune(network: MetricNetwork, memory: LearnedMemory, { restart, batch }: At): LearnedMemory {
  const { products, sides } = batch;
  const { logs: before, activities, sums: sumsBefore, steps } = memory;
  const { freedom, trust } = offTape(() => bounds(restart));
  const length = towards(memory.length, lengthOf(restart, memory, sides), freedom);
  const widths = widthsOf(sides, length);
  const movement = movementOf(restart, memory, sides);
  const said = applyMetricNetwork(network, {
    restart,
    sides,
    isEquality: sides.isEquality,
    before,
    widths,
    activities,
    prices: tf.expandDims(sides.costUnit, 1),
    dualSteps: steps.dual,
    sums: sumsBefore,
    movement,
  });
  const each = tf.expandDims(trust, 1);
  const balance = clamp(tf.add(movement, tf.mul(said.balance, trust)), constant(-WIDEST), constant(WIDEST));
  const logs: MetricLogs = {
    columns: tf.mul(said.columns, each),
    rows: tf.mul(said.rows, each),
    balance: towards(before.balance, balance, freedom),
  };
  const weights = {
    columns: tf.mul(widths, tf.exp(logs.columns)),
    rows: tf.mul(unit(sides), tf.exp(logs.rows)),
    balance: tf.exp(logs.balance),
  };
  const sums = weightSums(weights, products.magnitude, empty(sides));
  return { logs, length, activities, sums: sums.rows, steps: schurSteps(weights, sums) };
}

/** Evaluations for which the network is heard in full, and restarts at which balance and length move to where they are seen. */
const HEARD_EVALUATIONS = 4096;
const FREE_CYCLES = 256;
/** The balance stays within `exp(9)` of the units. */
const WIDEST = 9;
/** Half widths count as no more than so many times the size of variables, which is all there is where a bound is infinite. */
const WIDTHS_OF_LENGTH = 1;

/**
 * What part of the changes of balance and length is made, and what part of the network's words counts: 1, then the inverse square of
 * the restarts, and of the evaluations.
 */
function bounds({ cycles, evaluations, isStalled }: Restart): {
  readonly freedom: tf.Tensor;
  readonly trust: tf.Tensor;
} {
  const after = (count: tf.Tensor, free: number): tf.Tensor =>
    tf.square(tf.div(constant(free), tf.maximum(count, constant(free))));
  const heard = after(evaluations, HEARD_EVALUATIONS);
  return {
    freedom: after(cycles, FREE_CYCLES),
    trust: tf.where(isStalled, tf.zerosLike(heard), heard),
  };
}

function towards(from: tf.Tensor, to: tf.Tensor, part: tf.Tensor): tf.Tensor {
  return tf.add(from, tf.mul(part, tf.sub(to, from)));
}

/** The root mean square of the variables, as a logarithm; at first what the program's numbers suggest. */
function lengthOf({ point, cycles }: Restart, memory: LearnedMemory, sides: LearnedSides): tf.Tensor {
  const isFirst = offTape(() => tf.equal(cycles, tf.zerosLike(cycles)));
  const least = tf.mul(sides.lengthUnit, constant(1e-3));
  const square = tf.div(tf.sum(tf.square(point.x), 1), sides.width);
  const size = tf.sqrt(tf.add(square, tf.square(least)));
  return tf.where(isFirst, memory.length, tf.log(size));
}

function widthsOf({ inverseWidth }: LearnedSides, length: tf.Tensor): tf.Tensor {
  const most = tf.mul(tf.exp(length), constant(WIDTHS_OF_LENGTH));
  return tf.div(1, tf.add(inverseWidth, tf.expandDims(tf.div(1, most), 1)));
}

/** Where both sides moved in the cycle, the balance at which they would have moved alike. */
function movementOf(
  { point, anchor }: Restart,
  { logs, steps }: LearnedMemory,
  { costUnit, lengthUnit }: LearnedSides,
): tf.Tensor {
  // Of the size of an objective, as are both squares.
  const size = tf.mul(costUnit, lengthUnit);
  const square = (from: tf.Tensor, to: tf.Tensor, step: tf.Tensor): tf.Tensor =>
    tf.div(tf.sum(tf.div(tf.square(tf.sub(to, from)), step), 1), size);
  const [x, y] = [square(anchor.x, point.x, steps.primal), square(anchor.y, point.y, steps.dual)];
  const shortest = constant(SHORTEST);
  const hasMoved = offTape(() => tf.logicalAnd(tf.greater(x, shortest), tf.greater(y, shortest)));
  const ratio = tf.div(tf.add(y, shortest), tf.add(x, shortest));
  return tf.where(hasMoved, tf.add(logs.balance, tf.mul(tf.log(ratio), constant(1 / 2))), logs.balance);
}

/** A square below this is rounding. Not smaller, so that the slope of a ratio of such squares is a number in float32. */
const SHORTEST = 1e-18;

/** The unit of the weights of rows: a price for each, `[batch, rows]`. */
function unit({ isEquality, costUnit }: LearnedSides): tf.Tensor {
  return tf.mul(tf.onesLike(isEquality), tf.expandDims(costUnit, 1));
}

/** For rows and columns without entries: the step of such a column crosses its width at a cost of a 500th of the unit. */
function empty(sides: LearnedSides) {
  const columns = tf.mul(
    tf.onesLike(sides.objective),
    tf.expandDims(tf.mul(sides.costUnit, constant(2e-3)), 1),
  );
  return { rows: tf.onesLike(sides.isEquality), columns };
}
