/** The study of the domain: every model and baseline on fresh test sets, along its evaluations. */

import { join } from 'node:path';
import { DataError, type Domain, hasCheckpoint } from '@equilibria/core';
import { paperPrograms } from '../datasets/paper-programs.ts';
import type { ProgramFolder } from '../datasets/program-folder.ts';
import { structuredPrograms } from '../datasets/structured-sets.ts';
import { watchPicard, watchRestarted } from '../equilibria/pdhg-trajectory.ts';
import { exactOperator } from '../equilibria/exact-operator.ts';
import { exactFolder } from '../training/exact-operator-checkpoints.ts';
import { gnnFolder, gnnNamed, gnnNames, SHIPPED_MODELS } from '../training/gnn-checkpoints.ts';
import { classicalMethod, type ProgramMethod, watchedMethod } from './domain-methods.ts';
import { gnnMethod } from './gnn-method.ts';
import { exactLooksMethod, restartedPdhgMethod } from './look-methods.ts';
import { datasetOf, programDomain } from './program-domain.ts';

/** A test set: the paper's programs, structured ones of the sizes that are trained on, and larger ones. */
export type StudySet = 'paper' | 'structured' | 'larger-300' | 'larger-400' | 'larger-500';

export const STUDY_SETS: readonly StudySet[] = [
  'paper',
  'structured',
  'larger-300',
  'larger-400',
  'larger-500',
];

/** What is studied. */
export type StudyOptions = {
  /** Of the test programs: another seed draws other programs. */
  readonly seed: number;
  /** Programs of a set; default those of its test split. */
  readonly programs?: number;
  /** Names of {@link studyMethods}; default all that are meant for the set and whose models are there. */
  readonly methods?: readonly string[];
  /** The folder of trained models; default those that are shipped. */
  readonly models?: string;
  /** Seeds with which the models were trained; default `[0]`. Each is a method of its own. */
  readonly modelSeeds?: readonly number[];
  /** Pairs of each perturbation on the paper's programs; default none, since they have a study of their own. */
  readonly pairs?: number;
};

const WATCHED = { pdhg: watchRestarted, 'pdhg-picard': watchPicard } as const;
const CLASSICAL = ['highs', 'highs-ipm', 'highs-pdlp', 'javascript-lp-solver'] as const;

/** Names of methods that answer programs of any kind and size. */
const GENERAL: readonly string[] = [
  exactOperator.name,
  restartedPdhgMethod.name,
  ...Object.keys(WATCHED),
  ...CLASSICAL,
];

/** Names of all methods that can be studied. */
export const studyMethods: readonly string[] = [...gnnNames, ...GENERAL];

/** Ten times the most iterations of training, and the 2000 evaluations of the classical yardstick. */
const GNN_EVALUATIONS = 512;
const MAX_EVALUATIONS = 2000;
const POINTS = [3, 6, 12, 24, 100, 200, 300, 500, 1000];

const TITLES: Readonly<Record<StudySet, string>> = {
  paper: "Random programs of the paper's distribution",
  structured: 'Transport, assignment and blending programs of 50 to 200 variables',
  'larger-300': 'Transport, assignment and blending programs of 201 to 300 variables',
  'larger-400': 'Transport, assignment and blending programs of 301 to 400 variables',
  'larger-500': 'Transport, assignment and blending programs of 401 to 500 variables',
};

/**
 * A test set with its methods.
 *
 * @throws {RangeError} if a method is unknown.
 * @throws {DataError} if a method that is named is not meant for the set, or its model is not there.
 */
export async function studyDomain(set: StudySet, options: StudyOptions): Promise<Domain> {
  const { seed, programs, pairs } = options;
  return programDomain({
    name: `lp-${set}`,
    title: TITLES[set],
    methods: await studiedMethods(options, set === 'paper' ? studyMethods : GENERAL),
    maxEvaluations: MAX_EVALUATIONS,
    points: POINTS,
    isPerturbed: pairs !== undefined && set === 'paper',
    ...(pairs !== undefined && { pairs }),
    load: async () => {
      const size = programs === undefined ? {} : { size: programs };
      const drawn =
        set === 'paper'
          ? await paperPrograms('test', { seed, ...size })
          : await structuredPrograms(set === 'structured' ? 'test' : set, { seed, ...size });
      return datasetOf(drawn, `${TITLES[set]}, seed ${seed}, optima by HiGHS's simplex`);
    },
  });
}

