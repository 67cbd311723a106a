/** Linear programs as a domain of the benchmark. */

import { createHash } from 'node:crypto';
import { defineDomain, type Dataset, fold, type Key, type Method, type Snapshot } from '@equilibria/core';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { type Sight, watchPicard, watchRestarted, type Watcher } from '../equilibria/pdhg-trajectory.ts';
import type { Claim, LpMethod, Minimization } from '../problem.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { multiply, norm } from '../problem/sparse-matrix.ts';
import { kktErrors, largestSides } from './kkt-errors.ts';
import { loadMethod } from './methods.ts';
import { programPerturbations } from './perturbations.ts';

/** A program and its only optimal point, float64 `[columns]`, which is never shown to a method. */
type SolvedProgram = { readonly lp: Minimization; readonly optimum: Float64Array };

/** Programs in the data set: shipped ones, filled up with random ones. */
const PROGRAMS = 28;
/** A multiplier below this counts as zero: the optimum may then not be the only one. */
const ZERO_MULTIPLIER = 1e-7;

/** Small linear programs, by compiled PDHG, by HiGHS and by javascript-lp-solver. */
export const lpDomain = defineDomain<SolvedProgram>({
  name: 'lp',
  title: 'Small linear programs by primal–dual fixed-point iteration',
  metric: {
    name: '‖x − x*‖ / (‖x*‖ + 1)',
    unit: '1',
    better: 'lower',
    score: ({ optimum }, x) => norm(x.map((value, j) => value - optimum[j]!)) / (norm(optimum) + 1),
  },
  methods: [
    implicit('pdhg', watchRestarted),
    implicit('pdhg-picard', watchPicard),
    classical('highs'),
    classical('highs-ipm'),
    classical('highs-pdlp'),
    classical('javascript-lp-solver'),
  ],
  perturbations: programPerturbations.map(({ name, perturb }) => ({
    name,
    perturb: ({ lp, optimum }, key) => {
      const { problem, size } = perturb(lp, key);
      return { problem: { lp: problem, optimum }, size };
    },
  })),
  maxEvaluations: 4096,
  pairs: PROGRAMS,
  load: loadPrograms,
});

function implicit(name: string, createWatcher: () => Watcher): Method<SolvedProgram> {
  return {
    name,
    kind: 'implicit',
    parameters: 0,
    load: () => {
      const watcher = createWatcher();
      return Promise.resolve({
        iterate: async (problems, evaluations, { signal }) => {
          const seen: (readonly Sight[])[] = [];
          for (const { lp } of problems) {
            signal?.throwIfAborted();
            seen.push(await watcher.watch(lp, evaluations));
          }
          return evaluations.map((count, t): Snapshot => {
            const sights = seen.map((of) => of[t]!);
            return {
              evaluations: count,
              answers: sights.map(({ x }) => x),
              residuals: Float64Array.from(sights, ({ residual }) => residual),
              wallTimeMs: sights.reduce((sum, { wallTimeMs }) => sum + wallTimeMs, 0),
            };
          });
        },
        dispose: () => watcher.dispose(),
      });
    },
  };
}

/**
 * A classical solver, run to its own tolerances; its evaluations are the mean of its own iterations, 0 where it does not count
 * them, and its time holds, of HiGHS, the start of the runtime for each program, some 8 ms. HiGHS's simplex is what the optima
 * come from: its error is 0 by construction.
 */
function classical(name: string): Method<SolvedProgram> {
  return {
    name,
    kind: 'classical',
    parameters: 0,
    load: async () => {
      const method = await loadMethod(name);
      return {
        iterate: async (problems) => {
          const start = performance.now();
          const claims: Claim[] = [];
          for (const { lp } of problems) claims.push(await run(method, lp));
          const total = claims.reduce((sum, { evaluations }) => sum + (evaluations ?? 0), 0);
          const failed = (lp: Minimization) => new Float64Array(lp.matrix.columns).fill(NaN);
          return [
            {
              evaluations: Math.round(total / problems.length),
              answers: claims.map(({ claim, x }, i) =>
                claim === 'optimal' && x !== undefined ? x : failed(problems[i]!.lp),
              ),
              residuals: null,
              wallTimeMs: performance.now() - start,
            },
          ];
        },
      };
    },
  };
}

function run(method: LpMethod, lp: Minimization): Promise<Claim> {
  return method.solve(lp, { tolerance: 1e-8, maxEvaluations: Infinity, timeLimitMs: 10_000 });
}

async function loadPrograms(key: Key): Promise<Dataset<SolvedProgram>> {
  const highs = await loadMethod('highs');
  const problems: SolvedProgram[] = [];
  const keep = async (lp: Minimization): Promise<void> => {
    const claim = await run(highs, lp);
    if (claim.claim === 'optimal' && hasOneOptimum(lp, claim)) problems.push({ lp, optimum: claim.x! });
  };
  for (const lp of shippedLinearPrograms.map((shipped) => asMinimization(shipped.lp)).filter(isForAll))
    await keep(lp);
  const shipped = problems.length;
  for (let i = 0; problems.length < PROGRAMS; i++)
    await keep(asMinimization(randomLinearProgram(fold(key, i))));
  return {
    name: `${shipped} shipped programs and ${PROGRAMS - shipped} random ones of the paper's distribution, with one optimum each, found by HiGHS's simplex`,
    split: 'test',
    sha256: digest(problems),
    problems,
  };
}

/**
 * Whether every part of the program can be changed. Where all sides are 0, the start of PDHG's weight jumps (docs/lp-solver.md): that
 * would be all there is to see.
 */
function isForAll(lp: Minimization): boolean {
  return norm(largestSides(lp)) > 0 && programPerturbations.every(({ isPossible }) => isPossible(lp));
}

/** A basic optimum whose active bounds and sides all have a price is the only one. */
function hasOneOptimum(lp: Minimization, { x, y }: Claim): boolean {
  if (x === undefined || y === undefined) return false;
  const isPriced = (value: number): boolean => Math.abs(value) > ZERO_MULTIPLIER;
  const activity = multiply(lp.matrix, x);
  const { reducedCosts } = kktErrors(lp, x, y);
  return (
    x.every((value, j) => !touches(value, lp.lower[j]!, lp.upper[j]!) || isPriced(reducedCosts[j]!)) &&
    activity.every(
      (value, i) =>
        lp.rowLower[i] === lp.rowUpper[i] ||
        !touches(value, lp.rowLower[i]!, lp.rowUpper[i]!) ||
        isPriced(y[i]!),
    )
  );
}

function touches(value: number, low: number, high: number): boolean {
  const slack = Math.min(value - low, high - value);
  return slack <= 1e-9 * Math.max(1, Math.abs(value));
}

function digest(problems: readonly SolvedProgram[]): string {
  const hash = createHash('sha256');
  for (const { lp } of problems) {
    const { starts, indices, values } = lp.matrix;
    const { objective, rowLower, rowUpper, lower, upper } = lp;
    for (const array of [starts, indices, values, objective, rowLower, rowUpper, lower, upper])
      hash.update(array);
  }
  return hash.digest('hex');
}
