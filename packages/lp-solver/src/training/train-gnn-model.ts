/** Trains a graph network in a folder, resumably, and keeps the result as a checkpoint with its card. */

import { join } from 'node:path';
import type { ModelCardFacts, TrainingProgress } from '@equilibria/core';
import type { ProgramSet } from '../datasets/program-set.ts';
import { gnnFolder } from './gnn-checkpoints.ts';
import type { GnnKind, GnnParams } from './gnn-models.ts';
import { gnnRate, type GnnRun, gnnSteps, recipeOf, trainGnn, VALIDATED_AT } from './gnn-recipe.ts';
import { type Lazy, trainInFolder } from './train-in-folder.ts';

/** What the networks learn from, and what they are chosen by. */
export type GnnSets = { readonly train: ProgramSet; readonly validation: ProgramSet };

/** How the training is watched and stopped. */
export type TrainModelOptions = {
  /** The folder of all models. */
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress, phase: number) => void;
};

/**
 * Trains a network, or goes on where a training of the same folder was stopped, and keeps what validation liked best.
 * @param data - of a function, what it resolves to; it is not called where the network is there.
 * @returns the folder of the checkpoint, or null if the signal ended the training before.
 * @throws {DataError} if the folder holds a network that was trained in another way, or is damaged.
 * @throws {Error} if no validation score was finite.
 */
export async function trainGnnModel(
  run: GnnRun,
  data: Lazy<GnnSets>,
  { out, signal, onProgress }: TrainModelOptions,
): Promise<string | null> {
  const { kind, embedding, seed, steps = gnnSteps(run), rate = gnnRate(embedding) } = run;
  const asked = { kind, embedding, seed, steps, rate };
  return trainInFolder<GnnParams, GnnSets>(join(out, gnnFolder(run)), {
    seed,
    config: { ...recipeOf(asked), steps },
    data,
    cardOf: (sets, { best }) => cardOf(asked, sets, best?.score ?? null),
    train: (sets, store) =>
      trainGnn(
        asked,
        { train: sets.train.programs, validation: sets.validation.programs },
        { store, ...(signal && { signal }), ...(onProgress && { onProgress }) },
      ),
  });
}

const DESCRIPTIONS: Readonly<Record<GnnKind, string>> = {
  'implicit-gnn': 'The paper’s implicit graph network, trained as an equilibrium.',
  'unrolled-gnn':
    'The paper’s implicit graph network, trained as in the paper: through 3, then 6 iterations.',
  'explicit-gnn': 'The paper’s explicit graph network.',
  'untied-gnn': 'An explicit graph network of equal compute: eight iterations with parameters of their own.',
};

function cardOf(
  { kind, embedding, seed, steps }: Required<GnnRun>,
  { train, validation }: GnnSets,
  score: number | null,
): Omit<ModelCardFacts, 'run'> {
  const dataOf = (split: keyof GnnSets, { programs, sha256 }: ProgramSet) => ({
    name: 'random linear programs of the paper’s distribution, optima by HiGHS',
    split,
    sha256,
    size: programs.length,
    licence: 'generated',
  });
  return {
    name: `${kind}-${embedding}, seed ${seed}`,
    description: DESCRIPTIONS[kind],
    domain: 'lp-solver',
    operator: { name: kind, config: { embedding } },
    data: [dataOf('train', train), dataOf('validation', validation)],
    command: `npm run lp -- train --models ${kind}-${embedding} --seeds ${seed} --steps ${steps}`,
    metrics: [
      {
        name: `mean ‖ŷ − y‖/(‖y‖ + 1) at t = ${VALIDATED_AT[kind].join(' and ')}`,
        unit: '1',
        better: 'lower',
        split: 'validation',
        value: score,
      },
    ],
    licence: 'Apache-2.0',
    intendedUse: 'Predicts the optimal point of linear programs of the paper’s distribution.',
    limits:
      'Programs of another distribution were not tried: sizes, costs, bounds and coefficients are to be like the training data’s. ' +
      'It gives no multipliers, so its answers carry no certificate of optimality.',
  };
}
