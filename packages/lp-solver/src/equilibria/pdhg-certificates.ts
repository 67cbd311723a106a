/** Certificates that a program has no optimum, read off the movement of the PDHG map, in TF.js ops. */

import { constant } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import {
  onFiniteSides,
  type PricedSides,
  type PrimalDual,
  type ProductPlans,
  type ProgramTensors,
} from './pdhg-operator.ts';
import { applyProduct } from './sparse-product.ts';

/** A fall of the objective below this part of what it could be is taken for none. */
const SLOWEST_FALL = 2e-8;

/**
 * Whether the movement `T(z) − z` tells the program infeasible, `[1]`: where there is no solution it tends to the smallest
 * displacement of the map, whose dual part is a Farkas ray. Slopes that should vanish may be off by `rayError` of the value, for an
 * `x` of the size of the priced sides and bounds, in the preconditioned program, whose coefficients are about 1. That is a reason
 * to look closer (`polishRay`, `checkFarkas`), not a proof.
 *
 * @see Applegate, Díaz, Lu & Lubin, Infeasibility detection with primal-dual hybrid gradient for large-scale linear
 *   programming, SIAM J. Optim. (2024).
 */
export function provesInfeasible(
  moved: PrimalDual,
  plans: ProductPlans,
  program: ProgramTensors,
  rayError: number,
): tf.Tensor {
  const { backward, lower, upper, rowLower, rowUpper } = program;
  const rows = onFiniteSides(moved.y, rowLower, rowUpper);
  const slopes = tf.neg(applyProduct(plans.backward, backward, rows.priced));
  const columns = onFiniteSides(slopes, lower, upper);
  const value = tf.add(rows.value, columns.value);
  const allowed = tf.mul(value, constant(rayError));
  const size = tf.maximum(1, tf.maximum(largestPriced(rows, allowed), largestPriced(columns, allowed)));
  const violation = tf.mul(largest(columns.rest), size);
  return tf.logicalAnd(tf.greater(value, 0), tf.lessEqual(violation, allowed));
}

/**
 * Whether the movement is a direction along which the objective falls for ever, `[1]`; the conditions of `checkDirection` with
 * `rayError` for its tolerance, for the preconditioned program. Whether there is a feasible point is another question.
 */
export function provesUnbounded(
  moved: PrimalDual,
  plans: ProductPlans,
  program: ProgramTensors,
  rayError: number,
): tf.Tensor {
  const { forward, objective, lower, upper, rowLower, rowUpper } = program;
  const towards = tf.where(tf.less(moved.x, 0), lower, upper);
  const direction = tf.where(tf.isFinite(towards), tf.zerosLike(moved.x), moved.x);
  const length = largest(direction);
  const fall = tf.neg(tf.sum(tf.mul(objective, direction), 1));
  const fallShare = tf.div(fall, tf.mul(length, largest(objective)));
  const change = applyProduct(plans.forward, forward, direction);
  const side = tf.where(tf.less(change, 0), rowLower, rowUpper);
  const stopped = tf.where(tf.isFinite(side), change, tf.zerosLike(change));
  const allowed = tf.mul(tf.minimum(fallShare, 1), constant(rayError));
  const isFree = tf.lessEqual(tf.div(largest(stopped), length), allowed);
  return tf.logicalAnd(tf.greater(fallShare, constant(SLOWEST_FALL)), isFree);
}

/** The largest side that adds to the value more than what is allowed as error. */
function largestPriced({ sides, terms }: PricedSides, allowed: tf.Tensor): tf.Tensor {
  const counts = tf.greater(tf.abs(terms), allowed);
  return largest(tf.where(counts, sides, tf.zerosLike(sides)));
}

function largest(x: tf.Tensor): tf.Tensor {
  return tf.max(tf.abs(x), 1);
}
