/** The study of the domain: every model and baseline on fresh test sets, along its evaluations. */

import { join } from 'node:path';
import { type Domain, hasCheckpoint } from '@equilibria/core';
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
  /** Names of {@link studyMethods}; default all that are meant for the set. */
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
 */
export function studyDomain(set: StudySet, options: StudyOptions): Domain {
  const { seed, programs, pairs } = options;
  return programDomain({
    name: `lp-${set}`,
    title: TITLES[set],
    methods: methodsOf(options, set === 'paper' ? studyMethods : GENERAL),
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
 * @param folder - as `readProgramFolder` gives it.
 * @throws {RangeError} if a method is unknown.
 */
export function folderDomain({ skipped, ...set }: ProgramFolder, options: StudyOptions): Domain {
  const left = skipped.length === 0 ? '' : `, ${skipped.length} other files left out`;
  return programDomain({
    name: 'lp-folder',
    title: 'Programs of a folder',
    methods: methodsOf(options, GENERAL),
    maxEvaluations: MAX_EVALUATIONS,
    points: POINTS,
    isPerturbed: false,
    load: () => Promise.resolve(datasetOf(set, `programs of a folder, optima by HiGHS's simplex${left}`)),
  });
}

/**
 * Trained models that are not there, though methods of a study need them: to be asked before it begins, since methods are loaded one by
 * one, some of them after hours.
 *
 * @param sets - those that are studied.
 * @returns their folders below that of all models.
 */
export async function missingModels(
  sets: readonly StudySet[],
  { methods, models = SHIPPED_MODELS, modelSeeds = [0] }: StudyOptions,
): Promise<readonly string[]> {
  const names = methods ?? (sets.includes('paper') ? studyMethods : GENERAL);
  const folders = names.flatMap((name) => {
    const gnn = gnnNamed(name);
    if (gnn !== undefined) return modelSeeds.map((seed) => gnnFolder({ ...gnn, seed }));
    return name === exactOperator.name ? modelSeeds.map(exactFolder) : [];
  });
  const isThere = await Promise.all(folders.map((folder) => hasCheckpoint(join(models, folder))));
  return folders.filter((_, i) => !isThere[i]);
}

function methodsOf(
  { methods, models, modelSeeds = [0] }: StudyOptions,
  all: readonly string[],
): readonly ProgramMethod[] {
  return (methods ?? all).flatMap((name) => methodsNamed(name, models, modelSeeds));
}

function methodsNamed(
  name: string,
  models: string | undefined,
  seeds: readonly number[],
): readonly ProgramMethod[] {
  const gnn = gnnNamed(name);
  if (gnn !== undefined) {
    return seeds.map((seed) => ({ ...gnnMethod({ ...gnn, seed }, models), maxEvaluations: GNN_EVALUATIONS }));
  }
  if (name === exactOperator.name) return seeds.map((seed) => exactLooksMethod(seed, models));
  if (name === restartedPdhgMethod.name) return [restartedPdhgMethod];
  const watcher = (WATCHED as Readonly<Record<string, (typeof WATCHED)['pdhg'] | undefined>>)[name];
  if (watcher !== undefined) return [watchedMethod(name, watcher)];
  if ((CLASSICAL as readonly string[]).includes(name)) return [classicalMethod(name)];
  throw new RangeError(`studyDomain: methods must be of ${studyMethods.join(', ')}; got '${name}'.`);
}
