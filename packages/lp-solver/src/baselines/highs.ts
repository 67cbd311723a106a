/** The baseline `highs`: HiGHS's dual simplex. */

import type { LpMethod } from '../problem.ts';
import { highsLimit, type HighsSolver, highsTolerance, runHighs } from './run-highs.ts';

/**
 * HiGHS's simplex. Its tolerances are absolute; the smaller of its default, 1e-7, and the tolerance asked for is used.
 */
export const simplex: HighsSolver = {
  options: ({ tolerance, maxEvaluations }) => ({
    solver: 'simplex',
    primal_feasibility_tolerance: Math.min(1e-7, highsTolerance(tolerance)),
    dual_feasibility_tolerance: Math.min(1e-7, highsTolerance(tolerance)),
    simplex_iteration_limit: highsLimit(maxEvaluations),
  }),
  iterations: 'simplex_iteration_count',
};

/**
 * HiGHS's dual simplex with presolve ({@link simplex}). An evaluation is a simplex iteration.
 *
 * @see Huangfu & Hall, Parallelizing the dual revised simplex method, Math. Prog. Comp. 10 (2018).
 */
export const highs: LpMethod = {
  name: 'highs',
  kind: 'classical',
  solve: (lp, options) => runHighs(lp, simplex, options),
};
