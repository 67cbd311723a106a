/** The method `pdhg`: restarted, preconditioned primal–dual hybrid gradient, compiled to one graph. */

import { compileSolve, type SolveResult } from '@equilibria/core';
import { kktErrors, primalResidual } from '../evaluation/kkt-errors.ts';
import { checkDirection, checkFarkas } from '../evaluation/rays.ts';
import type { Claim, LpMethod, MethodOptions, Minimization } from '../problem.ts';
import type { PrimalDual, PrimalWeight, ProgramTensors } from './pdhg-operator.ts';
import { EVALUATIONS_PER_TEST, pdhgProblem, type PdhgState } from './pdhg-problem.ts';
import { polishRay } from './polish-ray.ts';
import { type HostPair, type PreparedProgram, prepareProgram, specsOfProgram } from './prepared-program.ts';

/** Evaluations when the caller sets no bound. */
const MOST_EVALUATIONS = 1e8;

/** Verdicts of core that an LP does not need: it has its own errors. */
const OWN_VERDICTS = { stagnation: false, cycling: false, divergence: false } as const;

/**
 * Relative errors at which the graph takes a movement for a certificate, one after the other: where one does not hold on the
 * original program, the iteration goes on with the next. At 0 it looks for an optimum only.
 */
const RAY_ERRORS = [5e-9, 5e-11, 5e-13, 0];

/**
 * PDHG through core, compiled in float64. An evaluation is a product with `A` and one with `Aᵀ`; they come in epochs of
 * `EVALUATIONS_PER_TEST`, so a smaller bound on the evaluations lets none begin.
 */
export const pdhg: LpMethod = { name: 'pdhg', kind: 'implicit', solve: solvePdhg };

/** What is left to a run, and where it begins. */
type Run = MethodOptions & { readonly z0: HostPair; readonly rayError: number };

/** Every evaluation is counted here. */
type CountedClaim = Claim & { readonly evaluations: number };

/** A claim, or the point from which to go on. */
type Outcome = { readonly claim: CountedClaim } | { readonly goOn: HostPair; readonly evaluations: number };

async function solvePdhg(lp: Minimization, options: MethodOptions): Promise<CountedClaim> {
  const start = performance.now();
  const prepared = prepareProgram(lp);
  let z0 = prepared.start;
  let evaluations = 0;
  for (const rayError of RAY_ERRORS) {
    const outcome = await run(lp, prepared, { ...rest(options, start, evaluations), z0, rayError });
    if ('claim' in outcome) return { ...outcome.claim, evaluations: evaluations + outcome.claim.evaluations };
    evaluations += outcome.evaluations;
    z0 = outcome.goOn;
  }
  return { claim: 'failed', evaluations, message: 'the iteration stopped without a reason' };
}

/** The same options with what is left of time and evaluations; progress counts on. */
function rest(options: MethodOptions, startMs: number, evaluations: number): MethodOptions {
  const { onProgress } = options;
  return {
    ...options,
    maxEvaluations: options.maxEvaluations - evaluations,
    timeLimitMs: options.timeLimitMs - (performance.now() - startMs),
    ...(onProgress && {
      onProgress: (progress) => onProgress({ ...progress, evaluations: evaluations + progress.evaluations }),
    }),
  };
}

