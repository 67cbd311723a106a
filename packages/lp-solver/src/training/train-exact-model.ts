/** Trains an exact operator in a folder, resumably, and keeps the result as a checkpoint with its card. */

import { join } from 'node:path';
import type { ModelCardFacts, TrainingProgress } from '@equilibria/core';
import type { ProgramSet } from '../datasets/program-set.ts';
import { exactOperator } from '../equilibria/exact-operator.ts';
import type { MetricNetwork } from '../equilibria/metric-network.ts';
import { exactFolder } from './exact-operator-checkpoints.ts';
import {
  EXACT_RATE,
  EXACT_STEPS,
  type ExactData,
  type ExactFamily,
  type ExactRun,
  trainExactOperator,
} from './exact-operator-recipe.ts';
import { type Lazy, trainInFolder } from './train-in-folder.ts';

/** Programs of a family to learn from and to choose by. */
export type ExactFamilySets = { readonly train: ProgramSet; readonly validation: ProgramSet };

/** Sets of both families. */
export type ExactSets = Readonly<Record<keyof ExactData, ExactFamilySets>>;

/** How the training is watched and stopped. */
export type TrainExactOptions = {
  /** The folder of all models. */
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
};

/**
 * Trains an exact operator, or goes on where a training of the same folder was stopped, and keeps what validation liked best.
 * @param data - of a function, what it resolves to; it is not called where the operator is there.
 * @returns the folder of the checkpoint, or null if the signal ended the training before.
 * @throws {DataError} if the folder holds an operator that was trained in another way, or is damaged.
 * @throws {Error} if no validation score was finite.
 */
export async function trainExactModel(
  { seed, steps = EXACT_STEPS, rate = EXACT_RATE }: ExactRun,
  data: Lazy<ExactSets>,
  { out, signal, onProgress }: TrainExactOptions,
): Promise<string | null> {
  const asked = { seed, steps, rate };
  return trainInFolder<MetricNetwork, ExactSets>(join(out, exactFolder(seed)), {
    seed,
    config: { steps, rate },
    data,
    cardOf: (sets, { best }) => cardOf(asked, sets, best?.score ?? null),
    train: ({ random, structured }, store) =>
      trainExactOperator(
        asked,
        { random: programsOf(random), structured: programsOf(structured) },
        { store: store(0), ...(signal && { signal }), ...(onProgress && { onProgress }) },
      ),
  });
}

function programsOf({ train, validation }: ExactFamilySets): ExactFamily {
  return { train: train.programs, validation: validation.programs };
}

const NAMES: Readonly<Record<keyof ExactData, string>> = {
  random: 'random linear programs of the paper’s distribution, optima by HiGHS',
  structured: 'transport, assignment and blending programs of 50 to 200 variables, optima by HiGHS',
};

function cardOf(
  { seed, steps }: Required<ExactRun>,
  sets: ExactSets,
  score: number | null,
): Omit<ModelCardFacts, 'run'> {
  const data = (['random', 'structured'] as const).flatMap((family) =>
    (['train', 'validation'] as const).map((split) => {
      const { programs, sha256 } = sets[family][split];
      return { name: NAMES[family], split, sha256, size: programs.length, licence: 'generated' };
    }),
  );
  return {
    name: `${exactOperator.name}, seed ${seed}`,
    description: 'A graph network that sets the step sizes of restarted PDHG, one for each row and column.',
    domain: 'lp-solver',
    operator: { name: exactOperator.name, config: {} },
    data,
    command: `npm run lp -- train --models ${exactOperator.name} --seeds ${seed} --steps ${steps}`,
    metrics: [
      {
        name: 'mean over both families and 400 evaluations of log₁₀ of the mean ‖x − x*‖/(‖x*‖ + 1)',
        unit: '1',
        better: 'lower',
        split: 'validation',
        value: score,
      },
    ],
    licence: 'Apache-2.0',
    intendedUse:
      'Solves linear programs of any kind, with certificates. Its parameters decide how soon an answer comes, not which.',
    limits:
      'It was trained on the paper’s random programs and on small transport, assignment and blending programs. On others it converges, ' +
      'but need not be faster than untrained PDHG.',
  };
}
