/** Building a linear program in code, checking one, and turning a maximisation into a minimisation. */

import { DataError } from '@equilibria/compile';
import type { LinearProgram, Minimization, Sense } from '../problem.ts';
import { fromEntries, type Entry } from './sparse-matrix.ts';

/** A variable: its objective coefficient (default 0) and bounds (default 0 and ∞). */
export type Variable = { readonly cost?: number; readonly lower?: number; readonly upper?: number };

/** A constraint `lower ≤ Σ terms[name] · x[name] ≤ upper`; a missing side is infinite. */
export type Constraint = {
  readonly terms: Readonly<Record<string, number>>;
  readonly lower?: number;
  readonly upper?: number;
};

/** A linear program by names; the order of the keys is the order of columns and rows. */
export type LinearProgramSpec = {
  readonly name: string;
  readonly sense: Sense;
  readonly objectiveConstant?: number;
  readonly variables: Readonly<Record<string, Variable>>;
  readonly constraints: Readonly<Record<string, Constraint>>;
};

/**
 * Builds a linear program from named variables and constraints.
 *
 * @throws {DataError} if a constraint names an unknown variable, or what `checkLinearProgram` refuses.
 * @example
 * linearProgram({
 *   name: 'knapsack', sense: 'maximize',
 *   variables: { x: { cost: 3, upper: 1 }, y: { cost: 2, upper: 1 } },
 *   constraints: { weight: { terms: { x: 2, y: 1 }, upper: 2 } },
 * });
 */
export function linearProgram(spec: LinearProgramSpec): LinearProgram {
  const columnNames = Object.keys(spec.variables);
  const rowNames = Object.keys(spec.constraints);
  const variables = Object.values(spec.variables);
  const constraints = Object.values(spec.constraints);
  const columnOf = new Map(columnNames.map((name, j) => [name, j]));
  const entries = constraints.flatMap(({ terms }, i) =>
    Object.entries(terms).map(([name, value]): Entry => {
      const j = columnOf.get(name);
      if (j === undefined) {
        throw new DataError(
          `linearProgram: constraint ${rowNames[i]} names a variable; got unknown ${name}.`,
        );
      }
      return [i, j, value];
    }),
  );
  return checkLinearProgram({
    name: spec.name,
    sense: spec.sense,
    objective: Float64Array.from(variables, ({ cost = 0 }) => cost),
    objectiveConstant: spec.objectiveConstant ?? 0,
    matrix: fromEntries([rowNames.length, columnNames.length], entries),
    rowLower: Float64Array.from(constraints, ({ lower = -Infinity }) => lower),
    rowUpper: Float64Array.from(constraints, ({ upper = Infinity }) => upper),
    lower: Float64Array.from(variables, ({ lower = 0 }) => lower),
    upper: Float64Array.from(variables, ({ upper = Infinity }) => upper),
    columnNames,
    rowNames,
    integerColumns: [],
  });
}

/**
 * Returns `lp` if it is well formed: at least one column, arrays of matching lengths, finite costs and
 * coefficients, sides and bounds that are numbers (a lower one below ∞, an upper one above −∞).
 * Lower sides above upper ones are allowed: such a program is infeasible, not malformed.
 *
 * @throws {DataError} naming the first thing that is wrong.
 */
export function checkLinearProgram(lp: LinearProgram): LinearProgram {
  const fail = (what: string): never => {
    throw new DataError(`linear program ${lp.name}: ${what}`);
  };
  const { rows, columns, starts, indices, values } = lp.matrix;
  if (columns < 1) fail('it must have at least one column; got none.');
  const lengths: readonly [string, { readonly length: number }, number][] = [
    ['objective', lp.objective, columns],
    ['lower', lp.lower, columns],
    ['upper', lp.upper, columns],
    ['columnNames', lp.columnNames, columns],
    ['rowLower', lp.rowLower, rows],
    ['rowUpper', lp.rowUpper, rows],
    ['rowNames', lp.rowNames, rows],
    ['matrix.starts', starts, rows + 1],
    ['matrix.indices', indices, starts[rows] ?? -1],
    ['matrix.values', values, indices.length],
  ];
  for (const [name, array, length] of lengths) {
    if (array.length !== length) fail(`${name} must have length ${length}; got ${array.length}.`);
  }
  if (!Number.isFinite(lp.objectiveConstant))
    fail(`objectiveConstant must be finite; got ${lp.objectiveConstant}.`);
  const badCost = lp.objective.findIndex((value) => !Number.isFinite(value));
  if (badCost >= 0) fail(`cost of ${lp.columnNames[badCost]} must be finite; got ${lp.objective[badCost]}.`);
  const badValue = values.find((value) => !Number.isFinite(value));
  if (badValue !== undefined) fail(`matrix coefficients must be finite; got ${badValue}.`);
  if (indices.some((j) => j < 0 || j >= columns)) fail(`matrix.indices must lie in [0, ${columns}).`);
  checkSides(lp.lower, lp.upper, lp.columnNames, fail);
  checkSides(lp.rowLower, lp.rowUpper, lp.rowNames, fail);
  return lp;
}

function checkSides(
  lower: Float64Array,
  upper: Float64Array,
  names: readonly string[],
  fail: (what: string) => never,
): void {
  for (let i = 0; i < names.length; i++) {
    if (!(lower[i]! < Infinity) || !(upper[i]! > -Infinity)) {
      fail(
        `bounds of ${names[i]} must be numbers, -Infinity below or Infinity above; got [${lower[i]}, ${upper[i]}].`,
      );
    }
  }
}

/**
 * The minimisation with the same solutions: of a maximisation, the objective and its constant are negated.
 * Together with `verify`, which turns objective, multipliers and reduced costs back, this is the only
 * place that knows of maximisation.
 */
export function asMinimization(lp: LinearProgram): Minimization {
  if (lp.sense === 'minimize') return { ...lp, sense: 'minimize' };
  return {
    ...lp,
    sense: 'minimize',
    objective: lp.objective.map((value) => 0 - value),
    objectiveConstant: 0 - lp.objectiveConstant,
  };
}
