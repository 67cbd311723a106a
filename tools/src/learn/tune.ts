/** The choice of the learned examples' layers and learning rate, on validation inputs alone. */
import { join } from 'node:path';
import {
  explicitModel,
  hasCheckpoint,
  implicitModel,
  type LearnedModel,
  readCheckpoint,
} from '@equilibria/core';
import { factsOf, trainedBest } from './study.ts';

/** A candidate and its best mean error on the validation inputs. */
export type TuningRow = {
  readonly target: string;
  readonly kind: LearnedModel['kind'];
  readonly sizes: readonly number[];
  readonly parameters: number;
  readonly rate: number;
  readonly validation: number | null;
};

/** Two to four hidden layers of about 200 parameters, for both kinds alike. */
const CANDIDATES: readonly LearnedModel[] = [
  implicitModel([12, 12]),
  implicitModel([9, 9, 9]),
  implicitModel([7, 7, 7, 7]),
  explicitModel('explicit', [13, 13]),
  explicitModel('explicit', [9, 10, 9]),
  explicitModel('explicit', [7, 7, 8, 7]),
];
const RATES = [3e-3, 1e-2];
/** A seed that no run of the study has. */
const SEED = 100;

/** Trains every candidate on a target. */
export async function tune(
  target: string,
  {
    steps,
    out,
    onRow,
  }: { readonly steps: number; readonly out: string; readonly onRow: (row: TuningRow) => void },
): Promise<readonly TuningRow[]> {
  const rows: TuningRow[] = [];
  for (const model of CANDIDATES) {
    for (const rate of RATES) {
      const { kind, sizes, parameters } = model;
      const run = { target, model, seed: SEED, steps, rate };
      const folder = join(out, 'tuning', target, `${kind}-${sizes.join('-')}-${rate}`);
      const kept = await keptScore(folder, steps);
      const best = kept ?? (await trainedBest(run, folder, { facts: await factsOf(run) }));
      const row = { target, kind, sizes, parameters, rate, validation: best?.score ?? null };
      rows.push(row);
      onRow(row);
    }
  }
  return rows;
}

/** Of a run that came to its end before. */
async function keptScore(folder: string, steps: number): Promise<{ readonly score: number } | null> {
  if (!(await hasCheckpoint(folder))) return null;
  const { progress } = await readCheckpoint(folder);
  const { step, best } = progress as {
    readonly step: number;
    readonly best: { readonly score: number } | null;
  };
  return step === steps ? best : null;
}
