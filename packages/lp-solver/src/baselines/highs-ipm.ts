/** The baseline `highs-ipm`: HiGHS's interior-point solver. */

import type { LpMethod } from '../problem.ts';
import { highsLimit, highsTolerance, runHighs } from './run-highs.ts';

/**
 * HiGHS's interior-point method IPX with presolve and crossover, its defaults. An evaluation is an
 * interior-point iteration; those of the crossover are not counted.
 *
 * @see Schork & Gondzio, Implementation of an interior point method with basis preconditioning,
 * Math. Prog. Comp. 12 (2020).
 */
export const highsIpm: LpMethod = {
  name: 'highs-ipm',
  kind: 'classical',
  solve: (lp, options) =>
    runHighs(
      lp,
      {
        options: ({ tolerance, maxEvaluations }) => ({
          solver: 'ipm',
          ipm_optimality_tolerance: Math.min(1e-8, highsTolerance(tolerance)),
          ipm_iteration_limit: highsLimit(maxEvaluations),
        }),
        iterations: 'ipm_iteration_count',
      },
      options,
    ),
};
