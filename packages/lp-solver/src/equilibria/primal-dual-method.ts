/** Methods of primal–dual iterations: compiled to one graph, stopped by errors and certificates, answers checked. */

import { type HostArray, mapTree, spec, type TensorSpec } from '@equilibria/compile';
import {
  compileSolve,
  type HostTree,
  type SolveProblem,
  type SolveResult,
  type TensorTree,
} from '@equilibria/core';
import { kktErrors, primalResidual } from '../evaluation/kkt-errors.ts';
import { checkDirection, checkFarkas } from '../evaluation/rays.ts';
import type { Claim, LpMethod, MethodOptions, Minimization } from '../problem.ts';
import type { AnswerTolerances } from './answer-rule.ts';
import type { ProductPlans } from './pdhg-operator.ts';
import { polishRay } from './polish-ray.ts';
import { type HostPair, type PreparedProgram, prepareProgram, specsOfProgram } from './prepared-program.ts';
import type { PrimalDual } from './primal-dual-step.ts';

/** Evaluations when the caller sets no bound. */
const MOST_EVALUATIONS = 1e8;

/** Verdicts of core that an LP does not need: it has its own errors. */
const OWN_VERDICTS = { stagnation: false, cycling: false, divergence: false } as const;

/**
 * Relative errors at which the graph takes a movement for a certificate, one after the other: where one does not hold on the
 * original program, the iteration goes on with the next. At 0 it looks for an optimum only.
 */
const RAY_ERRORS = [5e-9, 5e-11, 5e-13, 0];

/** A primal–dual iteration: what is solved in a program of context `X` by a solver of state `S` and control `C`. */
export type PrimalDualIteration<X extends TensorTree, S extends TensorTree, C> = {
  readonly name: string;
  /** Between two tests; they come in one piece, so that a smaller bound on the evaluations lets none begin. */
  readonly evaluationsPerTest: number;
  /** What the compiled solve is given of a program, float64. */
  contextOf(prepared: PreparedProgram): HostTree<X>;
  problemOf(context: X, plans: ProductPlans, tolerances: AnswerTolerances): SolveProblem<PrimalDual, S, C>;
};

/** The iteration through core, compiled in float64. An evaluation is a product with `A` and one with `Aᵀ`. */
export function primalDualMethod<X extends TensorTree, S extends TensorTree, C>(
  iteration: PrimalDualIteration<X, S, C>,
): LpMethod {
  // The driver does not look into contexts, states and controls.
  const any = iteration as unknown as AnyIteration;
  return { name: iteration.name, kind: 'implicit', solve: (lp, options) => solveBy(any, lp, options) };
}

type AnyIteration = PrimalDualIteration<TensorTree, TensorTree, TensorTree>;

/** What is left to a run, and where it begins. */
type Run = MethodOptions & { readonly z0: HostPair; readonly rayError: number };

/** Every evaluation is counted here. */
type CountedClaim = Claim & { readonly evaluations: number };

/** A claim, or the point from which to go on. */
type Outcome = { readonly claim: CountedClaim } | { readonly goOn: HostPair; readonly evaluations: number };

async function solveBy(
  iteration: AnyIteration,
  lp: Minimization,
  options: MethodOptions,
): Promise<CountedClaim> {
  const start = performance.now();
  const prepared = prepareProgram(lp);
  let z0 = prepared.start;
  let evaluations = 0;
  for (const rayError of RAY_ERRORS) {
    const outcome = await run(
      iteration,
      { lp, prepared },
      { ...rest(options, start, evaluations), z0, rayError },
    );
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

/** A program, and as it was prepared. */
type Given = { readonly lp: Minimization; readonly prepared: PreparedProgram };

async function run(iteration: AnyIteration, { lp, prepared }: Given, options: Run): Promise<Outcome> {
  const start = performance.now();
  const { tolerance, maxEvaluations, timeLimitMs, onProgress, z0, rayError } = options;
  const { evaluationsPerTest } = iteration;
  // One evaluation is kept for the image of the returned point.
  const maxSteps = Math.floor((Math.min(maxEvaluations, MOST_EVALUATIONS) - 1) / evaluationsPerTest);
  if (maxSteps < 1) {
    const point = z0 === prepared.start ? {} : prepared.toOriginal(z0);
    return { claim: { ...tooFew(iteration, maxEvaluations), ...point } };
  }
  const context = iteration.contextOf(prepared);
  const compiled = await compileSolve<PrimalDual, TensorTree, TensorTree, TensorTree, 'float64'>(
    (given) => iteration.problemOf(given, prepared.plans, { tolerance, rayError }),
    {
      z0: specsOfProgram(prepared).start,
      context: mapTree<HostArray, TensorSpec>(context, ({ shape }) => spec(shape)),
    },
    { maxSteps, precision: 'float64', watched: true, ...OWN_VERDICTS },
  );
  try {
    const deadlineMs = Math.max(1, timeLimitMs - (performance.now() - start));
    const result = await compiled.solve(z0, context, {
      ...(Number.isFinite(deadlineMs) && { deadlineMs }),
      ...(onProgress && {
        onProgress: ({ tests, residual }) =>
          onProgress({ evaluations: tests * evaluationsPerTest, residual }),
      }),
    });
    const isLate = performance.now() - start >= timeLimitMs;
    return await outcomeOf(iteration, { lp, prepared }, result, {
      ...rest(options, start, evaluationsOf(iteration, result)),
      isLate,
      rayError,
    });
  } finally {
    await compiled.dispose();
  }
}

function tooFew({ name, evaluationsPerTest }: AnyIteration, maxEvaluations: number): CountedClaim {
  const message =
    `${name} runs in epochs of ${evaluationsPerTest} evaluations; ${maxEvaluations} are too few, ` +
    `${evaluationsPerTest + 1} let one run`;
  return { claim: 'iteration-limit', evaluations: 0, message };
}

function evaluationsOf({ evaluationsPerTest }: AnyIteration, { residuals }: SolveResult<HostPair>): number {
  return residuals.length * evaluationsPerTest + 1;
}

async function outcomeOf(
  iteration: AnyIteration,
  { lp, prepared: { toOriginal } }: Given,
  result: SolveResult<HostPair>,
  left: MethodOptions & { readonly isLate: boolean; readonly rayError: number },
): Promise<Outcome> {
  const evaluations = evaluationsOf(iteration, result);
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
    const found = await feasiblePoint(iteration, { lp, x: pair.x }, left);
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
  iteration: AnyIteration,
  { lp, x }: { readonly lp: Minimization; readonly x: Float64Array },
  options: MethodOptions,
): Promise<CountedClaim> {
  if (primalResidual(lp, x) <= options.tolerance) return { claim: 'optimal', x, evaluations: 0 };
  return solveBy(
    iteration,
    { ...lp, objective: new Float64Array(lp.matrix.columns), objectiveConstant: 0 },
    options,
  );
}
