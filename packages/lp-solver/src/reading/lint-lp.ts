/** Reads the text of a CPLEX LP file, and refuses what HiGHS's reader accepts without a word, or crashes on. */

import type { LinearProgram, Sense } from '../problem.ts';
import { fromEntries, type Entry } from '../problem/sparse-matrix.ts';
import {
  costComplaint,
  type LintedModel,
  programName,
  quote,
  refuse,
  sideOf,
  SMALLEST_COEFFICIENT,
} from './linted-model.ts';
import {
  type Cursor,
  expect,
  isInfinity,
  isLabel,
  next,
  peek,
  readLabel,
  readNumber,
  type ReadNumber,
  readSign,
  unexpected,
} from './lp-cursor.ts';
import { lpText, lpTokens, type LpSection, type LpToken } from './lp-tokens.ts';

/** A constraint; `name` is empty where the file gives none, `unsaid` the side that the output leaves out. */
type Row = {
  readonly name: string;
  readonly coefficients: ReadonlyMap<string, number>;
  readonly lower: number;
  readonly upper: number;
  readonly unsaid?: 'lower' | 'upper';
};

type Model = {
  readonly costs: Map<string, number>;
  readonly rows: Row[];
  readonly labels: Set<string>;
  /** The column of each variable, in the order of their first mention. */
  readonly columns: Map<string, number>;
  readonly lower: Map<string, number>;
  readonly upper: Map<string, number>;
  readonly integers: Set<string>;
  /** Binary variables, with the line that says so. */
  readonly binaries: Map<string, number>;
  readonly negativeUpper: Map<string, number>;
  /** The tokens as HiGHS's reader takes them: each constraint with its expression on the left and one side. */
  readonly output: LpToken[];
  constant: number;
};

/**
 * Reads an LP text: an objective first, sections that end in End, linear expressions with finite numbers
 * on the left and one number on the right of each relation, bounds and integers of variables that occur, each bound once,
 * and at least one variable.
 *
 * A binary variable lies in [0, 1]; bounds of its own that leave it are refused, because readers disagree about which hold.
 *
 * @param text - the whole file.
 * @param file - its name in messages, and the program's without its ending.
 * @throws {DataError} naming file, line and the first thing that is wrong.
 */
export function lintLp(text: string, file: string): LintedModel {
  const cursor: Cursor = { file, tokens: lpTokens(text, file), position: 0 };
  const model: Model = {
    costs: new Map(),
    rows: [],
    labels: new Set(),
    columns: new Map(),
    lower: new Map(),
    upper: new Map(),
    integers: new Set(),
    binaries: new Map(),
    negativeUpper: new Map(),
    output: [],
    constant: 0,
  };
  const first = next(cursor);
  if (first?.kind !== 'section' || (first.text !== 'minimize' && first.text !== 'maximize')) {
    refuse(
      file,
      first?.line ?? 0,
      `an LP file must begin with Minimize or Maximize; got ${quote(first?.text ?? '')}.`,
    );
  }
  model.output.push(first);
  copying(cursor, model, readObjective);
  readSections(cursor, model);
  checkBounds(model, file);
  if (model.columns.size === 0) refuse(file, 0, 'there must be at least one variable; got none.');
  const unsaid = (side: 'lower' | 'upper'): ReadonlySet<number> =>
    new Set([...model.rows.keys()].filter((i) => model.rows[i]!.unsaid === side));
  return {
    lp: programOf(model, first.text, programName(file)),
    text: lpText(model.output),
    columnOf: model.columns,
    unsaid: { rowLower: unsaid('lower'), rowUpper: unsaid('upper') },
  };
}

function programOf(model: Model, sense: Sense, name: string): LinearProgram {
  const names = [...model.columns.keys()];
  const entries: Entry[] = [];
  model.rows.forEach(({ coefficients }, i) => {
    for (const [column, value] of coefficients) {
      if (Math.abs(value) > SMALLEST_COEFFICIENT) entries.push([i, model.columns.get(column)!, value]);
    }
  });
  const defaultUpper = (column: string): number => (model.binaries.has(column) ? 1 : Infinity);
  return {
    name,
    sense,
    objective: Float64Array.from(names, (column) => model.costs.get(column) ?? 0),
    objectiveConstant: model.constant,
    matrix: fromEntries([model.rows.length, names.length], entries),
    rowLower: Float64Array.from(model.rows, ({ lower }) => sideOf(lower)),
    rowUpper: Float64Array.from(model.rows, ({ upper }) => sideOf(upper)),
    lower: Float64Array.from(names, (column) => sideOf(model.lower.get(column) ?? 0)),
    upper: Float64Array.from(names, (column) => sideOf(model.upper.get(column) ?? defaultUpper(column))),
    columnNames: names,
    rowNames: rowNames(model),
    integerColumns: [...names.keys()].filter(
      (j) => model.integers.has(names[j]!) || model.binaries.has(names[j]!),
    ),
  };
}

/** Rows without a name get one that no other row has. */
function rowNames({ rows, labels }: Model): readonly string[] {
  return rows.map(({ name }, i) => {
    if (name !== '') return name;
    let own = `row${i + 1}`;
    while (labels.has(own)) own = `${own}_`;
    return own;
  });
}

