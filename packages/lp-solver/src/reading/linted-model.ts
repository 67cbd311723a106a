/** What a lint of ours makes of a file, to be held against what HiGHS's reader makes of it; and the numbers of both formats. */

import { basename } from 'node:path';
import { DataError } from '@equilibria/compile';
import type { LinearProgram } from '../problem.ts';

/** A model as the lint read it, and how HiGHS's reader is given it. */
export type LintedModel = {
  /** The whole program. It is what is solved, once HiGHS's reader found the same. */
  readonly lp: LinearProgram;
  /** The model written anew for HiGHS's reader, with nothing in it that readers take in different ways. */
  readonly text: string;
  /** The column in {@link lp} of a name in {@link text}; default: columns are in the order of the program. */
  readonly columnOf?: ReadonlyMap<string, number>;
  /** Sides of {@link lp} that `text` cannot say: HiGHS's reader of LP files knows one side a row. */
  readonly unsaid?: { readonly rowLower: ReadonlySet<number>; readonly rowUpper: ReadonlySet<number> };
};

/** Coefficients up to this magnitude are read as zero: HiGHS's smallest setting. */
export const SMALLEST_COEFFICIENT = 1e-12;

/** Sides and bounds of this magnitude and more are infinite, as in HiGHS. */
const INFINITE = 1e20;

/** A side or bound, infinite if it is 1e20 or more in size. */
export function sideOf(value: number): number {
  return Math.abs(value) >= INFINITE ? Math.sign(value) * Infinity : value;
}

/** The name of a program: the last part of its file's path, without the ending of a model. */
export function programName(file: string): string {
  return basename(file).replace(/\.(?:mps|lp)(?:\.gz)?$/i, '');
}

/** Throws the one error of a bad file: `file, line n: what is wrong.` Lines count from 1; 0 names the whole file. */
export function refuse(file: string, line: number, what: string): never {
  throw new DataError(line > 0 ? `${file}, line ${line}: ${what}` : `${file}: ${what}`);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/**
 * Reads a number of a model file: decimal, with an exponent by e or d.
 *
 * @param options.infinite - whether `inf` and `infinity` are allowed; default false.
 * @returns the number, or a phrase saying why it is none.
 */
export function parseNumber(token: string, options: { readonly infinite?: boolean } = {}): number | string {
  const infinite = INFINITY.exec(token);
  if (infinite !== null && options.infinite === true) return infinite[1] === '-' ? -Infinity : Infinity;
  if (!NUMBER.test(token)) return `a finite number must stand here; got ${quote(token)}.`;
  const value = Number(token.replace(/d/i, 'e'));
  return Number.isFinite(value) ? value : `numbers must fit float64; got ${quote(token)}.`;
}

/** A cost, which HiGHS would take for infinite from 1e20 on; as {@link parseNumber} says what is wrong, or undefined. */
export function costComplaint(value: number): string | undefined {
  return Math.abs(value) < INFINITE ? undefined : `costs must be below 1e20; got ${value}.`;
}

/** A token in quotes, cut to a length that fits one line. */
export function quote(token: string): string {
  return JSON.stringify(token.length > 40 ? `${token.slice(0, 40)}…` : token);
}
