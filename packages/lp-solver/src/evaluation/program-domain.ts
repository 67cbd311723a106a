/** Sets of labelled programs as domains: what all of them share. */

import { type Dataset, defineDomain, type Domain, type DomainRecipe, type Metric } from '@equilibria/core';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import type { ProgramSet } from '../datasets/program-set.ts';
import { norm } from '../problem/sparse-matrix.ts';
import { programPerturbations } from './perturbations.ts';

/** The paper's metric. */
export const programMetric: Metric<LabelledProgram> = {
  name: '‖x − x*‖ / (‖x*‖ + 1)',
  unit: '1',
  better: 'lower',
  score: ({ x }, answer) => norm(answer.map((value, j) => value - x[j]!)) / (norm(x) + 1),
};

/** What differs from domain to domain. */
export type ProgramDomainRecipe = Omit<DomainRecipe<LabelledProgram>, 'metric' | 'perturbations'> & {
  /** Whether the five perturbations are measured, each by `pairs`; default true. */
  readonly isPerturbed?: boolean;
};

/** A domain of labelled programs with the paper's metric and its five perturbations, of which a program's optimum is no part. */
export function programDomain({ isPerturbed = true, ...recipe }: ProgramDomainRecipe): Domain {
  const perturbations = programPerturbations.map(({ name, perturb }) => ({
    name,
    perturb: (labelled: LabelledProgram, key: Parameters<typeof perturb>[1]) => {
      const { problem, size } = perturb(labelled.lp, key);
      return { problem: { ...labelled, lp: problem }, size };
    },
  }));
  return defineDomain<LabelledProgram>({
    ...recipe,
    metric: programMetric,
    perturbations: isPerturbed ? perturbations : [],
  });
}

/** A set of programs as the data of a domain. */
export function datasetOf({ programs, sha256 }: ProgramSet, name: string): Dataset<LabelledProgram> {
  return { name, split: 'test', sha256, problems: programs };
}
