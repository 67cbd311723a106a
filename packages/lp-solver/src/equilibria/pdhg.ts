/** The method `pdhg`: restarted, preconditioned primal–dual hybrid gradient. */

import type { LpMethod } from '../problem.ts';
import type { PrimalWeight, ProgramTensors } from './pdhg-operator.ts';
import { EVALUATIONS_PER_TEST, pdhgProblem, type PdhgState } from './pdhg-problem.ts';
import { primalDualMethod } from './primal-dual-method.ts';

/** PDHG as it is shipped; its evaluations come in epochs of `EVALUATIONS_PER_TEST`. */
export const pdhg: LpMethod = primalDualMethod<ProgramTensors, PdhgState, PrimalWeight>({
  name: 'pdhg',
  evaluationsPerTest: EVALUATIONS_PER_TEST,
  contextOf: ({ program }) => program,
  problemOf: pdhgProblem,
});
