/** A training in a folder: resumable, and in the end one checkpoint with its card. */

import { join } from 'node:path';
import { DataError } from '@equilibria/compile';
import {
  checkpointStore,
  describeRun,
  hasCheckpoint,
  type ModelCard,
  type ModelCardFacts,
  readCheckpoint,
  readModelCard,
  type RunProgress,
  type RunStore,
  saveCheckpoint,
  type TensorTree,
  type TrainingResult,
} from '@equilibria/core';

/** Names of what was asked for, and numbers. */
export type TrainingConfig = Readonly<Record<string, string | number>>;

/** What is learned from, or what makes it when it is needed. */
export type Lazy<D> = D | (() => Promise<D>);

/** What is trained on what. */
export type FolderTraining<P extends TensorTree, D extends object> = {
  readonly seed: number;
  /** What was asked for: a model that is there must have been asked for in the same words. */
  readonly config: TrainingConfig;
  /** Not asked for where the model is there. */
  readonly data: Lazy<D>;
  /** What the card is to say besides the run. */
  readonly cardOf: (data: D, progress: Pick<RunProgress, 'best'>) => Omit<ModelCardFacts, 'run'>;
  /** With a store for each stretch of the training, from 0 on. */
  readonly train: (data: D, store: (phase: number) => RunStore) => Promise<TrainingResult<P>>;
};

/**
 * Trains, or goes on where a training in the same folder was stopped, and keeps what validation liked best. The time on the card is that
 * of all parts of a training, but for what was lost between the last save and a stop.
 *
 * @returns the folder, or null if the training was stopped.
 * @throws {DataError} if the folder holds a model that was trained in another way, or is damaged.
 * @throws {Error} if no validation score was finite.
 */
export async function trainInFolder<P extends TensorTree, D extends object>(
  folder: string,
  { seed, config, data: lazy, cardOf, train }: FolderTraining<P, D>,
): Promise<string | null> {
  if (await hasCheckpoint(folder)) {
    await assertAskedAlike(folder, config);
    return folder;
  }
  const data = typeof lazy === 'function' ? await lazy() : lazy;
  const spentMs = await timeSpent(folder);
  const start = performance.now();
  const described = await describeRun({
    seed,
    config,
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: 0,
    manifest: new URL('../../package.json', import.meta.url),
  });
  const facts = (progress: Pick<RunProgress, 'best'>): ModelCardFacts => ({
    ...cardOf(data, progress),
    run: { ...described, wallTimeMs: spentMs + performance.now() - start },
  });
  const { best, end } = await train(data, (phase) => checkpointStore(phaseFolder(folder, phase), facts));
  if (end === 'aborted') return null;
  if (best === null) {
    throw new Error(
      `trainInFolder: a validation score in ${folder} must be finite; none was. Remove the folder, and train for more steps, or by a ` +
        'smaller `rate`, which trainGnnModel and trainExactModel take.',
    );
  }
  await saveCheckpoint(folder, { trees: { params: best.params }, card: facts({ best }) });
  return folder;
}

function phaseFolder(folder: string, phase: number): string {
  return join(folder, `phase-${phase}`);
}

/** Up to the last save of a training that was stopped, in milliseconds: each stretch tells the time of those before, too. */
async function timeSpent(folder: string): Promise<number> {
  let spentMs = 0;
  for (let phase = 0; await hasCheckpoint(phaseFolder(folder, phase)); phase++) {
    const { run } = await readModelCard(phaseFolder(folder, phase));
    spentMs = Math.max(spentMs, run.wallTimeMs);
  }
  return spentMs;
}

async function assertAskedAlike(folder: string, config: TrainingConfig): Promise<void> {
  const { run } = await soundCard(folder);
  for (const [name, value] of Object.entries(config)) {
    if (run.config[name] === value) continue;
    throw new DataError(
      `trainInFolder: ${folder} must hold a model that was trained alike; '${name}' was ${JSON.stringify(run.config[name])} and is ` +
        `${value}. Ask for the same, or train elsewhere.`,
    );
  }
}

/** The card of a checkpoint whose weights could be read, too: what is damaged is not finished. */
async function soundCard(folder: string): Promise<ModelCard> {
  try {
    return (await readCheckpoint(folder)).card;
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(
      `trainInFolder: the model in ${folder} must be sound; got: ${cause.message} If it is damaged, remove the folder, and train again.`,
      { cause },
    );
  }
}
