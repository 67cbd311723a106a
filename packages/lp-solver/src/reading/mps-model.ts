/** The content of an MPS file, line by line: the program that it means, and its text in one canonical form. */

import type { LinearProgram, Sense } from '../problem.ts';
import { fromEntries, type Entry } from '../problem/sparse-matrix.ts';
import { sideOf, SMALLEST_COEFFICIENT } from './linted-model.ts';

export type RowType = 'N' | 'L' | 'G' | 'E';
export type BoundType = 'UP' | 'LO' | 'FX' | 'FR' | 'MI' | 'PL' | 'BV' | 'LI' | 'UI';

/** A column: its coefficients by row, rows of type N among them. */
export type MpsColumn = {
  readonly name: string;
  readonly isInteger: boolean;
  readonly entries: Map<string, number>;
};

/** A bound; `value` is 0 for the types without one. */
export type MpsBound = { readonly type: BoundType; readonly column: string; readonly value: number };

/** What the sections of an MPS file say. The objective is the first row of type N; what is said of the others is dropped. */
export type MpsModel = {
  readonly sense: Sense;
  /** The name of the objective. */
  readonly objectiveRow: string;
  /** Rows of all types, in order. */
  readonly rows: ReadonlyMap<string, RowType>;
  readonly columns: readonly MpsColumn[];
  readonly rightSides: ReadonlyMap<string, number>;
  readonly ranges: ReadonlyMap<string, number>;
  readonly bounds: readonly MpsBound[];
};

/** Which bounds of a column each type sets, so that none is given twice. */
export const BOUND_SETS: Readonly<Record<BoundType, readonly ('lower' | 'upper')[]>> = {
  UP: ['upper'],
  UI: ['upper'],
  PL: ['upper'],
  LO: ['lower'],
  LI: ['lower'],
  MI: ['lower'],
  FX: ['lower', 'upper'],
  FR: ['lower', 'upper'],
  BV: ['lower', 'upper'],
};

/**
 * The program that an MPS file means: a right side of the objective is the negative of its constant; a range `R` of a row with
 * right side `b` makes `[b − |R|, b]` of type L, `[b, b + |R|]` of type G, and of type E `[b, b + R]` or `[b + R, b]`, whichever
 * is ordered; columns lie in `[0, ∞)`, integer ones without any bound in `[0, 1]`.
 *
 * @param name - of the program.
 */
export function programOf(model: MpsModel, name: string): LinearProgram {
  const constraints = constraintsOf(model);
  const { objectiveRow } = model;
  const rowOf = new Map(constraints.map(([row], i) => [row, i]));
  const sides = constraints.map(([row, type]) =>
    sidesOf(type, model.rightSides.get(row) ?? 0, model.ranges.get(row)),
  );
  const bounds = boundsOf(model);
  const costOf = ({ entries }: MpsColumn): number => entries.get(objectiveRow) ?? 0;
  return {
    name,
    sense: model.sense,
    objective: Float64Array.from(model.columns, costOf),
    objectiveConstant: 0 - (model.rightSides.get(objectiveRow) ?? 0),
    matrix: fromEntries([constraints.length, model.columns.length], entriesOf(model, rowOf)),
    rowLower: Float64Array.from(sides, ([lower]) => sideOf(lower)),
    rowUpper: Float64Array.from(sides, ([, upper]) => sideOf(upper)),
    lower: Float64Array.from(bounds, ({ lower }) => sideOf(lower)),
    upper: Float64Array.from(bounds, ({ upper }) => sideOf(upper)),
    columnNames: model.columns.map((column) => column.name),
    rowNames: constraints.map(([row]) => row),
    integerColumns: [...bounds.keys()].filter((j) => bounds[j]!.isInteger),
  };
}

/**
 * The same model as a text that readers cannot take in different ways: free format, names of our own without blanks, one pair
 * a line, RHS before RANGES before BOUNDS, numbers in the shortest decimals that read back the same. Types, ranges and bounds
 * stay as they were written, so that their meaning is for the reader to find.
 */
