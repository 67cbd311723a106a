/** Restarted, preconditioned PDHG: an LP solved by compiled fixed-point iteration. */

import { compileSolve, type SolveResult } from '@equilibria/core';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { checkDirection, checkFarkas } from '../evaluation/rays.ts';
import type { Claim, LpMethod, MethodOptions, Minimization } from '../problem.ts';
import type { PrimalDual, PrimalWeight, ProgramTensors } from './pdhg-operator.ts';
import { EVALUATIONS_PER_TEST, pdhgProblem, type PdhgState } from './pdhg-problem.ts';
import { type HostPair, type PreparedProgram, prepareProgram, specsOfProgram } from './prepared-program.ts';

/** Evaluations when the caller sets no bound. */
const MOST_EVALUATIONS = 1e8;

/** Verdicts of core that an LP does not need: it has its own errors. */
const OWN_VERDICTS = { stagnation: false, cycling: false, divergence: false } as const;

/** PDHG through core, compiled in float64. */
export const pdhg: LpMethod = { name: 'pdhg', kind: 'implicit', solve: solvePdhg };

async function solvePdhg(lp: Minimization, options: MethodOptions): Promise<Claim> {
  const start = performance.now();
  const { tolerance, maxEvaluations, timeLimitMs, onProgress } = options;
  const budget = Math.min(maxEvaluations, MOST_EVALUATIONS);
  const prepared = prepareProgram(lp);
  const specs = specsOfProgram(prepared);
  const compiled = await compileSolve<PrimalDual, ProgramTensors, PdhgState, PrimalWeight, 'float64'>(
    (program) => pdhgProblem(program, prepared.plans, tolerance),
    { z0: specs.start, context: specs.program },
    // One evaluation is kept for the image of the returned point.
    {
      maxSteps: Math.max(0, Math.floor((budget - 1) / EVALUATIONS_PER_TEST)),
      precision: 'float64',
      ...OWN_VERDICTS,
    },
  );
  try {
    const deadlineMs = Math.max(1, timeLimitMs - (performance.now() - start));
    const result = await compiled.solve(prepared.start, prepared.program, {
      ...(Number.isFinite(deadlineMs) && { deadlineMs }),
      ...(onProgress && {
        onProgress: ({ tests }) => onProgress({ evaluations: tests * EVALUATIONS_PER_TEST }),
      }),
    });
    return claimOf(lp, result, prepared, { tolerance, isLate: performance.now() - start >= timeLimitMs });
  } finally {
    await compiled.dispose();
  }
}

function claimOf(
  lp: Minimization,
  { status, value, image, residuals }: SolveResult<HostPair>,
  { toOriginal }: PreparedProgram,
  { tolerance, isLate }: { readonly tolerance: number; readonly isLate: boolean },
): Claim {
  const evaluations = residuals.length * EVALUATIONS_PER_TEST + 1;
  const verdict = status[0]!;
  const pair = { ...toOriginal(value), evaluations };
  if (verdict === 'budget') return { ...pair, claim: isLate ? 'time-limit' : 'iteration-limit' };
  if (verdict !== 'converged')
    return { ...pair, claim: 'failed', message: `the iteration ended as ${verdict}` };
  const { primalResidual, dualResidual, gap } = kktErrors(lp, pair.x, pair.y);
  if (Math.max(primalResidual, dualResidual, gap) <= tolerance) return { ...pair, claim: 'optimal' };
  const mapped = toOriginal(image);
  const moved = {
    x: pair.x.map((from, j) => mapped.x[j]! - from),
    y: pair.y.map((from, i) => mapped.y[i]! - from),
  };
  if (checkFarkas(lp, moved.y).holds) return { claim: 'infeasible', ray: moved.y, evaluations };
  if (checkDirection(lp, moved.x).holds) return { claim: 'unbounded', x: pair.x, ray: moved.x, evaluations };
  return { ...pair, claim: 'failed', message: 'the iteration stopped on a certificate that rounding undoes' };
}
