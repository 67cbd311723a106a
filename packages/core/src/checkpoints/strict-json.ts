/** JSON from strangers: what `JSON.parse` passes over is refused, and nothing is built that the limits do not allow. */
import { quoted, type Refuse } from './refusal.ts';

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How much a text may hold. */
export type JsonLimits = {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Values, those within others counted too: a text of `[],[],…` would need many times its own memory. */
  readonly values: number;
};

/** Keys that mean something else than a field in some objects of JavaScript. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Cursor = {
  readonly text: string;
  readonly refuse: Refuse;
  readonly limits: JsonLimits;
  at: number;
  values: number;
};

/** Whether a name may become a key of an object. */
export function isReservedKey(key: string): boolean {
  return RESERVED.has(key);
}

/**
 * Parses JSON, in time and memory that grow with what the limits allow.
 *
 * Besides what is no JSON, it refuses: a key that is there twice, since readers disagree about which one counts; the keys
 * `__proto__`, `constructor` and `prototype`; text behind the value that is not a space; and what is over the limits.
 */
export function parseStrictJson(text: string, limits: JsonLimits, refuse: Refuse): Json {
  const cursor: Cursor = { text, refuse, limits, at: 0, values: 0 };
  const value = readValue(cursor, 0);
  const rest = text.slice(cursor.at);
  if (!/^[ \n\r\t]*$/.test(rest)) refuse('end behind its JSON value', quoted(rest));
  return value;
}

function readValue(cursor: Cursor, depth: number): Json {
  const { limits, refuse } = cursor;
  if (++cursor.values > limits.values) refuse(`hold at most ${limits.values} values of JSON`, 'more');
  const next = peek(cursor);
  if (next === '"') return readString(cursor);
  if (next !== '{' && next !== '[') return readScalar(cursor);
  if (depth === limits.depth) refuse(`hold JSON of at most ${limits.depth} levels`, 'more');
  return next === '{' ? readObject(cursor, depth + 1) : readList(cursor, depth + 1);
}

function readObject(cursor: Cursor, depth: number): Json {
  const fields = new Map<string, Json>();
  readItems(cursor, '}', () => {
    if (peek(cursor) !== '"') refuseHere(cursor, 'name each field in quotes');
    const key = readString(cursor);
    if (fields.has(key)) cursor.refuse('name each field once', `${quoted(key)} twice`);
    if (isReservedKey(key)) cursor.refuse('not use the reserved names of JavaScript', quoted(key));
    if (peek(cursor) !== ':') refuseHere(cursor, 'have a colon behind the name of a field');
    cursor.at++;
    fields.set(key, readValue(cursor, depth));
  });
  return Object.fromEntries(fields);
}

function readList(cursor: Cursor, depth: number): Json {
  const items: Json[] = [];
  readItems(cursor, ']', () => items.push(readValue(cursor, depth)));
  return items;
}

/** Items with commas between them, from the opening bracket to the closing one. */
function readItems(cursor: Cursor, close: string, readItem: () => void): void {
  cursor.at++;
  if (peek(cursor) === close) {
    cursor.at++;
    return;
  }
  for (;;) {
    readItem();
    const next = peek(cursor);
    if (next !== ',' && next !== close) refuseHere(cursor, `have a comma or ${close} behind each item`);
    cursor.at++;
    if (next === close) return;
  }
}

function readString(cursor: Cursor): string {
  const { text, at, refuse } = cursor;
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) refuse('close each string', quoted(text.slice(at)));
  cursor.at = end + 1;
  const literal = text.slice(at, end + 1);
  try {
    return JSON.parse(literal) as string;
  } catch (cause) {
    return refuse('hold strings of JSON', quoted(literal), { cause });
  }
}

function readScalar(cursor: Cursor): Json {
  SCALAR.lastIndex = cursor.at;
  const [literal] = SCALAR.exec(cursor.text) ?? refuseHere(cursor, 'hold JSON');
  cursor.at += literal.length;
  const value = JSON.parse(literal) as number | boolean | null;
  if (value === Infinity || value === -Infinity) cursor.refuse('hold finite numbers', quoted(literal));
  return value;
}

/** The next character that is not white, which is then where the cursor is. */
function peek(cursor: Cursor): string | undefined {
  const { text } = cursor;
  while (' \n\r\t'.includes(text[cursor.at] ?? '-')) cursor.at++;
  return text[cursor.at];
}

function refuseHere({ text, at, refuse }: Cursor, must: string): never {
  return refuse(must, at < text.length ? quoted(text.slice(at, at + 20)) : 'its end');
}
