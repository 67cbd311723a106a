/** Programs in the form that the graph networks know: rows `a·x ≤ b` or `a·x = b`, finite bounds. */

import type { LinearProgram } from '../problem.ts';

/** The rows of a program as `a·x ≤ b` or `a·x = b`, `[rows]` of their own each. */
export type StandardRows = {
  /** The row of the program that each is made of. */
  readonly source: readonly number[];
  /** −1 where that row was negated, else 1. */
  readonly sign: readonly number[];
  /** `b`. */
  readonly side: readonly number[];
  /** 1 for `=`, 0 for `≤`. */
  readonly isEquality: readonly number[];
};

/**
 * The rows of a program in standard form: one with a lower side alone is negated, one with two sides becomes two,
 * upper side first, and one without sides vanishes.
 */
export function standardRows({
  rowLower,
  rowUpper,
}: Pick<LinearProgram, 'rowLower' | 'rowUpper'>): StandardRows {
  const [source, sign, side, isEquality]: [number[], number[], number[], number[]] = [[], [], [], []];
  const add = (row: number, factor: number, b: number, isEqual: number): void => {
    source.push(row);
    sign.push(factor);
    side.push(b);
    isEquality.push(isEqual);
  };
  for (let i = 0; i < rowUpper.length; i++) {
    const [low, high] = [rowLower[i]!, rowUpper[i]!];
    if (low === high) add(i, 1, high, 1);
    else {
      if (high < Infinity) add(i, 1, high, 0);
      if (low > -Infinity) add(i, -1, -low, 0);
    }
  }
  return { source, sign, side, isEquality };
}

/** What stands for an infinite bound, in the program's units, unless its finite bounds are large. */
const UNBOUNDED = 100;

/**
 * The bounds of a program with a large number in place of infinities, as features need: {@link UNBOUNDED}, ten
 * standard deviations of the paper's bounds and so beyond any of them, or twice the largest finite bound, if that is
 * more. Finite bounds are as they were.
 */
export function finiteBounds({ lower, upper }: Pick<LinearProgram, 'lower' | 'upper'>) {
  if (lower.every(Number.isFinite) && upper.every(Number.isFinite)) return { lower, upper };
  let most = UNBOUNDED;
  for (const bound of [...lower, ...upper])
    if (Number.isFinite(bound)) most = Math.max(most, 2 * Math.abs(bound));
  const clamped = (bounds: Float64Array): Float64Array =>
    bounds.map((bound) => Math.min(Math.max(bound, -most), most));
  return { lower: clamped(lower), upper: clamped(upper) };
}
