/** Turns a method's claim into an answer that says no more than what was checked. */

import { ShapeError } from '@equilibria/compile';
import { asMinimization } from '../problem/linear-program.ts';
import type { Answer, AnswerStatus, Claim, LinearProgram, Minimization } from '../problem.ts';
import { kktErrors, largestViolation, primalResidual } from './kkt-errors.ts';
import { checkDirection, checkFarkas, hasCrossedSides, type RayCheck } from './rays.ts';

/** What to verify against. */
export type VerifyOptions = {
  /** Bound on the three relative errors of an optimal answer, dimensionless; default 1e-6. */
  readonly tolerance?: number;
  /** Time the method took, copied into the answer; default 0. */
  readonly wallTimeMs?: number;
};

/** A violation of a single row or bound is told from this many times the tolerance on. */
const HIDDEN = 10;

/** What was found out; the fields of the answer that the claim's point and multipliers decide. */
type Finding = Pick<
  Answer,
  'objective' | 'primalResidual' | 'dualResidual' | 'gap' | 'x' | 'y' | 'reducedCosts' | 'ray' | 'rayError'
> & { readonly status: AnswerStatus; readonly message?: string };

/**
 * Recomputes everything that can be checked about a claim, on the original program.
 *
 * - `optimal` is said if and only if the three relative errors of `KktErrors` are within the tolerance,
 *   whatever the method claimed; where a single row or bound is violated by more than ten times the tolerance, relative to its own
 *   side, the message says so;
 * - `infeasible` only if sides cross or the Farkas multipliers hold (`checkFarkas`);
 * - `unbounded` only if the point is feasible within the tolerance and the direction holds (`checkDirection`);
 * - a claim that fails its check is `failed`, with the reason in `message`; limits stay limits.
 *
 * Claims are about the minimisation of the program (`asMinimization`); the answer is in its own sense.
 *
 * @throws {ShapeError} if the arrays of the claim do not fit the program.
 * @throws {RangeError} if the tolerance is not positive.
 */
export function verify(lp: LinearProgram, claim: Claim, options: VerifyOptions = {}): Answer {
  const { tolerance = 1e-6, wallTimeMs = 0 } = options;
  if (!(tolerance > 0)) throw new RangeError(`verify: tolerance must be positive; got ${tolerance}.`);
  checkShapes(lp, claim);
  const finding = find(asMinimization(lp), claim, tolerance);
  const message = [finding.message, claim.message].filter((text) => text !== undefined).join('; ');
  return {
    ...inOwnSense(finding, lp),
    evaluations: claim.evaluations,
    wallTimeMs,
    relaxation: lp.integerColumns.length > 0,
    ...(message === '' ? {} : { message }),
  };
}

function find(lp: Minimization, claim: Claim, tolerance: number): Finding {
  if (claim.claim === 'infeasible') {
    if (hasCrossedSides(lp)) return nothing('infeasible');
    return judge(infeasibility(lp, claim), claim, nothing('infeasible'));
  }
  if (claim.claim === 'unbounded')
    return judge(unboundedness(lp, claim, tolerance), claim, feasiblePoint(lp, claim));
  const { x, y } = claim;
  if (x === undefined || y === undefined) {
    if (claim.claim !== 'optimal') return { ...feasiblePoint(lp, claim), status: claim.claim };
    return {
      ...feasiblePoint(lp, claim),
      status: 'failed',
      message: 'optimality was claimed without multipliers',
    };
  }
  const { primalResidual: primal, dualResidual, gap, ...rest } = kktErrors(lp, x, y);
  const finding = { ...rest, x, primalResidual: primal, dualResidual, gap, ray: null, rayError: null };
  if (![primal, dualResidual, gap, finding.objective].every(Number.isFinite)) {
    return { ...nothing('failed'), message: 'the point is not finite' };
  }
  const worst = Math.max(primal, dualResidual, gap);
  if (worst <= tolerance) return { ...finding, status: 'optimal', ...hiddenViolation(lp, x, tolerance) };
  if (claim.claim !== 'optimal') return { ...finding, status: claim.claim };
  const name = worst === gap ? 'gap' : worst === primal ? 'primal residual' : 'dual residual';
  const message = `optimality was claimed, but the ${name} is ${worst.toExponential(2)}`;
  return { ...finding, status: 'failed', message };
}

/** A warning of a row that the norm of all violations hides behind larger sides. */
function hiddenViolation(
  lp: Minimization,
  x: Float64Array,
  tolerance: number,
): { readonly message?: string } {
  const { name, size } = largestViolation(lp, x);
  if (size <= HIDDEN * tolerance) return {};
  const message = `${name} is off by ${size.toExponential(2)} of 1 + its side, though all together are within the tolerance; a smaller tolerance helps`;
  return { message };
}

function judge(check: RayCheck, claim: Claim, finding: Finding): Finding {
  if (check.holds) return { ...finding, ray: check.ray, rayError: check.error };
  return { ...finding, status: 'failed', message: `${claim.claim} was claimed, but ${check.reason}` };
}

function infeasibility(lp: Minimization, { ray }: Claim): RayCheck {
  return ray === undefined
    ? { holds: false, reason: 'no Farkas multipliers came with it' }
    : checkFarkas(lp, ray);
}

function unboundedness(lp: Minimization, { x, ray }: Claim, tolerance: number): RayCheck {
  if (x === undefined || ray === undefined)
    return { holds: false, reason: 'no point and direction came with it' };
  const residual = primalResidual(lp, x);
  if (!(residual <= tolerance)) {
    return { holds: false, reason: `the point's primal residual is ${residual.toExponential(2)}` };
  }
  return checkDirection(lp, ray);
}

function nothing(status: AnswerStatus): Finding {
  return {
    status,
    objective: null,
    primalResidual: null,
    dualResidual: null,
    gap: null,
    x: null,
    y: null,
    reducedCosts: null,
    ray: null,
    rayError: null,
  };
}

function feasiblePoint(lp: Minimization, { claim, x }: Claim): Finding {
  const residual = x === undefined ? NaN : primalResidual(lp, x);
  if (x === undefined || !Number.isFinite(residual)) return nothing(claim);
  return { ...nothing(claim), x, primalResidual: residual };
}

/** Turns the finding about the minimisation back: derivatives of a maximal objective have the other sign. */
function inOwnSense(finding: Finding, lp: LinearProgram): Finding {
  if (lp.sense === 'minimize') return finding;
  const negated = (values: Float64Array | null): Float64Array | null =>
    values?.map((value) => 0 - value) ?? null;
  return {
    ...finding,
    objective: finding.objective === null ? null : 0 - finding.objective,
    y: negated(finding.y),
    reducedCosts: negated(finding.reducedCosts),
  };
}

function checkShapes(lp: LinearProgram, claim: Claim): void {
  const { rows, columns } = lp.matrix;
  const expected: readonly [string, Float64Array | undefined, number][] = [
    ['x', claim.x, columns],
    ['y', claim.y, rows],
    ['ray', claim.ray, claim.claim === 'infeasible' ? rows : columns],
  ];
  for (const [name, array, length] of expected) {
    if (array !== undefined && array.length !== length) {
      throw new ShapeError(`verify: ${name} must have length ${length}; got ${array.length}.`);
    }
  }
}
