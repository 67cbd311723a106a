/** Solves a linear program by a method named, in a process of its own, and verifies the answer. */

import { asMinimization } from '../problem/linear-program.ts';
import { methods, uncountedMethods } from './methods.ts';
import type { Answer, LinearProgram, Progress } from '../problem.ts';
import { runInProcess } from './run-in-process.ts';
import { hasCrossedSides } from './rays.ts';
import { verify } from './verify.ts';

/** Below this, relative errors are rounding: 50 times the unit of float64 are not reached by sums of many terms. */
export const LEAST_TOLERANCE = 1e-14;

/** How to solve. */
export type SolveLinearProgramOptions = {
  /** A name of `methods`; default `highs`. */
  readonly method?: string;
  /** Bound on the three relative errors of `Answer`, in [1e-14, 1), dimensionless; default 1e-6. */
  readonly tolerance?: number;
  /** Bound on the evaluations of an implicit method, the iterations of a classical one that counts them; default none. */
  readonly maxEvaluations?: number;
  /** Time after which the method is stopped; default none. */
  readonly timeLimitMs?: number;
  /** Called while methods run that report where they stand. */
  readonly onProgress?: (progress: Progress) => void;
};

/**
 * Solves `lp` in a child process and verifies what the method claims on the original program.
 *
 * @returns the verified answer, in the program's own sense; failure is a status.
 * @throws {RangeError} if there is no such method, a number is out of its range, or evaluations are bounded of a method that does
 *   not count them.
 */
export async function solveLinearProgram(
  lp: LinearProgram,
  options: SolveLinearProgramOptions = {},
): Promise<Answer> {
  const {
    method = 'highs',
    tolerance = 1e-6,
    maxEvaluations = Infinity,
    timeLimitMs = Infinity,
    onProgress,
  } = options;
  if (!Object.hasOwn(methods, method)) {
    const names = Object.keys(methods).join(', ');
    throw new RangeError(`solveLinearProgram: the method must be one of ${names}; got ${method}.`);
  }
  for (const [name, value] of Object.entries({ maxEvaluations, timeLimitMs })) {
    if (!(value > 0)) throw new RangeError(`solveLinearProgram: ${name} must be positive; got ${value}.`);
  }
  if (!(tolerance >= LEAST_TOLERANCE && tolerance < 1)) {
    throw new RangeError(
      `solveLinearProgram: tolerance must lie in [${LEAST_TOLERANCE}, 1): every point is within 1, ` +
        `and float64 rounds; got ${tolerance}.`,
    );
  }
  if (Number.isFinite(maxEvaluations) && uncountedMethods.includes(method)) {
    throw new RangeError(
      `solveLinearProgram: maxEvaluations needs a method that counts; got ${method}. Give timeLimitMs instead.`,
    );
  }
  const minimization = asMinimization(lp);
  // A lower side above its upper one needs no method, and most methods do not look.
  if (hasCrossedSides(minimization)) {
    return verify(
      lp,
      { claim: 'infeasible', evaluations: 0, message: 'a lower side is above its upper one' },
      { tolerance },
    );
  }
  const { claim, wallTimeMs } = await runInProcess(
    { lp: minimization, method, options: { tolerance, maxEvaluations, timeLimitMs } },
    onProgress === undefined ? {} : { onProgress },
  );
  return verify(lp, claim, { tolerance, wallTimeMs });
}
