/** A watcher of single programs as a method of core's studies. */

import type { Snapshot, Solving } from '@equilibria/core';
import type { Sight, Watcher } from '../equilibria/pdhg-trajectory.ts';
import type { Minimization } from '../problem.ts';

/** Answers programs one after the other; times are added up. It owns the watcher. */
export function watchPrograms(watcher: Watcher): Required<Solving<Minimization>> {
  return {
    iterate: async (programs, evaluations, { signal }) => {
      const seen: (readonly Sight[])[] = [];
      for (const lp of programs) {
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
  };
}
