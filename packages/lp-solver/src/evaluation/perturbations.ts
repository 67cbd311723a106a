/** Small changes of a linear program, one for each part of it. */

import { type Disturbed, type Key, normal } from '@equilibria/core';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';

/** Norm of every change, as in the paper. */
export const CHANGE_NORM = 1e-4;

/** A change of one part of a program: a `Perturbation` of core. */
export type ProgramPerturbation = {
  readonly name: string;
  /** @throws {RangeError} where nothing can move. */
  readonly perturb: (lp: Minimization, key: Key) => Disturbed<Minimization>;
};

/** A part of a program as a vector, and the program with a change of it added. */
type Part = {
  readonly name: string;
  /** An entry that is not finite stays as it is. */
  readonly of: (lp: Minimization) => Float64Array;
  readonly add: (lp: Minimization, change: Float64Array) => Minimization;
};

const parts: readonly Part[] = [
  {
    name: 'coefficients A',
    of: ({ matrix }) => matrix.values,
    // Indices are shared: what is compiled for a pattern serves the changed program, too.
    add: (lp, change) => ({ ...lp, matrix: { ...lp.matrix, values: sum(lp.matrix.values, change) } }),
  },
  {
    name: 'sides b',
    of: ({ rowLower, rowUpper }) => rowUpper.map((high, i) => (Number.isFinite(high) ? high : rowLower[i]!)),
    // Both sides of a row move together: an equality stays one.
    add: (lp, change) => ({
      ...lp,
      rowLower: sum(lp.rowLower, change),
      rowUpper: sum(lp.rowUpper, change),
    }),
  },
  {
    name: 'costs c',
    of: ({ objective }) => objective,
    add: (lp, change) => ({ ...lp, objective: sum(lp.objective, change) }),
  },
  {
    name: 'lower bounds l',
    of: ({ lower }) => lower,
    add: (lp, change) => ({
      ...lp,
      lower: lp.lower.map((low, j) => inside(low, change[j]!, (moved) => moved <= lp.upper[j]!)),
    }),
  },
  {
    name: 'upper bounds u',
    of: ({ upper }) => upper,
    add: (lp, change) => ({
      ...lp,
      upper: lp.upper.map((high, j) => inside(high, change[j]!, (moved) => moved >= lp.lower[j]!)),
    }),
  },
];

/**
 * The paper's five perturbations: of the coefficients (its nonzeros only), the sides, the costs, and the lower and upper bounds, each
 * by {@link CHANGE_NORM} in a random direction, in float64. Only finite entries move. A bound that would pass the other one of its
 * variable moves the other way.
 *
 * `size` is the norm of the change as it was rounded.
 */
export const programPerturbations: readonly ProgramPerturbation[] = parts.map((part) => ({
  name: part.name,
  perturb: (lp, key) => perturb(part, lp, key),
}));

function perturb({ name, of, add }: Part, lp: Minimization, key: Key): Disturbed<Minimization> {
  const before = of(lp);
  const drawn = normal(key, before.length).data.map((value, i) => (Number.isFinite(before[i]) ? value : 0));
  const length = norm(drawn);
  if (length === 0) {
    throw new RangeError(
      `perturb: to change its ${name}, a program must have finite ones; got none in '${lp.name}'.`,
    );
  }
  const problem = add(
    lp,
    drawn.map((value) => (value / length) * CHANGE_NORM),
  );
  const after = of(problem);
  const size = norm(before.map((value, i) => (Number.isFinite(value) ? after[i]! - value : 0)));
  return { problem, size };
}

function sum(values: Float64Array, change: Float64Array): Float64Array {
  return values.map((value, i) => value + change[i]!);
}

/** The bound after the change or, where that is not allowed, after the opposite one. */
function inside(bound: number, change: number, isAllowed: (moved: number) => boolean): number {
  return isAllowed(bound + change) ? bound + change : bound - change;
}
