/** Reads the text of an MPS file, fixed or free, and refuses what HiGHS's reader accepts without a word. */

import { DataError } from '@equilibria/compile';
import { costComplaint, type LintedModel, parseNumber, programName, quote, refuse } from './linted-model.ts';
import {
  dataLines,
  type DataLine,
  hasNamesWithBlanks,
  type MpsLayout,
  type MpsSection,
} from './mps-lines.ts';
import {
  BOUND_SETS,
  type BoundType,
  canonicalText,
  type MpsBound,
  type MpsColumn,
  programOf,
  type RowType,
} from './mps-model.ts';

/** What is known of the model so far; the sections fill it in order. */
type State = {
  readonly file: string;
  readonly rows: Map<string, RowType>;
  readonly columns: MpsColumn[];
  readonly columnNames: Set<string>;
  readonly rightSides: Map<string, number>;
  readonly ranges: Map<string, number>;
  readonly bounds: MpsBound[];
  readonly setNames: Map<MpsSection, string>;
  /** The bounds that were given, by side and column, with the line of each upper one below 0. */
  readonly given: Set<string>;
  readonly negativeUpper: Map<string, number>;
  isInteger: boolean;
  objectiveRow: string;
};

/**
 * Reads an MPS text: known sections that end in ENDATA, rows and columns declared once and before their
 * use, finite numbers, nothing given twice, nothing but a linear program (no quadratic terms, SOS or
 * semicontinuous columns), and at least one column.
 *
 * A negative upper bound without a lower one is refused: some readers take the lower bound for 0, others
 * for −∞, so the file alone does not say which program is meant.
 *
 * Fields are told apart by blanks; by the columns of the fixed format only where that fails and a name holds a blank.
 *
 * @param text - the whole file.
 * @param file - its name in messages, and the program's without its ending.
 * @throws {DataError} naming file, line and the first thing that is wrong.
 */
export function lintMps(text: string, file: string): LintedModel {
  try {
    return lint(text, file, 'free');
  } catch (error) {
    if (!(error instanceof DataError) || !hasNamesWithBlanks(text)) throw error;
  }
  return lint(text, file, 'fixed');
}

function lint(text: string, file: string, layout: MpsLayout): LintedModel {
  const state: State = {
    file,
    rows: new Map(),
    columns: [],
    columnNames: new Set(),
    rightSides: new Map(),
    ranges: new Map(),
    bounds: [],
    setNames: new Map(),
    given: new Set(),
    negativeUpper: new Map(),
    isInteger: false,
    objectiveRow: '',
  };
  const { sense, lines } = dataLines(text, file, layout);
  for (const line of lines) read[line.section](state, line);
  for (const [column, line] of state.negativeUpper) {
    if (!state.given.has(`lower bound of ${column}`)) {
      refuse(
        file,
        line,
        `a negative upper bound needs a lower bound, because readers disagree about its default; ` +
          `got none for ${quote(column)}. Add a LO or MI bound.`,
      );
    }
  }
  if (state.objectiveRow === '') refuse(file, 0, 'there must be an objective, a row of type N; got none.');
  if (state.columns.length === 0) refuse(file, 0, 'there must be at least one column; got none.');
  const model = { ...state, sense };
  return { lp: programOf(model, programName(file)), text: canonicalText(model) };
}

const read: Readonly<Record<MpsSection, (state: State, line: DataLine) => void>> = {
  ROWS: readRow,
  COLUMNS: readColumn,
  RHS: readSides,
  RANGES: readSides,
  BOUNDS: readBound,
};

function readRow(state: State, { fields, number }: DataLine): void {
  const [type = '', name] = fields;
  if (name === undefined || fields.length !== 2) {
    refuse(state.file, number, `a row must be a type and a name; got ${quote(fields.join(' '))}.`);
  }
  const kind = (['N', 'L', 'G', 'E'] as const).find((known) => known === type.toUpperCase());
  if (kind === undefined) {
    refuse(state.file, number, `a row must have type N, L, G or E; got ${quote(type)}.`);
  }
  if (state.rows.has(name)) refuse(state.file, number, `row names must differ; got ${quote(name)} twice.`);
  state.rows.set(name, kind);
  if (kind === 'N' && state.objectiveRow === '') state.objectiveRow = name;
}

function readColumn(state: State, { fields, number }: DataLine): void {
  const [name = '', second, third = ''] = fields;
  if (second !== undefined && /^'?MARKER'?$/.test(second)) return readMarker(state, third, number);
  if (fields.length < 3 || fields.length % 2 === 0) {
    refuse(
      state.file,
      number,
      `a column must be a name and pairs of row and number; got ${quote(fields.join(' '))}.`,
    );
  }
  const { entries } = columnNamed(state, name, number);
  for (let k = 1; k < fields.length; k += 2) {
    const row = declaredRow(state, fields[k]!, number);
    if (entries.has(row))
      refuse(state.file, number, `a column must name a row once; got ${quote(row)} twice.`);
    const value = readNumber(state, fields[k + 1]!, number);
    const complaint = row === state.objectiveRow ? costComplaint(value) : undefined;
    if (complaint !== undefined) refuse(state.file, number, complaint);
    entries.set(row, value);
  }
}

