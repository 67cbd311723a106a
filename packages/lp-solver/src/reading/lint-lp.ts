/** Checks the text of a CPLEX LP file for what HiGHS's reader accepts without a word, or crashes on. */

import {
  type ModelSummary,
  parseNumber,
  quote,
  refuse,
  type SecondSide,
  SMALLEST_COEFFICIENT,
} from './model-summary.ts';
import { lpText, lpTokens, type LpSection, type LpToken } from './lp-tokens.ts';

/** The tokens and the place of reading; `line` is where the last token stood. */
type Cursor = { readonly file: string; readonly tokens: readonly LpToken[]; position: number };

type Model = {
  readonly rowNames: string[];
  readonly labels: Set<string>;
  readonly columns: Set<string>;
  readonly lowered: Set<string>;
  readonly negativeUpper: Map<string, number>;
  readonly secondSides: Map<number, SecondSide>;
  /** The tokens as HiGHS's reader takes them: each constraint with its expression on the left and one side. */
  readonly output: LpToken[];
  nonzeros: number;
};

/**
 * Checks an LP text: an objective first, sections that end in End, linear expressions with finite numbers
 * on the left and one number on the right of each relation, bounds and integers of variables that occur,
 * and at least one variable.
 *
 * @param text - the whole file.
 * @param file - its name in messages.
 * @throws {DataError} naming file, line and the first thing that is wrong.
 */
export function lintLp(text: string, file: string): ModelSummary {
  const cursor: Cursor = { file, tokens: lpTokens(text, file), position: 0 };
  const model: Model = {
    rowNames: [],
    labels: new Set(),
    columns: new Set(),
    lowered: new Set(),
    negativeUpper: new Map(),
    secondSides: new Map(),
    output: [],
    nonzeros: 0,
  };
  const first = next(cursor);
  if (first?.kind !== 'section' || (first.text !== 'minimize' && first.text !== 'maximize')) {
    refuse(
      file,
      first?.line ?? 0,
      `an LP file must begin with Minimize or Maximize; got ${quote(first?.text ?? '')}.`,
    );
  }
  copying(cursor, model, readObjective);
  readSections(cursor, model);
  for (const [name, line] of model.negativeUpper) {
    if (!model.lowered.has(name)) {
      refuse(
        file,
        line,
        `a negative upper bound needs a lower bound, because readers disagree about its default; ` +
          `got none for ${quote(name)}. Add -inf <= ${name}.`,
      );
    }
  }
  if (model.columns.size === 0) refuse(file, 0, 'there must be at least one variable; got none.');
  return {
    rowNames: model.rowNames,
    columnNames: model.columns,
    nonzeros: model.nonzeros,
    text: lpText([first, ...model.output]),
    secondSides: model.secondSides,
  };
}

/** Copies the tokens that `read` consumes to the output. */
function copying(cursor: Cursor, model: Model, read: (cursor: Cursor, model: Model) => void): void {
  const start = cursor.position;
  read(cursor, model);
  model.output.push(...cursor.tokens.slice(start, cursor.position));
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
  bounds: (cursor, model) => copying(cursor, model, readBound),
  integers: (cursor, model) => copying(cursor, model, readVariable),
  binaries: (cursor, model) => copying(cursor, model, readVariable),
};

function readObjective(cursor: Cursor, model: Model): void {
  readLabel(cursor);
  readExpression(cursor, model);
  const after = peek(cursor);
  if (after !== undefined && after.kind !== 'section') unexpected(cursor, after, 'the next section');
}

function readConstraint(cursor: Cursor, model: Model): void {
  copying(cursor, model, (here) => noteLabel(here, model));
  const left = readLeftSide(cursor);
  const start = cursor.position;
  const terms = readExpression(cursor, model);
  if (terms.constants > 0) {
    refuse(
      cursor.file,
      terms.line,
      'a constraint must hold variables on one side and a number on the other.',
    );
  }
  model.nonzeros += [...terms.coefficients.values()].filter((v) => Math.abs(v) > SMALLEST_COEFFICIENT).length;
  model.output.push(...cursor.tokens.slice(start, cursor.position));
  if (left !== undefined && peek(cursor)?.kind !== 'relation') {
    const { line, text } = left.relation;
    model.output.push({ kind: 'relation', line, text: MIRRORED[text] ?? '=' }, ...left.number);
    return;
  }
  copying(cursor, model, (here) => {
    const relation = expect(here, 'relation', 'a relation');
    readNumber(here, { infinite: true });
    if (left === undefined) return;
    if (relation.text === '=' || relation.text !== left.relation.text) {
      refuse(here.file, relation.line, 'both relations of a two-sided constraint must be <= or both >=.');
    }
    const side = relation.text === '<=' ? 'lower' : 'upper';
    model.secondSides.set(model.rowNames.length - 1, { side, value: left.value });
  });
}

const MIRRORED: Readonly<Record<string, string>> = { '<=': '>=', '>=': '<=', '=': '=' };

