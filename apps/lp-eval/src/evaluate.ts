/** `evaluate`: models and baselines on fresh test programs, along their evaluations. */

import { relative } from 'node:path';
import { DataError, type DomainResults, type RunDescription } from '@equilibria/core';
import { folderDomain, readProgramFolder, studyDomain, type StudySet } from '@equilibria/lp-solver';
import {
  drawFigure,
  filesOf,
  prepareOutFolder,
  removeEmptyFolders,
  runDomains,
  TABLE_LEGEND,
} from '@equilibria/report';
import { errorPanels, errorsFigure } from './errors-figure.ts';

/** The options of the command. */
export type EvaluateCommandOptions = {
  readonly out: string;
  /** Of the test programs; default 0. */
  readonly seed?: number;
  /** Sets of programs to evaluate on; default the paper's, where no folder is given. */
  readonly sets?: readonly StudySet[];
  /** Programs of a set; default those of the set. */
  readonly programs?: number;
  /** A folder of users' own programs, as a set of its own. */
  readonly folder?: string;
  /** Default all that are meant for a set. */
  readonly methods?: readonly string[];
  /** The folder of trained models; default those that are shipped. */
  readonly models?: string;
  /** Seeds with which the models were trained. */
  readonly modelSeeds: readonly number[];
  /** Pairs of each perturbation; default none. */
  readonly pairs?: number;
};

const MANIFEST = new URL('../package.json', import.meta.url);

/**
 * Evaluates, writes results.json and figures, prints tables.
 * @throws {DataError} before anything is evaluated, if a model is missing or a folder is of no use.
 */
export async function evaluateCommand(options: EvaluateCommandOptions): Promise<void> {
  const { out, seed = 0, folder, sets = folder === undefined ? ['paper'] : [], ...rest } = options;
  if (options.seed !== undefined && sets.length === 0) {
    throw new DataError(
      '--seed: it is of the sets; got none, but --folder. Name --sets, too, or leave it out.',
    );
  }
  if (rest.programs !== undefined && sets.length === 0) {
    throw new DataError(
      '--programs: it is of the sets; got none, but --folder. Name --sets, too, or leave it out.',
    );
  }
  if (rest.pairs !== undefined && !sets.includes('paper')) {
    throw new DataError(
      '--pairs: it is of the paper set, which is not evaluated. Name it in --sets, or leave it out.',
    );
  }
  const domains = [
    ...(await Promise.all(sets.map((set) => studyDomain(set, { seed, ...rest })))),
    ...(folder === undefined ? [] : [await folderDomain(() => ownPrograms(folder), { seed, ...rest })]),
  ];
  const made = await prepareOutFolder(out, filesOf(domains));
  // Also where a signal ends the process.
  process.once('exit', () => removeEmptyFolders(made));
  const { tables, warnings, files, isComplete } = await runDomains(
    {
      out,
      seed,
      domains,
      config: toJson({ sets, folder, ...rest }),
      manifest: MANIFEST,
      figure: figureOf,
    },
    { signal: new AbortController().signal },
  );
  if (tables.length > 0) console.log(`${tables.join('\n\n')}\n\n${TABLE_LEGEND}\n`);
  for (const warning of warnings) console.error(`warning: ${warning}`);
  if (files.length > 0) console.log(`Written: ${files.map((file) => relative('', file)).join(', ')}`);
  if (!isComplete) throw new Error('evaluate: not everything could be evaluated or written; see above.');
}

/** One curve for all seeds of a method, where methods are iterated; ratios of pairs are in the general figure only. */
function figureOf(results: DomainResults, title: string): string {
  const hasPairs = results.methods.some(({ scaling }) =>
    scaling.some(({ lipschitz }) => lipschitz.length > 0),
  );
  return hasPairs || errorPanels(results).length === 0
    ? drawFigure(results, title)
    : errorsFigure(results, title);
}

/** It is said which files are no programs with an optimum, and which may have several. */
async function ownPrograms(folder: string) {
  const own = await readProgramFolder(folder);
  for (const { file, reason } of own.skipped)
    console.error(`warning: --folder: ${file} is left out: ${reason}.`);
  const several = own.files.filter((_, i) => !own.programs[i]!.isUnique);
  if (several.length > 0) {
    const files = `${several.slice(0, 3).join(', ')}${several.length > 3 ? ', …' : ''} (${several.length} in all)`;
    console.error(
      `warning: --folder: ${files} may have several optima: errors are from that of least norm, however good another is.`,
    );
  }
  return own;
}

/** Options as results tell them: those that were not given are absent. */
function toJson(options: object): RunDescription['config'] {
  return JSON.parse(JSON.stringify(options)) as RunDescription['config'];
}
