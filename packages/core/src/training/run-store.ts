/** What is kept of a training run, and how a run goes on from it. */
import { z } from 'zod';
import { DataError, type HostArray, type Tree } from '@equilibria/compile';
import { hasCheckpoint, loadCheckpoint, saveCheckpoint } from '../checkpoints/checkpoint.ts';
import type { HistoryRow, Interval } from './history.ts';
import { type ModelCardFacts, readModelCard } from '../checkpoints/model-card.ts';
import type { Json } from '../checkpoints/strict-json.ts';
import type { BestScore, Run, ValidationScore } from './train.ts';

/** What a run was asked to be; a resumed one must be asked the same. */
export type RunConfig = Readonly<Record<string, string | number | null>>;

/** The part of a run that is not arrays: JSON. */
export type RunProgress = {
  readonly step: number;
  readonly position: Json;
  readonly history: readonly HistoryRow[];
  readonly interval: Interval;
  readonly validations: readonly ValidationScore[];
  readonly best: BestScore | null;
  readonly config: RunConfig;
};

/** `params`, `optimiser`, `updates`, and, where there are any, `average` and `best`. */
export type RunTrees = Readonly<Record<string, Tree<HostArray>>>;

/** A run in plain data. */
export type SavedRun = { readonly trees: RunTrees; readonly progress: RunProgress };

/** Where a run is kept. */
export interface RunStore {
  /**
   * The run as last saved, or null.
   * @param template - trees of the form that those kept must have.
   */
  load(template: RunTrees): Promise<SavedRun | null>;
  /** Keeps the run: at every instant, either the last one or this one is there, whole. */
  save(run: SavedRun): Promise<void>;
}

const count = z.int().nonnegative();
const finite = z.number().nullable();
const means = {
  loss: finite,
  gradientNorm: finite,
  learningRate: z.number(),
  skipped: count,
  report: z.record(z.string(), finite),
};
const progressSchema = z.strictObject({
  step: count,
  position: z.json(),
  history: z.array(z.strictObject({ step: count, ...means })),
  interval: z.strictObject({ steps: count, ...means }),
  validations: z.array(z.strictObject({ step: count, score: finite })),
  best: z.strictObject({ step: count, score: z.number() }).nullable(),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});

/**
 * Keeps a run as a checkpoint in a folder of its own; see {@link saveCheckpoint}.
 * @param facts - what the model card is to say, of the run as it is saved.
 * @returns a store whose `load` throws a {DataError} if the folder holds the checkpoint of something else than a run.
 */
export function checkpointStore(folder: string, facts: (progress: RunProgress) => ModelCardFacts): RunStore {
  return {
    load: async (template) => {
      if (!(await hasCheckpoint(folder))) return null;
      const { trees: kept } = (await readModelCard(folder)).weights;
      const wanted = Object.fromEntries(Object.entries(template).filter(([name]) => kept.includes(name)));
      // Trees of any depth, of which `loadCheckpoint` would work out the type for ever.
      const { trees, progress } = await loadCheckpoint(folder, wanted as Record<string, HostArray>);
      return { trees, progress: parseProgress(folder, progress) };
    },
    save: async ({ trees, progress }) => {
      await saveCheckpoint(folder, { trees, progress, card: facts(progress) });
    },
  };
}

function parseProgress(folder: string, progress: Json): RunProgress {
  const parsed = progressSchema.safeParse(progress);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `checkpointStore: ${folder} must hold a training run; got a checkpoint of something else. Keep the run in a folder of its own.`,
    { cause: parsed.error },
  );
}

/** A run, to be kept. */
export function savedRun({ state, best, ...rest }: Run, config: RunConfig): SavedRun {
  return {
    trees: { ...state, ...(best && { best: best.params }) },
    progress: { ...rest, best: best && { step: best.step, score: best.score }, config },
  };
}

/**
 * The run that is kept, or null.
 * @param fresh - the run before its first step: the form of what is kept.
 * @throws {DataError} if what is kept was asked to be something else.
 */
export async function resumed(store: RunStore, fresh: Run, config: RunConfig): Promise<Run | null> {
  const kept = await store.load({ ...fresh.state, best: fresh.state.params });
  if (kept === null) return null;
  const { config: keptConfig, best, ...rest } = kept.progress;
  assertSameConfig(keptConfig, config);
  const { best: params, ...state } = kept.trees;
  return {
    ...rest,
    state: state as unknown as Run['state'],
    best: best === null || params === undefined ? null : { ...best, params },
  };
}

function assertSameConfig(kept: RunConfig, config: RunConfig): void {
  for (const name of new Set([...Object.keys(kept), ...Object.keys(config)])) {
    if (kept[name] === config[name]) continue;
    throw new DataError(
      `train: a run goes on with the configuration that it began with; '${name}' was ${String(kept[name])} and is ` +
        `${String(config[name])}. Ask for the same, or keep the new run elsewhere.`,
    );
  }
}
