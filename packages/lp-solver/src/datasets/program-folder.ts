/** Users' own programs: a folder of MPS and LP files. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@equilibria/core';
import { asMinimization } from '../problem/linear-program.ts';
import { readLinearProgram } from '../reading/read-linear-program.ts';
import { createLabeller, type LabelledProgram } from './labelled-programs.ts';
import { digestOf, type ProgramSet } from './program-set.ts';

/** The programs of a folder, and its files that are none of them. */
export type ProgramFolder = ProgramSet & {
  /** Names of the files, in the order of the programs. */
  readonly files: readonly string[];
  /** Files whose program has no optimum to compare with, or that cannot be read, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
};

const PROGRAM_FILE = /\.(?:mps|lp)(?:\.gz)?$/i;

/**
 * Reads and solves every program of a folder, in the order of their names; folders within it are not looked at. Maximisations are
 * turned round, integer columns are continuous.
 *
 * @throws {DataError} if the folder is absent, or holds no program with an optimum.
 */
export async function readProgramFolder(folder: string): Promise<ProgramFolder> {
  const files = programFiles(folder);
  const label = await createLabeller();
  const programs: LabelledProgram[] = [];
  const kept: string[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const file of files) {
    try {
      const labelled = label(asMinimization(await readLinearProgram(join(folder, file))));
      if (labelled === undefined) skipped.push({ file, reason: 'it is infeasible or unbounded' });
      else {
        programs.push(labelled);
        kept.push(file);
      }
    } catch (error) {
      skipped.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (programs.length === 0) {
    const first = skipped[0]!;
    throw new DataError(
      `readProgramFolder: ${folder} must hold a program with an optimum; got ${files.length} files without one, ` +
        `as ${first.file}: ${first.reason}.`,
    );
  }
  return { programs, files: kept, skipped, sha256: digestOf(programs.map(({ lp }) => lp)) };
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
