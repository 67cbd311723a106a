/** Trains an exact operator in a folder, resumably, and keeps the result as a checkpoint with its card. */

import { join } from 'node:path';
import {
  checkpointStore,
  describeRun,
  hasCheckpoint,
  type ModelCardFacts,
  type RunProgress,
  saveCheckpoint,
  type TrainingProgress,
} from '@equilibria/core';
import type { ProgramSet } from '../datasets/program-set.ts';
import { exactOperator } from '../equilibria/exact-operator.ts';
import { exactFolder } from './exact-operator-checkpoints.ts';
import {
  EXACT_RATE,
  EXACT_STEPS,
  type ExactData,
  type ExactFamily,
  type ExactRun,
  trainExactOperator,
} from './exact-operator-recipe.ts';

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
 * @returns the folder of the checkpoint, or null if the signal ended the training before.
 */
export async function trainExactModel(
  run: ExactRun,
  sets: ExactSets,
  { out, signal, onProgress }: TrainExactOptions,
): Promise<string | null> {
  const folder = join(out, exactFolder(run.seed));
  if (await hasCheckpoint(folder)) return folder;
  const facts = await factsOf(run, sets);
  const familyOf = ({ train, validation }: ExactFamilySets): ExactFamily => ({
    train: train.programs,
    validation: validation.programs,
  });
  const { best, end } = await trainExactOperator(
    run,
    { random: familyOf(sets.random), structured: familyOf(sets.structured) },
    {
      store: checkpointStore(join(folder, 'phase-0'), facts),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    },
  );
  if (end === 'aborted') return null;
  if (best === null) {
    throw new Error(`trainExactModel: ${folder} has no finite validation score; nothing to keep.`);
  }
  await saveCheckpoint(folder, { trees: { params: best.params }, card: facts({ best }) });
  return folder;
}

const NAMES: Readonly<Record<keyof ExactData, string>> = {
  random: 'random linear programs of the paper’s distribution, optima by HiGHS',
  structured: 'transport, assignment and blending programs of 50 to 200 variables, optima by HiGHS',
};

async function factsOf(
  { seed, steps = EXACT_STEPS, rate = EXACT_RATE }: ExactRun,
  sets: ExactSets,
): Promise<(progress: Pick<RunProgress, 'best'>) => ModelCardFacts> {
  const start = performance.now();
  const run = await describeRun({
    seed,
    config: { steps, rate },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: 0,
    manifest: new URL('../../package.json', import.meta.url),
  });
  const data = (['random', 'structured'] as const).flatMap((family) =>
    (['train', 'validation'] as const).map((split) => {
      const { programs, sha256 } = sets[family][split];
      return { name: NAMES[family], split, sha256, size: programs.length, licence: 'generated' };
    }),
  );
  return ({ best }) => ({
    name: `${exactOperator.name}, seed ${seed}`,
    description: 'A graph network that sets the step sizes of restarted PDHG, one for each row and column.',
    domain: 'lp-solver',
    operator: { name: exactOperator.name, config: {} },
    data,
    command: `npm run lp -- train --models ${exactOperator.name} --seeds ${seed} --steps ${steps}`,
    run: { ...run, wallTimeMs: performance.now() - start },
    metrics: [
      {
        name: 'mean over both families and 400 evaluations of log₁₀ of the mean ‖x − x*‖/(‖x*‖ + 1)',
        unit: '1',
        better: 'lower',
        split: 'validation',
        value: best?.score ?? null,
      },
    ],
    licence: 'Apache-2.0',
    intendedUse:
      'Solves linear programs of any kind, with certificates. Its parameters decide how soon an answer comes, not which.',
    limits:
      'It was trained on the paper’s random programs and on small transport, assignment and blending programs. On others it converges, ' +
      'but need not be faster than untrained PDHG.',
  });
}
