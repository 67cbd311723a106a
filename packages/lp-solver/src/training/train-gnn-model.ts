/** Trains a graph network in a folder, resumably, and keeps the result as a checkpoint with its card. */

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
import { gnnFolder } from './gnn-checkpoints.ts';
import { type GnnKind, isImplicit } from './gnn-models.ts';
import { gnnRate, type GnnRun, gnnSteps, trainGnn } from './gnn-recipe.ts';

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
 * @returns the folder of the checkpoint, or null if the signal ended the training before.
 */
export async function trainGnnModel(
  run: GnnRun,
  data: GnnSets,
  { out, signal, onProgress }: TrainModelOptions,
): Promise<string | null> {
  const folder = join(out, gnnFolder(run));
  if (await hasCheckpoint(folder)) return folder;
  const facts = await factsOf(run, data);
  const { best, end } = await trainGnn(
    run,
    { train: data.train.programs, validation: data.validation.programs },
    {
      store: (phase) => checkpointStore(join(folder, `phase-${phase}`), facts),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    },
  );
  if (end === 'aborted') return null;
  if (best === null) {
    throw new Error(`trainGnnModel: ${folder} has no finite validation score; nothing to keep.`);
  }
  await saveCheckpoint(folder, { trees: { params: best.params }, card: facts({ best }) });
  return folder;
}

const DESCRIPTIONS: Readonly<Record<GnnKind, string>> = {
  'implicit-gnn': 'The paper’s implicit graph network, trained as an equilibrium.',
  'unrolled-gnn':
    'The paper’s implicit graph network, trained as in the paper: through 3, then 6 iterations.',
  'explicit-gnn': 'The paper’s explicit graph network.',
  'untied-gnn': 'An explicit graph network of untied copies, of the compute of as many iterations.',
};

async function factsOf(
  { kind, embedding, seed, steps = gnnSteps(embedding), rate = gnnRate(embedding) }: GnnRun,
  { train, validation }: GnnSets,
): Promise<(progress: Pick<RunProgress, 'best'>) => ModelCardFacts> {
  const start = performance.now();
  const run = await describeRun({
    seed,
    config: { kind, embedding, steps, rate },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: 0,
    manifest: new URL('../../package.json', import.meta.url),
  });
  const dataOf = (split: keyof GnnSets, { programs, sha256 }: ProgramSet) => ({
    name: 'random linear programs of the paper’s distribution, optima by HiGHS',
    split,
    sha256,
    size: programs.length,
    licence: 'generated',
  });
  return ({ best }) => ({
    name: `${kind}-${embedding}, seed ${seed}`,
    description: DESCRIPTIONS[kind],
    domain: 'lp-solver',
    operator: { name: kind, config: { embedding } },
    data: [dataOf('train', train), dataOf('validation', validation)],
    command: `npm run lp -- train --models ${kind}-${embedding} --seeds ${seed} --steps ${steps}`,
    run: { ...run, wallTimeMs: performance.now() - start },
    metrics: [
      {
        name: isImplicit(kind) ? 'mean ‖ŷ − y‖/(‖y‖ + 1) at 12 and 64 evaluations' : 'mean ‖ŷ − y‖/(‖y‖ + 1)',
        unit: '1',
        better: 'lower',
        split: 'validation',
        value: best?.score ?? null,
      },
    ],
    licence: 'Apache-2.0',
    intendedUse: 'Predicts the optimal point of linear programs of the paper’s distribution.',
    limits:
      'Programs of another distribution were not tried: sizes, costs, bounds and coefficients are to be like the training data’s. ' +
      'It gives no multipliers, so its answers carry no certificate of optimality.',
  });
}
