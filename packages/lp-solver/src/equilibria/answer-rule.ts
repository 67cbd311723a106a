/** When a primal–dual iteration has its answer. */

import { constant } from '@equilibria/compile';
import type { StopRule } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { provesInfeasible, provesUnbounded } from './pdhg-certificates.ts';
import { kktTensors, type ProductPlans, type ProgramTensors } from './pdhg-operator.ts';
import type { PrimalDual } from './primal-dual-step.ts';

/** When to stop: both are relative errors, dimensionless. */
export type AnswerTolerances = {
  /** Of the optimality conditions. */
  readonly tolerance: number;
  /** Of a certificate that there is no optimum; 0 looks for none. */
  readonly rayError: number;
};

/** The errors are asked to be this part of the tolerance, so that rounding does not undo them on recomputation. */
const STOP_PART = 0.999;

/**
 * Stops at a KKT error within `tolerance` or a certificate, in the movement of the map, that there is no optimum. That of an unbounded
 * direction does not say whether there is a feasible point.
 */
export function answerRule(
  program: ProgramTensors,
  plans: ProductPlans,
  { tolerance, rayError }: AnswerTolerances,
): StopRule<PrimalDual> {
  const limit = constant(STOP_PART * tolerance);
  return (z, image) => {
    const { primal, dual, gap } = kktTensors(z, plans, program);
    const isOptimal = tf.lessEqual(tf.maximum(primal, tf.maximum(dual, gap)), limit);
    if (rayError === 0) return isOptimal;
    const moved = { x: tf.sub(image.x, z.x), y: tf.sub(image.y, z.y) };
    const hasNone = tf.logicalOr(
      provesInfeasible(moved, plans, program, rayError),
      provesUnbounded(moved, plans, program, rayError),
    );
    return tf.logicalOr(isOptimal, hasNone);
  };
}
