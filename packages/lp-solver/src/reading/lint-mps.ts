/** Checks the text of an MPS file, fixed or free, for what HiGHS's reader accepts without a word. */

import { DataError } from '@equilibria/compile';
import { type ModelSummary, parseNumber, quote, refuse, SMALLEST_COEFFICIENT } from './model-summary.ts';
import { dataLines, type DataLine, type MpsLayout, type MpsSection } from './mps-lines.ts';

/** What is known of the model so far; the sections fill it in order. */
type State = {
  readonly file: string;
  readonly rowNames: string[];
  readonly rows: Map<string, string>;
  readonly columns: Map<string, Set<string>>;
  readonly setNames: Map<MpsSection, string>;
  readonly given: Set<string>;
  readonly negativeUpper: Map<string, number>;
  readonly lowered: Set<string>;
  lastColumn: string;
  nonzeros: number;
};

/**
 * Checks an MPS text: known sections that end in ENDATA, rows and columns declared once and before their
 * use, finite numbers, nothing given twice, nothing but a linear program (no quadratic terms, SOS or
 * semicontinuous columns), and at least one column.
 *
 * A negative upper bound without a lower one is refused: some readers take the lower bound for 0, others
 * for −∞, so the file alone does not say which program is meant.
 *
 * @param text - the whole file.
 * @param file - its name in messages.
 * @throws {DataError} naming file, line and the first thing that is wrong.
 */
export function lintMps(text: string, file: string): ModelSummary {
  try {
    return lint(text, file, 'free');
  } catch (error) {
    // Names with blanks: HiGHS reads such a file by the columns of the fixed format, and so do we.
    return attempt(() => lint(text, file, 'fixed')) ?? raise(error);
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

function raise(error: unknown): never {
  throw error;
}

function lint(text: string, file: string, layout: MpsLayout): ModelSummary {
  const state: State = {
    file,
    rowNames: [],
    rows: new Map(),
    columns: new Map(),
    setNames: new Map(),
    given: new Set(),
    negativeUpper: new Map(),
    lowered: new Set(),
    lastColumn: '',
    nonzeros: 0,
  };
  for (const line of dataLines(text, file, layout)) check[line.section](state, line);
  for (const [column, line] of state.negativeUpper) {
    if (!state.lowered.has(column)) {
      refuse(
        file,
        line,
        `a negative upper bound needs a lower bound, because readers disagree about its default; ` +
          `got none for ${quote(column)}. Add a LO or MI bound.`,
      );
    }
  }
  if (![...state.rows.values()].includes('N'))
    refuse(file, 0, 'there must be an objective, a row of type N; got none.');
  if (state.columns.size === 0) refuse(file, 0, 'there must be at least one column; got none.');
  return { rowNames: state.rowNames, columnNames: new Set(state.columns.keys()), nonzeros: state.nonzeros };
}

const check: Readonly<Record<MpsSection, (state: State, line: DataLine) => void>> = {
  ROWS: checkRow,
  COLUMNS: checkColumn,
  RHS: (state, line) => checkSides(state, line),
  RANGES: (state, line) => checkSides(state, line),
  BOUNDS: checkBound,
};

function checkRow(state: State, { fields, number }: DataLine): void {
  const [type = '', name] = fields;
  if (name === undefined || fields.length !== 2) {
    refuse(state.file, number, `a row must be a type and a name; got ${quote(fields.join(' '))}.`);
  }
  const kind = type.toUpperCase();
  if (!['N', 'L', 'G', 'E'].includes(kind)) {
    refuse(state.file, number, `a row must have type N, L, G or E; got ${quote(type)}.`);
  }
  if (state.rows.has(name)) refuse(state.file, number, `row names must differ; got ${quote(name)} twice.`);
  state.rows.set(name, kind);
  if (kind !== 'N') state.rowNames.push(name);
}

function checkColumn(state: State, { fields, number }: DataLine): void {
  const [name = '', second] = fields;
  if (second !== undefined && /^'?MARKER'?$/.test(second)) return;
  if (fields.length < 3 || fields.length % 2 === 0) {
    refuse(
      state.file,
      number,
      `a column must be a name and pairs of row and number; got ${quote(fields.join(' '))}.`,
    );
  }
  if (name !== state.lastColumn && state.columns.has(name)) {
    refuse(state.file, number, `the lines of a column must stand together; got ${quote(name)} again.`);
  }
  state.lastColumn = name;
  const rows = state.columns.get(name) ?? new Set<string>();
  state.columns.set(name, rows);
  for (let k = 1; k < fields.length; k += 2) {
    const row = declaredRow(state, fields[k]!, number);
    if (rows.has(row)) refuse(state.file, number, `a column must name a row once; got ${quote(row)} twice.`);
    rows.add(row);
    const value = readNumber(state, fields[k + 1]!, number);
    if (state.rows.get(row) !== 'N' && Math.abs(value) > SMALLEST_COEFFICIENT) state.nonzeros += 1;
  }
}

function checkSides(state: State, { fields, number, section }: DataLine): void {
  if (fields.length < 2) {
    refuse(
      state.file,
      number,
      `${section} lines must hold pairs of row and number; got ${quote(fields.join(' '))}.`,
    );
  }
  const named = fields.length % 2 === 1;
  if (named) checkSetName(state, section, fields[0]!, number);
  for (let k = named ? 1 : 0; k < fields.length; k += 2) {
    const row = declaredRow(state, fields[k]!, number);
    checkOnce(state, `${section} ${row}`, number);
    readNumber(state, fields[k + 1]!, number, { infinite: section === 'RHS' });
  }
}

const VALUED = ['UP', 'LO', 'FX', 'LI', 'UI'];
const UNVALUED = ['FR', 'MI', 'PL', 'BV'];

function checkBound(state: State, { fields, number, section }: DataLine): void {
  const [type = '', ...rest] = fields;
  const kind = type.toUpperCase();
  if (kind === 'SC')
    refuse(state.file, number, 'bounds must be those of a linear program; got a semicontinuous one.');
  if (![...VALUED, ...UNVALUED].includes(kind)) {
    refuse(
      state.file,
      number,
      `a bound must have type ${[...VALUED, ...UNVALUED].join(', ')}; got ${quote(type)}.`,
    );
  }
  const isNamed =
    rest.length === 3 || (rest.length === 2 && state.columns.has(rest[1]!) && !VALUED.includes(kind));
  if (isNamed) checkSetName(state, section, rest[0]!, number);
  const [column, value, ...excess] = isNamed ? rest.slice(1) : rest;
  if (column === undefined || excess.length > 0 || (VALUED.includes(kind) && value === undefined)) {
    refuse(
      state.file,
      number,
      `a bound must be a type, a set, a column and a number; got ${quote(fields.join(' '))}.`,
    );
  }
  if (!state.columns.has(column)) {
    refuse(state.file, number, `a bound must name a declared column; got ${quote(column)}.`);
  }
  checkOnce(state, `${kind} ${column}`, number);
  const bound = value === undefined ? 0 : readNumber(state, value, number, { infinite: true });
  if ((kind === 'UP' || kind === 'UI') && bound < 0) state.negativeUpper.set(column, number);
  else if (kind !== 'UP' && kind !== 'UI' && kind !== 'PL') state.lowered.add(column);
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

function checkOnce(state: State, what: string, number: number): void {
  if (state.given.has(what)) refuse(state.file, number, `a number must be given once; got ${what} twice.`);
  state.given.add(what);
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
