/** The baseline `highs-pdlp`: the PDLP solver inside HiGHS. */

import { kktErrors } from '../evaluation/kkt-errors.ts';
import type { Claim, LpMethod, MethodOptions, Minimization } from '../problem.ts';
import { highsLimit, highsTolerance, type HighsSolver, runHighs } from './run-highs.ts';

/** HiGHS's PDLP without crossover: the answer is the first-order method's own. */
const PDLP: HighsSolver = {
  options: ({ tolerance, maxEvaluations }) => ({
    solver: 'pdlp',
    run_crossover: 'off',
    kkt_tolerance: highsTolerance(tolerance),
    pdlp_optimality_tolerance: highsTolerance(tolerance),
    pdlp_iteration_limit: highsLimit(maxEvaluations),
  }),
  iterations: 'pdlp_iteration_count',
};

/** HiGHS measures the presolved program, we the original one; its tolerance is cut to these parts if need be. */
const PARTS = [1, 0.1, 0.01];

/**
 * HiGHS's PDLP (cuPDLP-C on the CPU) with presolve. An evaluation is one of its iterations.
 *
 * It stops by the relative errors of the presolved program. Where those of the original one are then still
 * above the tolerance, it runs again with a tenth, then a hundredth of it; all runs count.
 *
 * @see Lu & Yang, cuPDLP-C: a strengthened implementation of cuPDLP for linear programming by C language,
 * arXiv:2312.14832 (2023).
 */
export const highsPdlp: LpMethod = { name: 'highs-pdlp', kind: 'classical', solve: solveByPdlp };

async function solveByPdlp(lp: Minimization, options: MethodOptions): Promise<Claim> {
  const start = performance.now();
  let evaluations = 0;
  let claim: Claim = { claim: 'failed', evaluations };
  for (const part of PARTS) {
    claim = await runHighs(lp, PDLP, {
      ...options,
      tolerance: part * options.tolerance,
      maxEvaluations: options.maxEvaluations - evaluations,
      timeLimitMs: options.timeLimitMs - (performance.now() - start),
    });
    evaluations += claim.evaluations ?? 0;
    const isLimit = claim.claim === 'time-limit' || claim.claim === 'iteration-limit';
    if (isLimit || claim.ray !== undefined || isWithin(lp, claim, options.tolerance)) break;
    if (evaluations >= options.maxEvaluations || performance.now() - start >= options.timeLimitMs) break;
  }
  return { ...claim, evaluations };
}

function isWithin(lp: Minimization, { x, y }: Claim, tolerance: number): boolean {
  if (x === undefined || y === undefined) return true;
  const { primalResidual, dualResidual, gap } = kktErrors(lp, x, y);
  return Math.max(primalResidual, dualResidual, gap) <= tolerance;
}
