/** Certificates that a program has no optimum, read off the movement of the PDHG map, in TF.js ops. */

import { constant } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { RAY_TOLERANCE } from '../evaluation/rays.ts';
import {
  onFiniteSides,
  type PricedSides,
  type PrimalDual,
  type ProductPlans,
  type ProgramTensors,
} from './pdhg-operator.ts';
import { applyProduct } from './sparse-product.ts';

/** What must hold with room to spare, so that rounding does not undo it when the certificate is checked again. */
const ALLOWED = RAY_TOLERANCE / 2;

/**
 * Whether the movement `T(z) − z` proves the program infeasible, `[1]`: where there is no solution it tends to the smallest
 * displacement of the map, whose dual part is a Farkas ray. The conditions are those of `checkFarkas`, for the preconditioned
 * program, whose coefficients are about 1.
 *
 * @see Applegate, Díaz, Lu & Lubin, Infeasibility detection with primal-dual hybrid gradient for large-scale linear
 *   programming, SIAM J. Optim. (2024).
 */
export function provesInfeasible(moved: PrimalDual, plans: ProductPlans, program: ProgramTensors): tf.Tensor {
  const { backward, lower, upper, rowLower, rowUpper } = program;
  const rows = onFiniteSides(moved.y, rowLower, rowUpper);
  const slopes = tf.neg(applyProduct(plans.backward, backward, rows.priced));
  const columns = onFiniteSides(slopes, lower, upper);
  const value = tf.add(rows.value, columns.value);
  const size = tf.maximum(1, tf.maximum(largestPriced(rows, value), largestPriced(columns, value)));
  const violation = tf.mul(largest(columns.rest), size);
  return tf.logicalAnd(tf.greater(value, 0), tf.lessEqual(violation, tf.mul(value, constant(ALLOWED))));
}

/**
 * Whether the movement is a direction along which the objective falls for ever, `[1]`; the conditions of `checkDirection`, for
 * the preconditioned program. The point itself must be feasible besides.
 */
export function provesUnbounded(moved: PrimalDual, plans: ProductPlans, program: ProgramTensors): tf.Tensor {
  const { forward, objective, lower, upper, rowLower, rowUpper } = program;
  const towards = tf.where(tf.less(moved.x, 0), lower, upper);
  const direction = tf.where(tf.isFinite(towards), tf.zerosLike(moved.x), moved.x);
  const length = largest(direction);
  const fall = tf.neg(tf.sum(tf.mul(objective, direction), 1));
  const fallShare = tf.div(fall, tf.mul(length, largest(objective)));
  const change = applyProduct(plans.forward, forward, direction);
  const side = tf.where(tf.less(change, 0), rowLower, rowUpper);
  const stopped = tf.where(tf.isFinite(side), change, tf.zerosLike(change));
  const allowed = tf.mul(tf.minimum(fallShare, 1), constant(ALLOWED));
  const isFree = tf.lessEqual(tf.div(largest(stopped), length), allowed);
  return tf.logicalAnd(tf.greater(fallShare, constant(2 * RAY_TOLERANCE)), isFree);
}

/** The largest side that adds to the value more than what is allowed as error. */
function largestPriced({ sides, terms }: PricedSides, value: tf.Tensor): tf.Tensor {
  const counts = tf.greater(tf.abs(terms), tf.mul(value, constant(ALLOWED)));
  return largest(tf.where(counts, sides, tf.zerosLike(sides)));
}

function largest(x: tf.Tensor): tf.Tensor {
  return tf.max(tf.abs(x), 1);
}
