/** The random linear programs of the paper's experiments. */

import { fold, integers, normal, uniform, type Key } from '@equilibria/core';
import { checkLinearProgram } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';
import { fromEntries, type Entry } from '../problem/sparse-matrix.ts';

/** Sizes of the distribution; the defaults are the paper's. */
export type RandomLinearProgramOptions = {
  /** Constraints; default 10. */
  readonly rows?: number;
  /** Variables; default 50. */
  readonly columns?: number;
  /** Nonzeros of the matrix; default 100. */
  readonly nonzeros?: number;
};

/** Probability that a constraint is an equality. */
const EQUALITY = 0.3;

/**
 * A minimisation with costs `0.01 · U(−1, 1)`, right sides `U(−1, 1)`, coefficients `N(0, 1)` at random
 * places, bounds that are sorted pairs from `N(0, 10²)`, and constraints `=` with probability 0.3, else `≤`.
 *
 * About half of them are infeasible: keep those whose answer is `optimal`, as the paper does.
 *
 * @param key - the random key; equal keys give equal programs.
 * @throws {RangeError} if there are fewer places than nonzeros.
 */
export function randomLinearProgram(key: Key, options: RandomLinearProgramOptions = {}): LinearProgram {
  const { rows = 10, columns = 50, nonzeros = 100 } = options;
  if (!(rows * columns >= nonzeros)) {
    throw new RangeError(`randomLinearProgram: nonzeros must be at most ${rows * columns}; got ${nonzeros}.`);
  }
  const pairs = normal(fold(key, 'bounds'), 2 * columns, { std: 10 }).data;
  const bound = (pick: (...pair: number[]) => number): Float64Array =>
    Float64Array.from({ length: columns }, (_, j) => pick(pairs[2 * j]!, pairs[2 * j + 1]!));
  const sides = uniform(fold(key, 'sides'), rows, { low: -1, high: 1 }).data;
  const kinds = uniform(fold(key, 'kinds'), rows).data;
  const values = normal(fold(key, 'values'), nonzeros).data;
  const entries = places(key, rows * columns, nonzeros).map((place, k): Entry => [
    Math.floor(place / columns),
    place % columns,
    values[k]!,
  ]);
  return checkLinearProgram({
    name: 'random',
    sense: 'minimize',
    objective: uniform(fold(key, 'costs'), columns, { low: -0.01, high: 0.01 }).data,
    objectiveConstant: 0,
    matrix: fromEntries([rows, columns], entries),
    rowLower: sides.map((side, i) => (kinds[i]! < EQUALITY ? side : -Infinity)),
    rowUpper: sides,
    lower: bound(Math.min),
    upper: bound(Math.max),
    columnNames: Array.from({ length: columns }, (_, j) => `x${j}`),
    rowNames: Array.from({ length: rows }, (_, i) => `c${i}`),
    integerColumns: [],
  });
}

/** `count` different places among `total`, each choice as likely as the other (Floyd's algorithm). */
function places(key: Key, total: number, count: number): number[] {
  const placesKey = fold(key, 'places');
  const chosen = new Set<number>();
  for (let j = total - count; j < total; j++) {
    const place = integers(fold(placesKey, j), 1, { high: j + 1 }).data[0]!;
    chosen.add(chosen.has(place) ? j : place);
  }
  return [...chosen].toSorted((a, b) => a - b);
}
