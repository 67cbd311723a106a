/** The primal–dual hybrid gradient map, and the KKT errors of a pair, in TF.js ops. */

import { constant } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { plannedMap } from './linear-map.ts';
import { clamp, type PrimalDual, primalDualStep, reducedCosts } from './primal-dual-step.ts';
import { applyProduct, type ProductPlan } from './sparse-product.ts';

export type { PrimalDual } from './primal-dual-step.ts';

/** What the solver decides about the map: `[1]`, positive, so that the primal step is `η/ω` and the dual step `η·ω`. */
export type PrimalWeight = { readonly weight: tf.Tensor };

/** The patterns of `A` and `Aᵀ`, known when the solve is compiled. */
export type ProductPlans = { readonly forward: ProductPlan; readonly backward: ProductPlan };

/** The numbers of a preconditioned program: inputs of the compiled solve. Vectors are `[1, columns]` or `[1, rows]`. */
export type ProgramTensors = {
  readonly forward: tf.Tensor;
  readonly backward: tf.Tensor;
  readonly objective: tf.Tensor;
  readonly lower: tf.Tensor;
  readonly upper: tf.Tensor;
  readonly rowLower: tf.Tensor;
  readonly rowUpper: tf.Tensor;
  /** `[1]`: the step length η, below `1/‖A‖₂`. */
  readonly step: tf.Tensor;
  /** `[1]`: the primal weight to start with. */
  readonly initialWeight: tf.Tensor;
  /** What undoes the preconditioning in the errors: `1/rowScale` and `1/columnScale`. */
  readonly inverseRowScale: tf.Tensor;
  readonly inverseColumnScale: tf.Tensor;
  /** `[1]`: `1 + ‖b‖₂` and `1 + ‖c‖₂` of the original program. */
  readonly primalScale: tf.Tensor;
  readonly dualScale: tf.Tensor;
};

/**
 * {@link primalDualStep} with the primal step `η/ω` and the dual step `η·ω`: its fixed points are the primal–dual optima of the program.
 * It does not expand in the norm `ω‖x‖² + ‖y‖²/ω + 2η⟨y, Ax⟩` while `η·‖A‖₂ < 1`.
 */
export function pdhgStep(
  z: PrimalDual,
  { weight }: PrimalWeight,
  plans: ProductPlans,
  program: ProgramTensors,
): PrimalDual {
  const matrix = plannedMap(plans, program);
  const steps = { primal: tf.div(program.step, weight), dual: tf.mul(program.step, weight) };
  return primalDualStep(z, reducedCosts(z.y, matrix, program), steps, { matrix, sides: program });
}

/** Relative errors of the optimality conditions of the original program, each `[1]`; as in `KktErrors`. */
export type KktTensors = { readonly primal: tf.Tensor; readonly dual: tf.Tensor; readonly gap: tf.Tensor };

/** The errors of a pair, from one product with `A` and one with `Aᵀ`. */
export function kktTensors({ x, y }: PrimalDual, plans: ProductPlans, program: ProgramTensors): KktTensors {
  const { forward, backward, objective, lower, upper, rowLower, rowUpper } = program;
  const activity = applyProduct(plans.forward, forward, x);
  const violation = tf.relu(tf.maximum(tf.sub(activity, rowUpper), tf.sub(rowLower, activity)));
  const reduced = tf.sub(objective, applyProduct(plans.backward, backward, y));
  const rows = onFiniteSides(y, rowLower, rowUpper);
  const columns = onFiniteSides(reduced, lower, upper);
  const primalObjective = tf.sum(tf.mul(objective, x), 1);
  const dualObjective = tf.add(rows.value, columns.value);
  const size = tf.add(tf.abs(primalObjective), tf.abs(dualObjective));
  return {
    primal: tf.div(norm(tf.mul(violation, program.inverseRowScale)), program.primalScale),
    dual: tf.div(norm(tf.mul(columns.rest, program.inverseColumnScale)), program.dualScale),
    gap: tf.div(tf.abs(tf.sub(primalObjective, dualObjective)), tf.add(size, 1)),
  };
}

/**
 * The weight for the next stretch: the balance of the movement since the last restart, `‖Δy‖/‖Δx‖`, leaning towards the side
 * whose KKT error is the larger. Without movement on one side only the leaning acts. The weight stays within a range around its
 * start: where there is no optimum, only one side moves for ever, and the balance would run away with it.
 *
 * The balance is PDLP's, unsmoothed; the leaning and the range are ours.
 *
 * @see Applegate et al., Practical large-scale linear programming using primal-dual hybrid gradient, NeurIPS 2021, §3.3.
 */
export function retuneWeight(
  { weight }: PrimalWeight,
  moved: PrimalDual,
  { primal, dual }: KktTensors,
  { initialWeight }: Pick<ProgramTensors, 'initialWeight'>,
): PrimalWeight {
  const lengthX = norm(moved.x);
  const lengthY = norm(moved.y);
  const hasMoved = tf.logicalAnd(isModerate(lengthX), isModerate(lengthY));
  const balance = tf.where(hasMoved, tf.div(lengthY, lengthX), weight);
  const imbalance = tf.sub(tf.log(floored(primal)), tf.log(floored(dual)));
  const lean = tf.clipByValue(tf.mul(imbalance, constant(LEAN)), -1, 1);
  const next = tf.mul(balance, tf.exp(lean));
  return {
    weight: clamp(next, tf.mul(initialWeight, constant(1 / RANGE)), tf.mul(initialWeight, constant(RANGE))),
  };
}

/** `ω‖Δx‖² + ‖Δy‖²/ω`, rooted: the norm of the map without its small cross term, which would cost a product. */
export function weightedDistance(a: PrimalDual, b: PrimalDual, { weight }: PrimalWeight): tf.Tensor {
  const square = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => tf.sum(tf.square(tf.sub(p, q)), 1);
  return tf.sqrt(tf.add(tf.mul(weight, square(a.x, b.x)), tf.div(square(a.y, b.y), weight)));
}

/** Part of the logarithm of the errors' ratio by which the weight leans. */
const LEAN = 0.2;
/** How far from its start the weight may go, as a factor. */
const RANGE = 1e5;

function norm(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(x), 1));
}

function isModerate(length: tf.Tensor): tf.Tensor {
  return tf.logicalAnd(tf.greater(length, constant(1e-16)), tf.less(length, constant(1e12)));
}

function floored(error: tf.Tensor): tf.Tensor {
  return tf.maximum(error, constant(1e-12));
}

/** Multipliers split into the part that prices finite sides and the rest; what each priced side adds, and the sum `[1]`. */
export type PricedSides = {
  readonly priced: tf.Tensor;
  readonly sides: tf.Tensor;
  readonly terms: tf.Tensor;
  readonly value: tf.Tensor;
  readonly rest: tf.Tensor;
};

/** Splits multipliers: positive ones price the lower side, negative ones the upper. */
export function onFiniteSides(multipliers: tf.Tensor, low: tf.Tensor, high: tf.Tensor): PricedSides {
  const side = tf.where(tf.greater(multipliers, 0), low, high);
  const isPriced = tf.isFinite(side);
  const zero = tf.zerosLike(multipliers);
  // Selected, not multiplied: 0 times an infinite side is NaN.
  const priced = tf.where(isPriced, multipliers, zero);
  const sides = tf.where(isPriced, side, zero);
  const terms = tf.mul(priced, sides);
  return { priced, sides, terms, value: tf.sum(terms, 1), rest: tf.where(isPriced, zero, multipliers) };
}
