/** Trained graph networks as methods of the benchmark. */

import { createGnnPredictor } from '../equilibria/gnn-predictor.ts';
import { gnnParameters, loadGnn, type TrainedGnn } from '../training/gnn-checkpoints.ts';
import { isImplicit, networkOf } from '../training/gnn-models.ts';
import { onPrograms, type ProgramMethod } from './domain-methods.ts';

/**
 * A trained network as a method, in float64; its checkpoint is read when it is loaded.
 * @param models - the folder of all models; default those that are shipped.
 */
export function gnnMethod(gnn: TrainedGnn, models?: string): ProgramMethod {
  const { kind, embedding, seed } = gnn;
  return {
    name: seed === 0 ? `${kind}-${embedding}` : `${kind}-${embedding} seed ${seed}`,
    kind: isImplicit(kind) ? 'implicit' : 'explicit',
    parameters: gnnParameters(gnn),
    load: async () => {
      const params = await loadGnn(gnn, models);
      const options = { precision: 'float64' } as const;
      const solving = onPrograms(createGnnPredictor(networkOf(kind), params, options));
      if (isImplicit(kind)) return solving;
      return { ...solving, iterate: (problems, _, context) => solving.iterate(problems, [1], context) };
    },
  };
}
