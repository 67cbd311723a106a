/** Reads a simplex basis off an approximate primal–dual pair. */

import { ShapeError } from '@equilibria/compile';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import type { Minimization, SparseMatrix } from '../problem.ts';
import { multiply, norm } from '../problem/sparse-matrix.ts';
import { type Columns, independentColumns } from './independent-columns.ts';

/** A point and its multipliers: `x` is float64 `[columns]`, `y` float64 `[rows]`, with the signs of a `Claim`. */
export type PrimalDualPair = { readonly x: Float64Array; readonly y: Float64Array };

/** Where each variable is, in HiGHS's codes: int32 `[columns]`, and of the activities of the rows int32 `[rows]`. */
export type Basis = { readonly colStatus: Int32Array; readonly rowStatus: Int32Array };

/** HiGHS's codes. */
const PLACE = { lower: 0, basic: 1, upper: 2, free: 3 } as const;

/**
 * All variables of the program, columns first, then the activities `r` of the rows in `A x − r = 0`, at some pair; all of them scaled so
 * that the largest entry of each row, then of each column is 1.
 */
type Variables = {
  readonly columns: Columns;
  readonly value: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** `c − Aᵀy` of columns, `y` of activities, whose cost is 0. */
  readonly reducedCost: Float64Array;
};

/**
 * Predicts the optimal basis from a pair near an optimum.
 *
 * A variable `v` of reduced cost `d` is taken to its target `v − τ d`, `τ = ‖v‖/‖d‖`: a step of descent on the Lagrangian. Basic are
 * those whose targets lie deepest inside their bounds, the best independent ones; the others are at the bound next to their target.
 * From a vertex and its multipliers comes an optimal basis, however degenerate they are: a variable of reduced cost 0 is never outside.
 *
 * @param pair - borrowed.
 * @param options.useless - a relative error (`KktErrors`) from which on a pair is taken for no better than a guess; default 0.5. From
 *   random pairs, whose errors are larger, simplex took more iterations than from no basis.
 * @returns null if the pair is useless, or has an entry that is not finite.
 * @throws {ShapeError} if the pair does not fit the program.
 */
export function predictBasis(
  lp: Minimization,
  pair: PrimalDualPair,
  { useless = 0.5 }: { readonly useless?: number } = {},
): Basis | null {
  const { rows: m, columns: n } = lp.matrix;
  const { x, y } = pair;
  if (x.length !== n || y.length !== m) {
    throw new ShapeError(
      `predictBasis: x and y must have lengths ${n} and ${m}; got ${x.length} and ${y.length}.`,
    );
  }
  const { primalResidual, dualResidual, gap, ...errors } = kktErrors(lp, x, y);
  // Written so that a NaN is useless, too.
  if (!(Math.max(primalResidual, dualResidual, gap) < useless)) return null;
  const variables = scaledVariables(lp, { x, ...errors });
  const target = targetOf(variables);
  const { chosen } = independentColumns(variables.columns, rankingOf(variables, target), { m });
  const places = placesOf(variables, target, chosen);
  return { colStatus: places.slice(0, n), rowStatus: places.slice(n) };
}

function scaledVariables(
  lp: Minimization,
  { x, y, reducedCosts }: PrimalDualPair & { readonly reducedCosts: Float64Array },
): Variables {
  const { columns, scale } = scaledColumns(lp.matrix);
  const scaled = (ofColumns: Float64Array, ofRows: Float64Array): Float64Array =>
    joined(ofColumns, ofRows).map((value, k) => value * scale[k]!);
  return {
    columns,
    value: scaled(x, multiply(lp.matrix, x)),
    lower: scaled(lp.lower, lp.rowLower),
    upper: scaled(lp.upper, lp.rowUpper),
    reducedCost: joined(reducedCosts, y).map((value, k) => value / scale[k]!),
  };
}

/** The matrix by columns, its rows, then its columns divided by their largest entry; and what that multiplies variables with. */
function scaledColumns(A: SparseMatrix): { readonly columns: Columns; readonly scale: Float64Array } {
  const starts = new Int32Array(A.columns + 1);
  for (const j of A.indices) starts[j + 1]! += 1;
  for (let j = 0; j < A.columns; j++) starts[j + 1]! += starts[j]!;
  const next = starts.slice();
  const rows = new Int32Array(A.values.length);
  const values = new Float64Array(A.values.length);
  const scale = new Float64Array(A.columns + A.rows);
  for (let i = 0; i < A.rows; i++) {
    const [from, to] = [A.starts[i]!, A.starts[i + 1]!];
    let largest = 0;
    for (let k = from; k < to; k++) largest = Math.max(largest, Math.abs(A.values[k]!));
    scale[A.columns + i] = largest > 0 ? 1 / largest : 1;
    for (let k = from; k < to; k++) {
      const j = A.indices[k]!;
      const value = largest > 0 ? A.values[k]! / largest : 0;
      const place = next[j]!++;
      rows[place] = i;
      values[place] = value;
      scale[j] = Math.max(scale[j]!, Math.abs(value));
    }
  }
  for (let j = 0; j < A.columns; j++) {
    if (scale[j] === 0) scale[j] = 1;
    for (let k = starts[j]!; k < starts[j + 1]!; k++) values[k]! /= scale[j]!;
  }
  return { columns: { starts, rows, values }, scale };
}

function targetOf({ value, reducedCost }: Variables): Float64Array {
  const ratio = norm(value) / norm(reducedCost);
  const step = ratio > 0 && Number.isFinite(ratio) ? ratio : 1;
  return value.map((at, k) => at - step * reducedCost[k]!);
}

/**
 * The deepest inside their bounds first; of free variables, which all are infinitely deep, the least reduced costs.
 *
 * Sorted are numbers whose lower half is replaced by their place, since sorting numbers takes a tenth of the time of sorting places by
 * a comparison, which was a third of all work here. 20 bits of the depth are left to rank by.
 */
function rankingOf({ lower, upper, reducedCost }: Variables, target: Float64Array): Int32Array {
  const keys = new Float64Array(target.length);
  const halves = new Uint32Array(keys.buffer);
  for (let k = 0; k < keys.length; k++) {
    const depth = Math.min(target[k]! - lower[k]!, upper[k]! - target[k]!);
    keys[k] = depth === Infinity ? -Number.MAX_VALUE / (1 + Math.abs(reducedCost[k]!)) : -depth;
    halves[2 * k] = k;
  }
  const sorted = new Uint32Array(keys.toSorted().buffer);
  const ranking = new Int32Array(keys.length);
  for (let k = 0; k < ranking.length; k++) ranking[k] = sorted[2 * k]!;
  return ranking;
}

function placesOf({ lower, upper }: Variables, target: Float64Array, basic: Int32Array): Int32Array {
  const places = new Int32Array(target.length);
  for (let k = 0; k < places.length; k++) {
    const [above, below] = [target[k]! - lower[k]!, upper[k]! - target[k]!];
    const isFree = above === Infinity && below === Infinity;
    places[k] = isFree ? PLACE.free : above <= below ? PLACE.lower : PLACE.upper;
  }
  for (const k of basic) places[k] = PLACE.basic;
  return places;
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
