/** How much a solve may cost, as a value. */

/** What a solve may cost; see {@link budget}. */
export type Budget = {
  /** Evaluations of `f` a sample, at least 1. */
  readonly evaluations?: number;
  /** Milliseconds of the whole solve, above 0; looked at between chunks of tests. */
  readonly milliseconds?: number;
  /** The solver that spends the evaluations: how many a step has. Needed with `evaluations`. */
  readonly per?: { readonly name: string; readonly evaluationsPerStep: number };
  /** Solver steps between two tests: then the steps are whole tests, and `checkEvery` is one of the options given back. */
  readonly checkEvery?: number;
};

/** The options of `solve` that keep a budget: `deadlineMs` and `checkEvery` only where the budget has them. */
export type BudgetOptions<B extends Budget> = { readonly maxSteps: number } & (B extends {
  readonly milliseconds: number;
}
  ? { readonly deadlineMs: number }
  : unknown) &
  (B extends { readonly checkEvery: number } ? { readonly checkEvery: number } : unknown);

/** Steps are counted in int32. */
const MOST_STEPS = 2 ** 31 - 1;

/**
 * The options of `solve` under which no sample costs more than the budget; to be spread among the others. Samples that run out of it end
 * as `budget`, with the best that their solver has at that time.
 *
 * Evaluations are kept exactly: the last one measures the returned point, the others make as many whole steps as they allow. With
 * fewer than a step needs, `z0` is measured and no step made. Milliseconds are kept roughly, as {@link RunOptions} say. For
 * `compileSolve`, the steps belong to the options it compiles with, the deadline to those of its `solve`.
 *
 * @throws {RangeError} if neither evaluations nor milliseconds are given, one is out of its range, or evaluations come without
 *   `per`; {TypeError} for a name that is none of a budget's.
 * @example
 * const { maxSteps } = budget({ evaluations: 500, per: { name: 'two a step', evaluationsPerStep: 2 } });
 * maxSteps; // => 249
 */
export function budget<const B extends Budget>(limits: B): BudgetOptions<B> {
  const { evaluations, milliseconds, per, checkEvery, ...unknown } = limits as Budget;
  for (const name of Object.keys(unknown)) {
    throw new TypeError(
      `budget: '${name}' must be one of evaluations, milliseconds, per, checkEvery; got '${name}'.`,
    );
  }
  requireThat(
    evaluations !== undefined || milliseconds !== undefined,
    'evaluations or milliseconds must be given; got neither',
  );
  requireThat(
    checkEvery === undefined || isCount(checkEvery),
    `checkEvery must be an integer >= 1; got ${checkEvery}`,
  );
  requireThat(
    milliseconds === undefined || milliseconds > 0,
    `milliseconds must be > 0; got ${milliseconds}`,
  );
  const steps = evaluations === undefined ? MOST_STEPS : stepsWithin(evaluations, per);
  return {
    maxSteps: checkEvery === undefined ? steps : steps - (steps % checkEvery),
    ...(checkEvery !== undefined && { checkEvery }),
    ...(milliseconds !== undefined && { deadlineMs: milliseconds }),
    // Which of the two forms it is, the types tell from the argument.
  } as BudgetOptions<B>;
}

function stepsWithin(evaluations: number, per: Budget['per']): number {
  requireThat(isCount(evaluations), `evaluations must be an integer >= 1; got ${evaluations}`);
  if (per === undefined) {
    throw new RangeError(
      `budget: per must be the solver, with evaluations; got none. Name it: budget({ evaluations, per: solver }).`,
    );
  }
  return Math.min(Math.floor((evaluations - 1) / per.evaluationsPerStep), MOST_STEPS);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`budget: ${message}.`);
}
