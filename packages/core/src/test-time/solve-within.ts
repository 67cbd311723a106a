/** A solve that may cost so much and no more. */
import type { TensorTree } from '@equilibria/compile';
import { budget } from '../solvers/budget.ts';
import type { FixedPointMap, Solver } from '../solvers/contract.ts';
import type { SolveResult } from '../solvers/result.ts';
import { solve, type SolveOptions } from '../solvers/solve.ts';
import { residualBelow, type Tolerance } from '../solvers/stop-rule.ts';

/** What a solve may cost, and when it is good enough; at least one must be given. */
export type Within = {
  /** Evaluations of `f` a sample, the one at the returned point included; at least 1. */
  readonly evaluations?: number;
  /** Milliseconds of the whole solve, above 0; looked at between chunks of tests. */
  readonly milliseconds?: number;
  /** When to stop before: the residual in the units of `z`, or a {@link Tolerance}. Default: as {@link residualBelow}`()`. */
  readonly tolerance?: number | Tolerance;
};

/** Options of {@link solveWithin}: its limits, and those of {@link solve} that they do not decide. */
export type SolveWithinOptions<Z extends TensorTree> = Within &
  Omit<SolveOptions<Z>, 'maxSteps' | 'deadlineMs' | 'stop'>;

/**
 * {@link solve}, for as long as the answer may cost: whichever limit is reached first ends it. Samples that run out of evaluations
 * or time end as `budget`, where their solver has got to.
 *
 * With a tolerance alone nothing bounds the steps but the verdicts: leave `stagnation` on, which ends every solve that no longer
 * improves. Evaluations are kept exactly, milliseconds roughly.
 *
 * @param f - the map; see {@link FixedPointMap}.
 * @param z0 - the start. Borrowed.
 * @returns the result of {@link solve}.
 * @throws {RangeError} if no limit is given or one is out of its range; what {@link solve} throws.
 * @example
 * const { status } = await solveWithin((z) => tf.add(tf.mul(z, 0.5), 1), tf.zeros([1, 1]), picard(), { evaluations: 5 });
 * status; // => ['budget']
 */
export async function solveWithin<Z extends TensorTree, C = undefined>(
  f: FixedPointMap<Z, C>,
  z0: Z,
  solver: Solver<Z, TensorTree, C>,
  options: SolveWithinOptions<Z>,
): Promise<SolveResult<Z>> {
  const { evaluations, milliseconds, tolerance, ...rest } = options;
  if (evaluations === undefined && milliseconds === undefined && tolerance === undefined) {
    throw new RangeError(
      'solveWithin: evaluations, milliseconds or a tolerance must be given; got none of them.',
    );
  }
  const { checkEvery } = rest;
  const limits = budget({
    ...(evaluations !== undefined && { evaluations, per: solver }),
    // A bound that is none: the verdicts end the solve.
    milliseconds: milliseconds ?? Infinity,
    ...(checkEvery !== undefined && { checkEvery }),
  });
  const stop = residualBelow<Z>(
    typeof tolerance === 'number' ? { absolute: tolerance, relative: 0 } : (tolerance ?? {}),
  );
  return await solve(f, z0, solver, { ...rest, ...limits, stop });
}