function noteLabel(cursor: Cursor, model: Model): void {
  const label = readLabel(cursor);
  if (label !== '' && model.labels.has(label)) {
    refuse(cursor.file, peek(cursor)?.line ?? 0, `constraint names must differ; got ${quote(label)} twice.`);
  }
  model.labels.add(label);
  model.rowNames.push(label);
}

type LeftSide = {
  readonly value: number;
  readonly number: readonly LpToken[];
  readonly relation: LpToken;
};

/** The number and relation that a constraint may begin with. */
function readLeftSide(cursor: Cursor): LeftSide | undefined {
  const start = cursor.position;
  while (peek(cursor)?.kind === 'sign') cursor.position += 1;
  const token = peek(cursor);
  const isNumber = token?.kind === 'number' || (token?.kind === 'name' && isInfinity(token.text));
  const isSide = isNumber && cursor.tokens[cursor.position + 1]?.kind === 'relation';
  cursor.position = start;
  if (!isSide) return undefined;
  const value = readNumber(cursor, { infinite: true });
  const number = cursor.tokens.slice(start, cursor.position);
  return { value, number, relation: expect(cursor, 'relation', 'a relation') };
}

type Terms = {
  readonly coefficients: Map<string, number>;
  readonly constants: number;
  readonly line: number;
};

function readExpression(cursor: Cursor, model: Model): Terms {
  const coefficients = new Map<string, number>();
  const line = peek(cursor)?.line ?? 0;
  let constants = 0;
  let isFirst = true;
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    if (token.kind === 'section' || token.kind === 'relation' || isLabel(cursor)) break;
    if (!isFirst && token.kind !== 'sign') unexpected(cursor, token, 'a sign');
    isFirst = false;
    const sign = readSign(cursor);
    const hasNumber = peek(cursor)?.kind === 'number';
    const value = sign * (hasNumber ? readNumber(cursor) : 1);
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
      model.columns.add(name.text);
    } else if (hasNumber) constants += 1;
    else unexpected(cursor, name, 'a variable or a number');
  }
  return { coefficients, constants, line };
}

/** One bound: `x free`, `x relation number`, `number relation x` or `number relation x relation number`. */
function readBound(cursor: Cursor, model: Model): void {
  const left = peek(cursor);
  const isNumberFirst = left?.kind !== 'name' || isInfinity(left.text);
  if (isNumberFirst) {
    const value = readNumber(cursor, { infinite: true });
    const relation = expect(cursor, 'relation', 'a relation');
    const name = readVariable(cursor, model);
    noteBound(model, name, relation.text === '<=' ? '>=' : relation.text === '>=' ? '<=' : '=', value);
    if (peek(cursor)?.kind === 'relation')
      noteBound(model, name, next(cursor)!.text, readNumber(cursor, { infinite: true }));
    return;
  }
  const name = readVariable(cursor, model);
  const after = peek(cursor);
  if (after?.kind === 'name' && /^free$/i.test(after.text)) {
    cursor.position += 1;
    model.lowered.add(name.text);
    return;
  }
  const relation = expect(cursor, 'relation', 'a relation or free');
  noteBound(model, name, relation.text, readNumber(cursor, { infinite: true }));
}

function noteBound(model: Model, name: LpToken, relation: string, value: number): void {
  if (relation !== '<=') model.lowered.add(name.text);
  else if (value < 0) model.negativeUpper.set(name.text, name.line);
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

function readLabel(cursor: Cursor): string {
  if (!isLabel(cursor)) return '';
  cursor.position += 2;
  return cursor.tokens[cursor.position - 2]!.text;
}

function isLabel(cursor: Cursor): boolean {
  return peek(cursor)?.kind === 'name' && cursor.tokens[cursor.position + 1]?.kind === 'colon';
}

function readSign(cursor: Cursor): number {
  let sign = 1;
  for (; peek(cursor)?.kind === 'sign'; cursor.position += 1) if (peek(cursor)?.text === '-') sign = -sign;
  return sign;
}

function readNumber(cursor: Cursor, options: { readonly infinite?: boolean } = {}): number {
  const sign = readSign(cursor);
  const token = next(cursor);
  if (token === undefined || token.kind === 'section') return unexpected(cursor, token, 'a number');
  const value = parseNumber(token.text, options);
  return typeof value === 'string' ? refuse(cursor.file, token.line, value) : sign * value;
}

function isInfinity(text: string): boolean {
  return /^inf(?:inity)?$/i.test(text);
}

function peek(cursor: Cursor): LpToken | undefined {
  return cursor.tokens[cursor.position];
}

function next(cursor: Cursor): LpToken | undefined {
  const token = peek(cursor);
  cursor.position += 1;
  return token;
}

function expect(cursor: Cursor, kind: LpToken['kind'], what: string): LpToken {
  const token = next(cursor);
  return token?.kind === kind ? token : unexpected(cursor, token, what);
}

function unexpected(cursor: Cursor, token: LpToken | undefined, what: string): never {
  const line = token?.line ?? cursor.tokens.at(-1)?.line ?? 0;
  return refuse(
    cursor.file,
    line,
    `${what} must stand here; got ${token === undefined ? 'the end' : quote(token.text)}.`,
  );
}