function checkBounds(model: Model, file: string): void {
  for (const [name, line] of model.negativeUpper) {
    if (model.lower.has(name)) continue;
    refuse(
      file,
      line,
      `a negative upper bound needs a lower bound, because readers disagree about its default; ` +
        `got none for ${quote(name)}. Add -inf <= ${name}.`,
    );
  }
  for (const [name, line] of model.binaries) {
    const bounds = [model.lower.get(name) ?? 0, model.upper.get(name) ?? 1];
    if (bounds.every((bound) => bound >= 0 && bound <= 1)) continue;
    refuse(
      file,
      line,
      `bounds of a binary variable must lie in [0, 1]; got [${bounds.join(', ')}] for ${quote(name)}. ` +
        'Delete its bounds, or make it General.',
    );
  }
}

/** Copies the tokens that `read` consumes to the output. */
function copying(cursor: Cursor, model: Model, read: (cursor: Cursor, model: Model) => void): void {
  const start = cursor.position;
  read(cursor, model);
  append(model.output, cursor.tokens.slice(start, cursor.position));
}

/** One by one: the arguments of a call have to fit on the stack. */
function append(output: LpToken[], tokens: readonly LpToken[]): void {
  for (const token of tokens) output.push(token);
}

function readSections(cursor: Cursor, model: Model): void {
  const seen = new Set<LpSection>();
  for (let token = next(cursor); token !== undefined; token = next(cursor)) {
    if (token.kind !== 'section') return unexpected(cursor, token, 'a section');
    model.output.push(token);
    if (token.text === 'end') return undefined;
    if (seen.has(token.text))
      refuse(cursor.file, token.line, `a section must come once; got ${token.text} again.`);
    seen.add(token.text);
    const read = READERS[token.text];
    if (read === undefined) return unexpected(cursor, token, 'a section other than the objective');
    while (peek(cursor) !== undefined && peek(cursor)?.kind !== 'section') read(cursor, model);
  }
  return refuse(cursor.file, 0, 'an LP file must end in End; got a truncated file.');
}

const READERS: Readonly<Partial<Record<LpSection, (cursor: Cursor, model: Model) => void>>> = {
  constraints: readConstraint,
  bounds: readBound,
  integers: (cursor, model) =>
    copying(cursor, model, () => void model.integers.add(readVariable(cursor, model).text)),
  binaries: (cursor, model) =>
    copying(cursor, model, () => {
      const { text, line } = readVariable(cursor, model);
      model.binaries.set(text, line);
    }),
};

function readObjective(cursor: Cursor, model: Model): void {
  readLabel(cursor);
  const { coefficients, constants, line } = readExpression(cursor, model);
  for (const [name, cost] of coefficients) {
    const complaint = costComplaint(cost);
    if (complaint !== undefined) refuse(cursor.file, line, complaint);
    model.costs.set(name, cost);
  }
  model.constant = constants.reduce((sum, value) => sum + value, 0);
  const after = peek(cursor);
  if (after !== undefined && after.kind !== 'section') unexpected(cursor, after, 'the next section');
}

function readConstraint(cursor: Cursor, model: Model): void {
  let name = '';
  copying(cursor, model, () => (name = readNewLabel(cursor, model)));
  const left = readLeftSide(cursor);
  const start = cursor.position;
  const { coefficients, constants, line } = readExpression(cursor, model);
  if (constants.length > 0) {
    refuse(cursor.file, line, 'a constraint must hold variables on one side and a number on the other.');
  }
  append(model.output, cursor.tokens.slice(start, cursor.position));
  const row = { name, coefficients };
  if (left !== undefined && peek(cursor)?.kind !== 'relation') {
    const relation = MIRRORED[left.relation.text] ?? '=';
    append(model.output, [
      { kind: 'relation', line: left.relation.line, text: relation },
      ...left.number.tokens,
    ]);
    model.rows.push({ ...row, ...sidesOf(relation, left.number.value) });
    return;
  }
  copying(cursor, model, () => {
    const relation = expect(cursor, 'relation', 'a relation');
    const sides = sidesOf(relation.text, readNumber(cursor, { infinite: true }).value);
    if (left === undefined) {
      model.rows.push({ ...row, ...sides });
      return;
    }
    if (relation.text === '=' || relation.text !== left.relation.text) {
      refuse(cursor.file, relation.line, 'both relations of a two-sided constraint must be <= or both >=.');
    }
    const unsaid = relation.text === '<=' ? 'lower' : 'upper';
    model.rows.push({ ...row, ...sides, [unsaid]: left.number.value, unsaid });
  });
}

const MIRRORED: Readonly<Record<string, string>> = { '<=': '>=', '>=': '<=', '=': '=' };

function sidesOf(relation: string, value: number): { readonly lower: number; readonly upper: number } {
  return {
    lower: relation === '<=' ? -Infinity : value,
    upper: relation === '>=' ? Infinity : value,
  };
}