/**
 * A folder of users' own programs with the methods that answer programs of any kind.
 *
 * @param folder - as `readProgramFolder` gives it; a function is called once the methods are known to be there.
 * @throws what {@link studyDomain} throws.
 */
export async function folderDomain(
  folder: ProgramFolder | (() => Promise<ProgramFolder>),
  options: StudyOptions,
): Promise<Domain> {
  const methods = await studiedMethods(options, GENERAL);
  const { skipped, ...set } = typeof folder === 'function' ? await folder() : folder;
  const several = set.programs.filter(({ isUnique }) => !isUnique).length;
  const notes = [
    "optima by HiGHS's simplex",
    ...(several === 0
      ? []
      : [`of ${several} perhaps not the only ones: errors are from those of least norm`]),
    ...(skipped.length === 0 ? [] : [`other files left out: ${skipped.length}`]),
  ];
  return programDomain({
    name: 'lp-folder',
    title: 'Programs of a folder',
    methods,
    maxEvaluations: MAX_EVALUATIONS,
    points: POINTS,
    isPerturbed: false,
    load: () => Promise.resolve(datasetOf(set, `programs of a folder, ${notes.join(', ')}`)),
  });
}

/**
 * What is named, or of all what needs no model, and the models that are there. Asked before a study begins: methods are loaded one by one.
 * @param all - the methods that are meant for the set.
 * @throws what {@link studyDomain} throws.
 */
export async function studiedMethods(
  options: StudyOptions,
  all: readonly string[] = studyMethods,
): Promise<readonly ProgramMethod[]> {
  const { methods = all, models = SHIPPED_MODELS, modelSeeds = [0] } = options;
  const strange = methods.find((name) => studyMethods.includes(name) && !all.includes(name));
  if (strange !== undefined) {
    throw new DataError(
      `studyDomain: methods must be meant for all programs that are studied; got ${strange}, which answers the paper's only. ` +
        'Leave it out, or study the paper set by itself.',
    );
  }
  const wanted = methods.flatMap((name) =>
    folderOf(name, 0) === undefined ? [{ name, seed: 0 }] : modelSeeds.map((seed) => ({ name, seed })),
  );
  const isThere = await Promise.all(
    wanted.map(async ({ name, seed }) => {
      const folder = folderOf(name, seed);
      return folder === undefined || (await hasCheckpoint(join(models, folder)));
    }),
  );
  const missing = wanted.flatMap(({ name, seed }, i) => (isThere[i]! ? [] : [folderOf(name, seed)!]));
  if (options.methods !== undefined && missing.length > 0) {
    throw new DataError(
      `${models} must hold the models of all methods that are named; ${missing.length} are not there: ` +
        `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}. Train them, or name other methods or seeds.`,
    );
  }
  return wanted.filter((_, i) => isThere[i]).map(({ name, seed }) => methodNamed(name, seed, options.models));
}

/** The folder of a model, below that of all models; undefined of what is not trained. */
function folderOf(name: string, seed: number): string | undefined {
  const gnn = gnnNamed(name);
  if (gnn !== undefined) return gnnFolder({ ...gnn, seed });
  return name === exactOperator.name ? exactFolder(seed) : undefined;
}

function methodNamed(name: string, seed: number, models: string | undefined): ProgramMethod {
  const gnn = gnnNamed(name);
  if (gnn !== undefined) {
    return { ...gnnMethod({ ...gnn, seed }, models), maxEvaluations: GNN_EVALUATIONS };
  }
  if (name === exactOperator.name) return exactLooksMethod(seed, models);
  if (name === restartedPdhgMethod.name) return restartedPdhgMethod;
  const watcher = (WATCHED as Readonly<Record<string, (typeof WATCHED)['pdhg'] | undefined>>)[name];
  if (watcher !== undefined) return watchedMethod(name, watcher);
  if ((CLASSICAL as readonly string[]).includes(name)) return classicalMethod(name);
  throw new RangeError(`studyDomain: methods must be of ${studyMethods.join(', ')}; got '${name}'.`);
}
