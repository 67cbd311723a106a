/** `train`: trains the models of the domain, resumably, and ships what was trained. */

import { cp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { progressText, readModelCard, type TrainingProgress } from '@equilibria/core';
import { gnnFolder, gnnNamed, type GnnSets, paperPrograms, trainGnnModel } from '@equilibria/lp-solver';
import { prepareOutFolder } from '@equilibria/report';

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
  if (ship !== undefined) await prepareOutFolder(ship);
  const sets: GnnSets = {
    train: await paperPrograms('train'),
    validation: await paperPrograms('validation'),
  };
  for (const seed of seeds) {
    for (const name of models) {
      const gnn = { ...gnnNamed(name)!, seed };
      const line = progressLine(`${name} seed ${seed}`);
      const folder = await trainGnnModel({ ...gnn, ...(steps !== undefined && { steps }) }, sets, {
        out,
        onProgress: line.show,
      });
      line.end();
      const { metrics, run } = await readModelCard(folder!);
      const minutes = (run.wallTimeMs / 60_000).toFixed(1);
      console.log(`${name} seed ${seed}: ${metrics[0]!.value?.toPrecision(3)} on validation, ${minutes} min`);
      if (ship !== undefined) await copyModel(folder!, join(ship, gnnFolder(gnn)));
    }
  }
}

/** The model without its run; what was there before is replaced. */
async function copyModel(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true, filter: (path) => !basename(path).startsWith('phase-') });
}

function progressLine(title: string): {
  show: (progress: TrainingProgress, phase: number) => void;
  end: () => void;
} {
  const isTerminal = process.stderr.isTTY;
  let shown = 0;
  return {
    show: (progress, phase) => {
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
