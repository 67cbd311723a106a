/** Trained graph networks as methods of the benchmark. */

import type { Method } from '@equilibria/core';
import { explicitNetwork } from '../baselines/explicit-gnn.ts';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import { createGnnPredictor } from '../equilibria/gnn-predictor.ts';
import { implicitNetwork } from '../equilibria/implicit-gnn.ts';
import { gnnParameters, loadGnn, type TrainedGnn } from '../training/gnn-checkpoints.ts';
import { isImplicit } from '../training/gnn-models.ts';

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
      const predictor = isImplicit(kind)
        ? createGnnPredictor(implicitNetwork, params as never, options)
        : createGnnPredictor(explicitNetwork, params as never, options);
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