export function canonicalText(model: MpsModel): string {
  const constraints = constraintsOf(model);
  const { objectiveRow } = model;
  const nameOf = new Map([[objectiveRow, 'OBJ'], ...constraints.map(([row], i) => [row, `R${i}`] as const)]);
  const columnNameOf = new Map(model.columns.map(({ name }, j) => [name, `C${j}`]));
  const rowLines = (values: ReadonlyMap<string, number>): string[] =>
    [...values].flatMap(([row, value]) => {
      const name = nameOf.get(row);
      return name === undefined ? [] : [` S ${name} ${decimal(value)}`];
    });
  const boundLine = ({ type, column, value }: MpsBound): string => {
    const hasValue = ['UP', 'UI', 'LO', 'LI', 'FX'].includes(type);
    return ` ${type} S ${columnNameOf.get(column)!}${hasValue ? ` ${decimal(value)}` : ''}`;
  };
  return [
    'NAME MODEL',
    'OBJSENSE',
    ` ${model.sense === 'maximize' ? 'MAX' : 'MIN'}`,
    'ROWS',
    ' N OBJ',
    ...constraints.map(([, type], i) => ` ${type} R${i}`),
    'COLUMNS',
    ...columnLines(model, nameOf),
    'RHS',
    ...rowLines(model.rightSides),
    'RANGES',
    ...rowLines(model.ranges),
    'BOUNDS',
    ...model.bounds.map(boundLine),
    'ENDATA',
    '',
  ].join('\n');
}

function columnLines(model: MpsModel, nameOf: ReadonlyMap<string, string>): readonly string[] {
  const { objectiveRow } = model;
  const lines: string[] = [];
  let isInteger = false;
  const mark = (wanted: boolean): void => {
    if (wanted !== isInteger) lines.push(` M 'MARKER' '${wanted ? 'INTORG' : 'INTEND'}'`);
    isInteger = wanted;
  };
  model.columns.forEach((column, j) => {
    mark(column.isInteger);
    // A cost always, so that a column without any coefficient is there too.
    lines.push(` C${j} OBJ ${decimal(column.entries.get(objectiveRow) ?? 0)}`);
    for (const [row, value] of column.entries) {
      const name = nameOf.get(row);
      if (name !== undefined && row !== objectiveRow) lines.push(` C${j} ${name} ${decimal(value)}`);
    }
  });
  mark(false);
  return lines;
}

/** The rows but those of type N, in order. */
function constraintsOf({ rows }: MpsModel): readonly (readonly [string, RowType])[] {
  return [...rows].filter(([, type]) => type !== 'N');
}

function entriesOf(model: MpsModel, rowOf: ReadonlyMap<string, number>): Entry[] {
  const found: Entry[] = [];
  model.columns.forEach(({ entries }, j) => {
    for (const [row, value] of entries) {
      const i = rowOf.get(row);
      if (i !== undefined && Math.abs(value) > SMALLEST_COEFFICIENT) found.push([i, j, value]);
    }
  });
  return found;
}

function sidesOf(type: RowType, side: number, range: number | undefined): readonly [number, number] {
  if (type === 'L') return [range === undefined ? -Infinity : side - Math.abs(range), side];
  if (type === 'G') return [side, range === undefined ? Infinity : side + Math.abs(range)];
  return (range ?? 0) < 0 ? [side + range!, side] : [side, side + (range ?? 0)];
}

type ColumnBounds = { lower: number; upper: number; isInteger: boolean };

function boundsOf(model: MpsModel): readonly ColumnBounds[] {
  const bounded = new Set(model.bounds.map(({ column }) => column));
  const bounds = model.columns.map(({ name, isInteger }): ColumnBounds => ({
    lower: 0,
    upper: isInteger && !bounded.has(name) ? 1 : Infinity,
    isInteger,
  }));
  const place = new Map(model.columns.map(({ name }, j) => [name, j]));
  for (const { type, column, value } of model.bounds) {
    const own = bounds[place.get(column)!]!;
    if (type === 'MI' || type === 'FR') own.lower = -Infinity;
    if (type === 'PL' || type === 'FR') own.upper = Infinity;
    if (type === 'LO' || type === 'LI' || type === 'FX') own.lower = value;
    if (type === 'UP' || type === 'UI' || type === 'FX') own.upper = value;
    if (type === 'BV') [own.lower, own.upper] = [0, 1];
    if (['BV', 'LI', 'UI'].includes(type)) own.isInteger = true;
  }
  return bounds;
}

/** The shortest decimals of a number; infinities as HiGHS reads them. */
function decimal(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}
