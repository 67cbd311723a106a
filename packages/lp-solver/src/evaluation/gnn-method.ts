/** Trained graph networks as methods of the benchmark. */

import type { Method } from '@equilibria/core';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import { createGnnPredictor } from '../equilibria/gnn-predictor.ts';
import { gnnParameters, loadGnn, type TrainedGnn } from '../training/gnn-checkpoints.ts';
import { isImplicit, networkOf } from '../training/gnn-models.ts';

/**
 * A trained network as a method, in float64; its checkpoint is read when it is loaded.
 * @param models - the folder of all models; default those that are shipped.
 */
export function gnnMethod(gnn: TrainedGnn, models?: string): Method<Pick<LabelledProgram, 'lp'>> {
  const { kind, embedding, seed } = gnn;
  return {
    name: seed === 0 ? `${kind}-${embedding}` : `${kind}-${embedding} seed ${seed}`,
    kind: isImplicit(kind) ? 'implicit' : 'explicit',
    parameters: gnnParameters(gnn),
    load: async () => {
      const params = await loadGnn(gnn, models);
      const options = { precision: 'float64' } as const;
      const predictor = createGnnPredictor(networkOf(kind), params, options);
      return {
        iterate: (problems, evaluations, context) =>
          predictor.iterate(
            problems.map(({ lp }) => lp),
            isImplicit(kind) ? evaluations : [1],
            context,
          ),
        dispose: () => predictor.dispose(),
      };
    },
  };
}
