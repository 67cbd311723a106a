/** Users' own programs: a folder of MPS and LP files. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@equilibria/compile';
import { runHighs } from '../baselines/run-highs.ts';
import { simplex } from '../baselines/highs.ts';
import { verify } from '../evaluation/verify.ts';
import { asMinimization } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { readLinearProgram } from '../reading/read-linear-program.ts';
import { createLabeller, type LabelledProgram } from './labelled-programs.ts';
import { digestOf, type ProgramSet } from './program-set.ts';

/** The programs of a folder, and its files that are none of them. */
export type ProgramFolder = ProgramSet & {
  /** Names of the files, in the order of the programs. */
  readonly files: readonly string[];
  /** Files that give no labelled program, and why: they cannot be read, have no optimum, or HiGHS gave up on them. */
  readonly skipped: readonly SkippedFile[];
};

/** A file and, in one sentence without its full stop, why it was skipped. */
export type SkippedFile = { readonly file: string; readonly reason: string };

/** How a folder is read. */
export type ProgramFolderOptions = {
  /** Time after which HiGHS gives up on a program, which is then skipped; default 60 000. */
  readonly timeLimitMs?: number;
  /** Called after each file. */
  readonly onProgress?: (done: number, files: number) => void;
};

const PROGRAM_FILE = /\.(?:mps|lp)(?:\.gz)?$/i;

/**
 * Reads and solves every program of a folder, in the order of their names; folders within it are not looked at. Maximisations are
 * turned round, integer columns are continuous. That a program has no optimum is told as far as it is proved (`verify`).
 *
 * @throws {DataError} if the folder is absent, or holds no program with an optimum.
 */
export async function readProgramFolder(
  folder: string,
  { timeLimitMs = 60_000, onProgress }: ProgramFolderOptions = {},
): Promise<ProgramFolder> {
  const names = programFiles(folder);
  const programs: LabelledProgram[] = [];
  const files: string[] = [];
  const skipped: SkippedFile[] = [];
  let label = await createLabeller({ timeLimitMs });
  for (const [index, file] of names.entries()) {
    try {
      const lp = asMinimization(await readLinearProgram(join(folder, file)));
      const labelled = label(lp);
      if (labelled === undefined) skipped.push({ file, reason: await whyWithout(lp, timeLimitMs) });
      else {
        programs.push(labelled);
        files.push(file);
      }
    } catch (error) {
      skipped.push({ file, reason: sentence(error) });
      // Its runtime may have aborted.
      label = await createLabeller({ timeLimitMs });
    }
    onProgress?.(index + 1, names.length);
  }
  if (programs.length === 0) {
    const { file, reason } = skipped[0]!;
    throw new DataError(
      `readProgramFolder: ${folder} must hold a program with an optimum; ` +
        `got ${names.length} without, the first of them ${file}: ${reason}.`,
    );
  }
  return { programs, files, skipped, sha256: digestOf(programs.map(({ lp }) => lp)) };
}

/** Why a program has no optimum: HiGHS's certificate, checked. */
async function whyWithout(lp: Minimization, timeLimitMs: number): Promise<string> {
  const claim = await runHighs(lp, simplex, { tolerance: 1e-6, maxEvaluations: Infinity, timeLimitMs });
  const { status, message } = verify(lp, claim);
  if (status === 'infeasible') return 'it is infeasible: no point holds all its rows and bounds';
  if (status === 'unbounded') return 'it is unbounded: its objective has no optimum';
  return `HiGHS finds no optimum, but no proof that there is none (${status}${message === undefined ? '' : `: ${message}`})`;
}

function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

function programFiles(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new DataError(
      `readProgramFolder: ${folder} must be a folder; it is not. Name one with MPS or LP files.`,
    );
  }
  const files = readdirSync(folder)
    .filter((name) => PROGRAM_FILE.test(name))
    .toSorted();
  if (files.length > 0) return files;
  throw new DataError(
    `readProgramFolder: ${folder} must hold files named .mps, .lp, .mps.gz or .lp.gz; there are none.`,
  );
}
