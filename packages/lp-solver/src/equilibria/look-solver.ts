/** Looks as a solver of core. */

import { type Solver, type TensorTree, whileLoop } from '@equilibria/core';
import {
  look,
  type LookState,
  type MetricRule,
  mostEvaluations,
  type ProgramBatch,
  startLooking,
} from './look-iteration.ts';
import type { PrimalDual, ProgramSides } from './primal-dual-step.ts';
import type { StepSizes } from './schur-steps.ts';

/** Looks in one step of the solver, after each of which it is tested. */
const LOOKS = 5;

/** Most evaluations of one step: the looks, and the image that tells the residual. */
export function evaluationsPerStep(rule: Pick<MetricRule<TensorTree>, 'evaluations'>): number {
  return LOOKS * mostEvaluations(rule) + 1;
}

/** The iteration for a batch of programs; its control are the step sizes of the map, which is `primalDualStep`. */
export function lookSolver<M extends TensorTree, X extends ProgramSides>(
  rule: MetricRule<M, X>,
  batch: ProgramBatch<X>,
): Solver<PrimalDual, LookState<M>, StepSizes> {
  const control = ({ memory }: LookState<M>): StepSizes => rule.steps(memory);
  return {
    name: 'looks',
    evaluationsPerStep: evaluationsPerStep(rule),
    init: (z0) => startLooking(rule, z0, batch),
    step: (f, z, state) => {
      const body = (at: LookState<M>): LookState<M> => look(rule, at, batch);
      const next = whileLoop<LookState<M>>({ init: state, body, maxSteps: LOOKS }).state;
      return { value: next.image, image: f(z, control(state)), state: next };
    },
    control,
  };
}