function readNewLabel(cursor: Cursor, model: Model): string {
  const label = readLabel(cursor);
  if (label !== '' && model.labels.has(label)) {
    refuse(cursor.file, peek(cursor)?.line ?? 0, `constraint names must differ; got ${quote(label)} twice.`);
  }
  model.labels.add(label);
  return label;
}

type LeftSide = { readonly number: ReadNumber; readonly relation: LpToken };

/** The number and relation that a constraint may begin with. */
function readLeftSide(cursor: Cursor): LeftSide | undefined {
  const start = cursor.position;
  while (peek(cursor)?.kind === 'sign') cursor.position += 1;
  const token = peek(cursor);
  const isNumber = token?.kind === 'number' || (token?.kind === 'name' && isInfinity(token.text));
  const isSide = isNumber && cursor.tokens[cursor.position + 1]?.kind === 'relation';
  cursor.position = start;
  if (!isSide) return undefined;
  const number = readNumber(cursor, { infinite: true });
  return { number, relation: expect(cursor, 'relation', 'a relation') };
}

type Terms = {
  readonly coefficients: ReadonlyMap<string, number>;
  readonly constants: readonly number[];
  readonly line: number;
};

function readExpression(cursor: Cursor, model: Model): Terms {
  const coefficients = new Map<string, number>();
  const constants: number[] = [];
  const line = peek(cursor)?.line ?? 0;
  let isFirst = true;
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    if (token.kind === 'section' || token.kind === 'relation' || isLabel(cursor)) break;
    if (!isFirst && token.kind !== 'sign') unexpected(cursor, token, 'a sign');
    isFirst = false;
    const sign = readSign(cursor);
    const hasNumber = peek(cursor)?.kind === 'number';
    const value = sign * (hasNumber ? readNumber(cursor).value : 1);
    const name = peek(cursor);
    if (name?.kind === 'name') {
      if (/^nan$/i.test(name.text)) unexpected(cursor, name, 'a variable or a finite number');
      if (coefficients.has(name.text)) {
        refuse(
          cursor.file,
          name.line,
          `an expression must name a variable once; got ${quote(name.text)} twice.`,
        );
      }
      cursor.position += 1;
      coefficients.set(name.text, value);
      if (!model.columns.has(name.text)) model.columns.set(name.text, model.columns.size);
    } else if (hasNumber) constants.push(value);
    else unexpected(cursor, name, 'a variable or a number');
  }
  return { coefficients, constants, line };
}

/** One bound: `x free`, `x relation number`, `number relation x` or `number relation x relation number`. */
function readBound(cursor: Cursor, model: Model): void {
  const left = peek(cursor);
  if (left?.kind === 'name' && !isInfinity(left.text)) {
    const name = readVariable(cursor, model);
    const after = next(cursor);
    if (after?.kind === 'name' && /^free$/i.test(after.text)) {
      setBound(cursor, model, { name, side: 'lower', value: -Infinity });
      setBound(cursor, model, { name, side: 'upper', value: Infinity });
      append(model.output, [name, after]);
    } else if (after?.kind === 'relation') noteBound(cursor, model, name, after.text, readSide(cursor));
    else unexpected(cursor, after, 'a relation or free');
    return;
  }
  const number = readSide(cursor);
  const relation = expect(cursor, 'relation', 'a relation');
  const name = readVariable(cursor, model);
  noteBound(cursor, model, name, MIRRORED[relation.text] ?? '=', number);
  const second = peek(cursor);
  if (second?.kind !== 'relation') return;
  if (second.text === '=' || second.text !== relation.text) {
    refuse(cursor.file, second.line, 'both relations of a two-sided bound must be <= or both >=.');
  }
  cursor.position += 1;
  noteBound(cursor, model, name, second.text, readSide(cursor));
}

function readSide(cursor: Cursor): ReadNumber {
  return readNumber(cursor, { infinite: true });
}

/** Notes `name relation number`, and writes it: two-sided bounds become two. */
function noteBound(
  cursor: Cursor,
  model: Model,
  name: LpToken,
  relation: string,
  { value, tokens }: ReadNumber,
): void {
  if (relation !== '<=') setBound(cursor, model, { name, side: 'lower', value });
  if (relation !== '>=') setBound(cursor, model, { name, side: 'upper', value });
  if (relation === '<=' && value < 0) model.negativeUpper.set(name.text, name.line);
  append(model.output, [name, { kind: 'relation', text: relation, line: name.line }, ...tokens]);
}

function setBound(
  { file }: Cursor,
  model: Model,
  { name, side, value }: { readonly name: LpToken; readonly side: 'lower' | 'upper'; readonly value: number },
): void {
  if (model[side].has(name.text)) {
    refuse(
      file,
      name.line,
      `a bound must be given once; got the ${side} bound of ${quote(name.text)} twice.`,
    );
  }
  model[side].set(name.text, value);
}

function readVariable(cursor: Cursor, model: Model): LpToken {
  const name = expect(cursor, 'name', 'a variable');
  if (!model.columns.has(name.text)) {
    refuse(
      cursor.file,
      name.line,
      `a variable must occur in the objective or a constraint; got ${quote(name.text)}.`,
    );
  }
  return name;
}
