/** One problem, solved by each solver, compiled. */
import {
  budget,
  compileSolve,
  specsOf,
  type CompiledSolve,
  type SolveResult,
  type Verdict,
} from '@equilibria/core';
import { measureAlternating, type Timing } from '../measure.ts';
import type { Problem, State } from './problems.ts';
import { COMPARED } from './solvers.ts';

/** How a solver did on a problem. */
export type SolverRow = Timing & {
  readonly problem: string;
  readonly solver: string;
  readonly batch: number;
  /** How many samples ended as what; those that none did are left out. */
  readonly status: Readonly<Partial<Record<Verdict, number>>>;
  /** The largest and the mean of the samples. */
  readonly evaluations: { readonly largest: number; readonly mean: number };
  /** The largest of the samples. */
  readonly residual: number;
};

/**
 * Solves the problem by each solver within so many evaluations a sample, and times the compiled solves in turn.
 *
 * @param options.rounds - timed solves of each solver.
 */
export async function compareSolvers(
  { name, z0, context, map, stop }: Problem,
  { solvers, evaluations, rounds }: CompareOptions,
): Promise<SolverRow[]> {
  const compiled = new Map<string, CompiledSolve<State, State, 'float32'>>();
  try {
    const results = new Map<string, SolveResult<State>>();
    for (const solver of solvers) {
      const own = COMPARED[solver]!();
      const solve = await compileSolve(
        (at: State) => ({ f: map(at), solver: own, stop }),
        { z0: specsOf(z0), context: specsOf(context) },
        budget({ evaluations, per: own }),
      );
      compiled.set(solver, solve);
      results.set(solver, await solve.solve(z0, context));
    }
    const runs = Object.fromEntries(
      [...compiled].map(([solver, own]) => [solver, async () => void (await own.solve(z0, context))]),
    );
    const timings = await measureAlternating(runs, { rounds });
    return solvers.map((solver) => ({
      problem: name,
      solver,
      ...factsOf(results.get(solver)!),
      ...timings[solver]!,
    }));
  } finally {
    for (const owned of compiled.values()) await owned.dispose();
  }
}

export type CompareOptions = {
  readonly solvers: readonly string[];
  readonly evaluations: number;
  readonly rounds: number;
};

function factsOf(
  result: SolveResult<State>,
): Pick<SolverRow, 'batch' | 'status' | 'evaluations' | 'residual'> {
  const status: Partial<Record<Verdict, number>> = {};
  for (const verdict of result.status) status[verdict] = (status[verdict] ?? 0) + 1;
  const evaluations = Array.from(result.evaluations);
  return {
    batch: evaluations.length,
    status,
    evaluations: {
      largest: Math.max(...evaluations),
      mean: evaluations.reduce((sum, count) => sum + count, 0) / evaluations.length,
    },
    residual: Math.max(...result.residual),
  };
}
