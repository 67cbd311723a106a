/** Walks over the tokens of an LP text. */

import { parseNumber, quote, refuse } from './linted-model.ts';
import type { LpToken } from './lp-tokens.ts';

/** The tokens and the place of reading. */
export type Cursor = { readonly file: string; readonly tokens: readonly LpToken[]; position: number };

/** The token to be read next, if any is left. */
export function peek(cursor: Cursor): LpToken | undefined {
  return cursor.tokens[cursor.position];
}

/** Reads a token. */
export function next(cursor: Cursor): LpToken | undefined {
  const token = peek(cursor);
  cursor.position += 1;
  return token;
}

/** Reads a token of a kind; `what` names it in the error. */
export function expect(cursor: Cursor, kind: LpToken['kind'], what: string): LpToken {
  const token = next(cursor);
  return token?.kind === kind ? token : unexpected(cursor, token, what);
}

/** Refuses a token in whose place `what` must stand. */
export function unexpected(cursor: Cursor, token: LpToken | undefined, what: string): never {
  const line = token?.line ?? cursor.tokens.at(-1)?.line ?? 0;
  return refuse(
    cursor.file,
    line,
    `${what} must stand here; got ${token === undefined ? 'the end' : quote(token.text)}.`,
  );
}

/** Whether a label `name:` comes next. */
export function isLabel(cursor: Cursor): boolean {
  return peek(cursor)?.kind === 'name' && cursor.tokens[cursor.position + 1]?.kind === 'colon';
}

/** Reads a label if one comes next, else gives the empty text. */
export function readLabel(cursor: Cursor): string {
  if (!isLabel(cursor)) return '';
  cursor.position += 2;
  return cursor.tokens[cursor.position - 2]!.text;
}

/** Reads signs, as many as come: their product. */
export function readSign(cursor: Cursor): number {
  let sign = 1;
  for (; peek(cursor)?.kind === 'sign'; cursor.position += 1) if (peek(cursor)?.text === '-') sign = -sign;
  return sign;
}

/** A number that was read, and its tokens. */
export type ReadNumber = { readonly value: number; readonly tokens: readonly LpToken[] };

/** Reads a number with its signs. */
export function readNumber(cursor: Cursor, options: { readonly infinite?: boolean } = {}): ReadNumber {
  const start = cursor.position;
  const sign = readSign(cursor);
  const token = next(cursor);
  if (token === undefined || token.kind === 'section') return unexpected(cursor, token, 'a number');
  const value = parseNumber(token.text, options);
  if (typeof value === 'string') return refuse(cursor.file, token.line, value);
  return { value: sign * value, tokens: cursor.tokens.slice(start, cursor.position) };
}

/** Whether a name means infinity. */
export function isInfinity(text: string): boolean {
  return /^inf(?:inity)?$/i.test(text);
}
