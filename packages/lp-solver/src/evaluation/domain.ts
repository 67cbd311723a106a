/** Linear programs as domains of the benchmark. */

import { fold } from '@equilibria/core';
import { collectLabelled } from '../datasets/program-set.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { PROGRAM_FAMILIES, structuredProgram } from '../datasets/structured-programs.ts';
import { watchPicard, watchRestarted } from '../equilibria/pdhg-trajectory.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { classicalMethod, type ProgramMethod, watchedMethod } from './domain-methods.ts';
import { gnnMethod } from './gnn-method.ts';
import { exactLooksMethod, restartedPdhgMethod } from './look-methods.ts';
import { datasetOf, programDomain } from './program-domain.ts';

/** Programs of each domain, and pairs of each perturbation. */
const PROGRAMS = { random: 32, structured: 12 } as const;

/** Iterations after which a graph network has long settled. */
const GNN_EVALUATIONS = 128;

/** What answers programs of any kind: the exact operator, its baseline, and what else needs no training. */
const GENERAL: readonly ProgramMethod[] = [
  exactLooksMethod(0),
  restartedPdhgMethod,
  watchedMethod('pdhg', watchRestarted),
  watchedMethod('pdhg-picard', watchPicard),
  ...['highs', 'highs-ipm', 'highs-pdlp', 'javascript-lp-solver'].map(classicalMethod),
];

/** Random programs of the paper's distribution: its networks, trained, beside iterations that end at the optimum. */
export const lpDomain = programDomain({
  name: 'lp',
  title: "Linear programs of the paper's distribution",
  methods: [
    ...[8, 32].flatMap((embedding) => [
      { ...gnnMethod({ kind: 'implicit-gnn', embedding, seed: 0 }), maxEvaluations: GNN_EVALUATIONS },
      gnnMethod({ kind: 'explicit-gnn', embedding, seed: 0 }),
    ]),
    ...GENERAL,
  ],
  maxEvaluations: 4096,
  pairs: PROGRAMS.random,
  load: async (key) => {
    const draw = (index: number) => asMinimization(randomLinearProgram(fold(key, index)));
    const set = await collectLabelled(draw, { size: PROGRAMS.random });
    return datasetOf(set, "random programs of the paper's distribution, optima by HiGHS's simplex");
  },
});

/** Transport, assignment and blending, by what is meant for programs of any kind. */
export const lpStructuredDomain = programDomain({
  name: 'lp-structured',
  title: 'Transport, assignment and blending programs',
  methods: GENERAL,
  isPerturbed: false,
  maxEvaluations: 4096,
  load: async (key) => {
    const draw = (index: number) =>
      structuredProgram(PROGRAM_FAMILIES[index % PROGRAM_FAMILIES.length]!, fold(key, index));
    const set = await collectLabelled(draw, { size: PROGRAMS.structured });
    return datasetOf(set, "structured programs of 50 to 200 variables, optima by HiGHS's simplex");
  },
});
