/** What solves a prepared program: the map, core's solver, and when to stop. */

import { constant } from '@equilibria/compile';
import { restartedHalpern, type RestartedHalpernState, type Solver, type StopRule } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { provesInfeasible, provesUnbounded } from './pdhg-certificates.ts';
import {
  kktTensors,
  pdhgStep,
  type PrimalDual,
  type PrimalWeight,
  type ProductPlans,
  type ProgramTensors,
  retuneWeight,
  weightedDistance,
} from './pdhg-operator.ts';

/** Evaluations between two looks at the errors and the restart rules. */
const EPOCH = 40;

/** Evaluations of one look: the epoch, the image of its last point, and the products of the errors and certificates. */
export const EVALUATIONS_PER_TEST = EPOCH + 3;

/** The errors are asked to be this part of the tolerance, so that rounding does not undo them on recomputation. */
const STOP_PART = 0.999;

export type PdhgState = RestartedHalpernState<PrimalDual, PrimalWeight>;

export type PdhgProblem = {
  readonly f: (z: PrimalDual, control: PrimalWeight) => PrimalDual;
  readonly solver: Solver<PrimalDual, PdhgState, PrimalWeight>;
  readonly stop: StopRule<PrimalDual>;
};

/** When to stop: both are relative errors, dimensionless. */
export type PdhgTolerances = {
  /** Of the optimality conditions. */
  readonly tolerance: number;
  /** Of a certificate that there is no optimum; 0 looks for none. */
  readonly rayError: number;
};

/**
 * PDHG as a fixed-point problem: G is one step on (x, y), averaging, restarts and the primal weight are the state of core's
 * `restartedHalpern`, and the rule to stop is a KKT error within `tolerance` or a certificate that there is no optimum. That of
 * an unbounded direction does not say whether there is a feasible point.
 */
export function pdhgProblem(
  program: ProgramTensors,
  plans: ProductPlans,
  { tolerance, rayError }: PdhgTolerances,
): PdhgProblem {
  const errors = (z: PrimalDual) => kktTensors(z, plans, program);
  const limit = constant(STOP_PART * tolerance);
  const tuning = {
    initial: () => ({ weight: tf.clone(program.initialWeight) }),
    retune: (control: PrimalWeight, anchor: PrimalDual, z: PrimalDual) =>
      retuneWeight(control, difference(z, anchor), errors(z), program),
    distance: weightedDistance,
  };
  return {
    f: (z, control) => pdhgStep(z, control, plans, program),
    solver: restartedHalpern<PrimalDual, PrimalWeight>(tuning, { epoch: EPOCH }),
    stop: (z, image) => {
      const { primal, dual, gap } = errors(z);
      const isOptimal = tf.lessEqual(tf.maximum(primal, tf.maximum(dual, gap)), limit);
      if (rayError === 0) return isOptimal;
      const moved = difference(image, z);
      const hasNone = tf.logicalOr(
        provesInfeasible(moved, plans, program, rayError),
        provesUnbounded(moved, plans, program, rayError),
      );
      return tf.logicalOr(isOptimal, hasNone);
    },
  };
}

function difference(a: PrimalDual, b: PrimalDual): PrimalDual {
  return { x: tf.sub(a.x, b.x), y: tf.sub(a.y, b.y) };
}
