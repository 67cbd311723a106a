/** Restarted PDHG on batches of programs, with learned and with classical step sizes, as methods of the benchmark. */

import { balancedLooks, exactLooks, exactOperator } from '../equilibria/exact-operator.ts';
import { createLookPredictor } from '../equilibria/look-predictor.ts';
import { EXACT_PARAMETERS, loadExactOperator } from '../training/exact-operator-checkpoints.ts';
import { onPrograms, type ProgramMethod } from './domain-methods.ts';

/**
 * The exact operator trained with a seed, in float64; its checkpoint is read when it is loaded.
 * @param models - the folder of all models; default those that are shipped.
 */
export function exactLooksMethod(seed: number, models?: string): ProgramMethod {
  const { name } = exactOperator;
  return {
    name: seed === 0 ? name : `${name} seed ${seed}`,
    kind: 'implicit',
    parameters: EXACT_PARAMETERS,
    load: async () =>
      onPrograms(createLookPredictor(exactLooks(await loadExactOperator(seed, models)), FLOAT64)),
  };
}

/** The baseline: untrained restarted PDHG with Ruiz's scaling and an adaptive primal weight, in float64. */
export const restartedPdhgMethod: ProgramMethod = {
  name: 'restarted-pdhg',
  kind: 'implicit',
  parameters: 0,
  load: () => Promise.resolve(onPrograms(createLookPredictor(balancedLooks, FLOAT64))),
};

const FLOAT64 = { precision: 'float64' } as const;
