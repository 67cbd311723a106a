/** Methods that are iterated in the open, or run as a whole, as methods of the benchmark. */

import { setImmediate } from 'node:timers/promises';
import type { Method, Solving } from '@equilibria/core';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import type { Watcher } from '../equilibria/pdhg-trajectory.ts';
import type { Claim, LpMethod, Minimization } from '../problem.ts';
import { loadMethod } from './methods.ts';
import { watchPrograms } from './watched-programs.ts';

/** A method of the benchmark sees programs; their optima are for the metric. */
export type ProgramMethod = Method<Pick<LabelledProgram, 'lp'>>;

/** What answers bare programs, for those of the benchmark. */
export function onPrograms(solving: Solving<Minimization>): Solving<Pick<LabelledProgram, 'lp'>> {
  return {
    ...solving,
    iterate: (problems, evaluations, context) =>
      solving.iterate(
        problems.map(({ lp }) => lp),
        evaluations,
        context,
      ),
  };
}

/** An untrained method that is watched along its evaluations. */
export function watchedMethod(name: string, createWatcher: () => Watcher): ProgramMethod {
  return {
    name,
    kind: 'implicit',
    parameters: 0,
    load: () => Promise.resolve(onPrograms(watchPrograms(createWatcher()))),
  };
}

/**
 * A classical solver, run to its own tolerances; its evaluations are the mean of its own iterations, 0 where it does not count
 * them, and its time holds, of HiGHS, the start of the runtime for each program, some 8 ms. HiGHS's simplex is what the optima
 * come from: where a program has only one, its error is 0 by construction.
 */
export function classicalMethod(name: string): ProgramMethod {
  return {
    name,
    kind: 'classical',
    parameters: 0,
    load: async () => {
      const method = await loadMethod(name);
      return {
        iterate: async (problems, _, { signal }) => {
          const start = performance.now();
          const claims: Claim[] = [];
          for (const { lp } of problems) {
            signal?.throwIfAborted();
            claims.push(await run(method, lp));
            await setImmediate(); // Lets signals and progress through: solving blocks the event loop.
          }
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