async function run(lp: Minimization, prepared: PreparedProgram, options: Run): Promise<Outcome> {
  const start = performance.now();
  const { tolerance, maxEvaluations, timeLimitMs, onProgress, z0, rayError } = options;
  // One evaluation is kept for the image of the returned point.
  const maxSteps = Math.floor((Math.min(maxEvaluations, MOST_EVALUATIONS) - 1) / EVALUATIONS_PER_TEST);
  if (maxSteps < 1) {
    const point = z0 === prepared.start ? {} : prepared.toOriginal(z0);
    return { claim: { ...tooFew(maxEvaluations), ...point } };
  }
  const specs = specsOfProgram(prepared);
  const compiled = await compileSolve<PrimalDual, ProgramTensors, PdhgState, PrimalWeight, 'float64'>(
    (program) => pdhgProblem(program, prepared.plans, { tolerance, rayError }),
    { z0: specs.start, context: specs.program },
    { maxSteps, precision: 'float64', watched: true, ...OWN_VERDICTS },
  );
  try {
    const deadlineMs = Math.max(1, timeLimitMs - (performance.now() - start));
    const result = await compiled.solve(z0, prepared.program, {
      ...(Number.isFinite(deadlineMs) && { deadlineMs }),
      ...(onProgress && {
        onProgress: ({ tests, residual }) =>
          onProgress({ evaluations: tests * EVALUATIONS_PER_TEST, residual }),
      }),
    });
    const isLate = performance.now() - start >= timeLimitMs;
    return await outcomeOf(lp, result, prepared, {
      ...rest(options, start, evaluationsOf(result)),
      isLate,
      rayError,
    });
  } finally {
    await compiled.dispose();
  }
}

function tooFew(maxEvaluations: number): CountedClaim {
  const least = EVALUATIONS_PER_TEST + 1;
  const message = `pdhg runs in epochs of ${EVALUATIONS_PER_TEST} evaluations; ${maxEvaluations} are too few, ${least} let one run`;
  return { claim: 'iteration-limit', evaluations: 0, message };
}

function evaluationsOf({ residuals }: SolveResult<HostPair>): number {
  return residuals.length * EVALUATIONS_PER_TEST + 1;
}

async function outcomeOf(
  lp: Minimization,
  result: SolveResult<HostPair>,
  { toOriginal }: PreparedProgram,
  left: MethodOptions & { readonly isLate: boolean; readonly rayError: number },
): Promise<Outcome> {
  const evaluations = evaluationsOf(result);
  const verdict = result.status[0]!;
  const pair = { ...toOriginal(result.value), evaluations };
  if (verdict === 'budget')
    return { claim: { ...pair, claim: left.isLate ? 'time-limit' : 'iteration-limit' } };
  if (verdict !== 'converged') {
    return { claim: { ...pair, claim: 'failed', message: `the iteration ended as ${verdict}` } };
  }
  const { primalResidual: primal, dualResidual, gap } = kktErrors(lp, pair.x, pair.y);
  if (Math.max(primal, dualResidual, gap) <= left.tolerance) return { claim: { ...pair, claim: 'optimal' } };
  const mapped = toOriginal(result.image);
  const direction = pair.x.map((from, j) => mapped.x[j]! - from);
  const multipliers = polishRay(
    lp,
    pair.y.map((from, i) => mapped.y[i]! - from),
  );
  if (checkFarkas(lp, multipliers).holds) {
    return { claim: { claim: 'infeasible', ray: multipliers, evaluations } };
  }
  if (checkDirection(lp, direction).holds) {
    const found = await feasiblePoint(lp, pair.x, left);
    const total = evaluations + found.evaluations;
    const claim: CountedClaim =
      found.claim === 'optimal'
        ? { claim: 'unbounded', x: found.x!, ray: direction, evaluations: total }
        : { ...found, evaluations: total };
    return { claim };
  }
  if (left.rayError === 0) {
    const sizes = [primal, dualResidual, gap].map((error) => error.toExponential(1)).join(', ');
    const message = `the iteration stopped, but rounding undoes it: errors ${sizes} on the original program`;
    return { claim: { ...pair, claim: 'failed', message } };
  }
  return { goOn: result.value, evaluations };
}

/** Along an unbounded direction the iterate runs away, so its own point may never be feasible: another run looks for one. */
async function feasiblePoint(
  lp: Minimization,
  x: Float64Array,
  options: MethodOptions,
): Promise<CountedClaim> {
  if (primalResidual(lp, x) <= options.tolerance) return { claim: 'optimal', x, evaluations: 0 };
  return solvePdhg({ ...lp, objective: new Float64Array(lp.matrix.columns), objectiveConstant: 0 }, options);
}
