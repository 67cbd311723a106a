/** What solves a prepared program: the map, core's solver, and when to stop. */

import { restartedHalpern, type RestartedHalpernState, type Solver, type StopRule } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { type AnswerTolerances, answerRule } from './answer-rule.ts';
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

export type PdhgState = RestartedHalpernState<PrimalDual, PrimalWeight>;

export type PdhgProblem = {
  readonly f: (z: PrimalDual, control: PrimalWeight) => PrimalDual;
  readonly solver: Solver<PrimalDual, PdhgState, PrimalWeight>;
  readonly stop: StopRule<PrimalDual>;
};

/**
 * PDHG as a fixed-point problem: G is one step on (x, y), averaging, restarts and the primal weight are the state of core's
 * `restartedHalpern`, and the rule to stop is {@link answerRule}.
 */
export function pdhgProblem(
  program: ProgramTensors,
  plans: ProductPlans,
  tolerances: AnswerTolerances,
): PdhgProblem {
  const errors = (z: PrimalDual) => kktTensors(z, plans, program);
  const tuning = {
    initial: () => ({ weight: tf.clone(program.initialWeight) }),
    retune: (control: PrimalWeight, anchor: PrimalDual, z: PrimalDual) =>
      retuneWeight(control, difference(z, anchor), errors(z), program),
    distance: weightedDistance,
  };
  return {
    f: (z, control) => pdhgStep(z, control, plans, program),
    solver: restartedHalpern<PrimalDual, PrimalWeight>(tuning, { epoch: EPOCH }),
    stop: answerRule(program, plans, tolerances),
  };
}

function difference(a: PrimalDual, b: PrimalDual): PrimalDual {
  return { x: tf.sub(a.x, b.x), y: tf.sub(a.y, b.y) };
}
