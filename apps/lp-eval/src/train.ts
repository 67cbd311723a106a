/** `train`: trains the models of the domain, resumably, and ships what was trained. */

import { cp, rename, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { DataError, progressText, readModelCard, type TrainingProgress } from '@equilibria/core';
import {
  type ExactSets,
  gnnNamed,
  paperPrograms,
  type ProgramSet,
  structuredPrograms,
  trainExactModel,
  trainGnnModel,
} from '@equilibria/lp-solver';
import { prepareOutFolder } from '@equilibria/report';
import { messageOf } from './arguments.ts';

/** The options of the command. */
export type TrainCommandOptions = {
  /** Names as `implicit-gnn-8`. */
  readonly models: readonly string[];
  readonly seeds: readonly number[];
  /** Default those of the recipe. */
  readonly steps?: number;
  readonly out: string;
  /** A folder to which finished models are copied. */
  readonly ship?: string;
};

/** Milliseconds between two lines of progress: on a terminal, where the line is rewritten, and in a log. */
const INTERVALS = { terminal: 200, log: 20_000 } as const;

/** Trains every model with every seed, one after the other; what is finished is skipped, what was stopped goes on. */
export async function trainCommand({ models, seeds, steps, out, ship }: TrainCommandOptions): Promise<void> {
  await prepareOutFolder(out);
  if (ship !== undefined) await prepareOutFolder(ship, [], '--ship');
  const train = trainerOf({ out, ...(steps !== undefined && { steps }) });
  const runs = seeds.flatMap((seed) => models.map((name) => ({ name, seed })));
  await trainEach(runs, async ({ name, seed }) => {
    const folder = await trainOne(train, name, seed);
    if (ship !== undefined) await copyModel(folder, join(ship, relative(out, folder)));
  });
}

/** A model to train. */
type ModelRun = { readonly name: string; readonly seed: number };

/**
 * Trains one after the other, also when one fails.
 * @throws what the training threw, if only one was asked for; else in the end, a DataError if all failures are, or an Error.
 */
export async function trainEach(
  runs: readonly ModelRun[],
  train: (run: ModelRun) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const run of runs) {
    try {
      await train(run);
    } catch (error) {
      if (runs.length === 1) throw error;
      failures.push(error);
      console.error(`${run.name} seed ${run.seed}: ${messageOf(error)}`);
    }
  }
  if (failures.length === 0) return;
  const message = `${failures.length} of ${runs.length} models could not be trained; see above.`;
  const cause = new AggregateError(failures);
  if (failures.every((error) => error instanceof DataError)) throw new DataError(message, { cause });
  throw new Error(message, { cause });
}

/** Trains a model and tells how it went; resolves to its folder. */
async function trainOne(train: Trainer, name: string, seed: number): Promise<string> {
  const line = progressLine(`${name} seed ${seed}`);
  const folder = await train(name, seed, line.show).finally(line.end);
  const {
    metrics: [metric],
    run,
  } = await readModelCard(folder);
  const minutes = (run.wallTimeMs / 60_000).toFixed(1);
  console.log(
    `${name} seed ${seed}: ${metric!.value?.toPrecision(3)} on validation (${metric!.name}), ${minutes} min`,
  );
  return folder;
}

/** The sets of a kind of programs, drawn when first asked for, which takes up to half a minute. */
function drawnOnce(
  kind: string,
  draw: (split: 'train' | 'validation') => Promise<ProgramSet>,
): () => Promise<ExactSets['structured']> {
  let sets: ExactSets['structured'] | undefined;
  return async () => {
    if (sets === undefined) console.error(`Drawing ${kind} programs to learn from, and solving them …`);
    return (sets ??= { train: await draw('train'), validation: await draw('validation') });
  };
}

/** Trains a model of a name with a seed; resolves to its folder. */
type Trainer = (name: string, seed: number, onProgress: ProgressLine['show']) => Promise<string>;

/** What trains the models; programs are drawn when a model that is not there first needs them. */
function trainerOf({ steps, out }: Pick<TrainCommandOptions, 'steps' | 'out'>): Trainer {
  const own = steps === undefined ? {} : { steps };
  const random = drawnOnce('random', paperPrograms);
  const structured = drawnOnce('structured', structuredPrograms);
  // Only a signal ends a training early, and none is given.
  return async (name, seed, onProgress) => {
    const gnn = gnnNamed(name);
    if (gnn !== undefined)
      return (await trainGnnModel({ ...gnn, seed, ...own }, random, { out, onProgress }))!;
    const sets = async () => ({ random: await random(), structured: await structured() });
    return (await trainExactModel({ seed, ...own }, sets, { out, onProgress }))!;
  };
}

/** The model without its run; what was there before is replaced, once the copy is whole. */
async function copyModel(from: string, to: string): Promise<void> {
  const part = `${to}.part`;
  await rm(part, { recursive: true, force: true });
  await cp(from, part, { recursive: true, filter: (path) => !basename(path).startsWith('phase-') });
  await rm(to, { recursive: true, force: true });
  await rename(part, to);
}

/** A line that tells how far a training is; a training in stretches says in which. */
type ProgressLine = { show: (progress: TrainingProgress, phase?: number) => void; end: () => void };

function progressLine(title: string): ProgressLine {
  const isTerminal = process.stderr.isTTY;
  let shown = 0;
  return {
    show: (progress, phase = 0) => {
      const now = performance.now();
      if (now - shown < (isTerminal ? INTERVALS.terminal : INTERVALS.log)) return;
      shown = now;
      const text = `${title}${phase > 0 ? `, stretch ${phase + 1}` : ''}  ${progressText(progress)}`;
      process.stderr.write(isTerminal ? `\r\u001B[K${text}` : `${text}\n`);
    },
    end: () => {
      if (isTerminal) process.stderr.write('\r\u001B[K');
    },
  };
}