function columnNamed(state: State, name: string, number: number): MpsColumn {
  const last = state.columns.at(-1);
  if (last?.name === name) return last;
  if (state.columnNames.has(name)) {
    refuse(state.file, number, `the lines of a column must stand together; got ${quote(name)} again.`);
  }
  const column = { name, isInteger: state.isInteger, entries: new Map<string, number>() };
  state.columnNames.add(name);
  state.columns.push(column);
  return column;
}

function readMarker(state: State, kind: string, number: number): void {
  const marker = /^'?INT(ORG|END)'?$/.exec(kind)?.[1];
  const isOpening = marker === 'ORG';
  if (marker === undefined || isOpening === state.isInteger) {
    refuse(state.file, number, `markers must be 'INTORG' and 'INTEND' in turn; got ${quote(kind)}.`);
  }
  state.isInteger = isOpening;
}

function readSides(state: State, { fields, number, section }: DataLine): void {
  if (fields.length < 2) {
    refuse(
      state.file,
      number,
      `${section} lines must hold pairs of row and number; got ${quote(fields.join(' '))}.`,
    );
  }
  const isNamed = fields.length % 2 === 1;
  if (isNamed) checkSetName(state, section, fields[0]!, number);
  const values = section === 'RHS' ? state.rightSides : state.ranges;
  for (let k = isNamed ? 1 : 0; k < fields.length; k += 2) {
    const row = declaredRow(state, fields[k]!, number);
    const type = state.rows.get(row);
    if (values.has(row))
      refuse(state.file, number, `a number must be given once; got ${section} ${row} twice.`);
    if (section === 'RANGES' && type === 'N') {
      refuse(state.file, number, `a range must name a row of type L, G or E; got ${quote(row)}.`);
    }
    values.set(
      row,
      readNumber(state, fields[k + 1]!, number, { infinite: section === 'RHS' && type !== 'N' }),
    );
  }
}

const VALUED: readonly string[] = ['UP', 'LO', 'FX', 'LI', 'UI'];

function readBound(state: State, { fields, number, section }: DataLine): void {
  const [written = '', ...rest] = fields;
  if (written.toUpperCase() === 'SC')
    refuse(state.file, number, 'bounds must be those of a linear program; got a semicontinuous one.');
  const types = Object.keys(BOUND_SETS) as BoundType[];
  const type = types.find((known) => known === written.toUpperCase());
  if (type === undefined) {
    refuse(state.file, number, `a bound must have type ${types.join(', ')}; got ${quote(written)}.`);
  }
  const isValued = VALUED.includes(type);
  if (!isValued && rest.length === 2 && rest.every((word) => state.columnNames.has(word))) {
    if (typeof parseNumber(rest[1]!) === 'number') {
      refuse(
        state.file,
        number,
        `a bound must say which column it means; got ${quote(fields.join(' '))}. Name the set and the column.`,
      );
    }
  }
  const isNamed = rest.length === 3 || (rest.length === 2 && state.columnNames.has(rest[1]!) && !isValued);
  if (isNamed) checkSetName(state, section, rest[0]!, number);
  const [column, token, ...excess] = isNamed ? rest.slice(1) : rest;
  if (column === undefined || excess.length > 0 || (isValued && token === undefined)) {
    refuse(
      state.file,
      number,
      `a bound must be a type, a set, a column and a number; got ${quote(fields.join(' '))}.`,
    );
  }
  if (!state.columnNames.has(column)) {
    refuse(state.file, number, `a bound must name a declared column; got ${quote(column)}.`);
  }
  for (const side of BOUND_SETS[type]) {
    const what = `${side} bound of ${column}`;
    if (state.given.has(what))
      refuse(state.file, number, `a number must be given once; got the ${what} twice.`);
    state.given.add(what);
  }
  const value = token === undefined ? 0 : readNumber(state, token, number, { infinite: true });
  if ((type === 'UP' || type === 'UI') && value < 0) state.negativeUpper.set(column, number);
  state.bounds.push({ type, column, value });
}

function declaredRow(state: State, row: string, number: number): string {
  if (!state.rows.has(row)) refuse(state.file, number, `rows must be declared in ROWS; got ${quote(row)}.`);
  return row;
}

function checkSetName(state: State, section: MpsSection, name: string, number: number): void {
  const first = state.setNames.get(section) ?? name;
  state.setNames.set(section, first);
  if (first !== name) {
    refuse(
      state.file,
      number,
      `${section} must hold one set; got ${quote(first)} and ${quote(name)}. Delete one.`,
    );
  }
}

function readNumber(
  state: State,
  token: string,
  number: number,
  options: { readonly infinite?: boolean } = {},
): number {
  const value = parseNumber(token, options);
  return typeof value === 'string' ? refuse(state.file, number, value) : value;
}
