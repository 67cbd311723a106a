/** What a lint found in a file, held against what the reader made of it; and the numbers of both formats. */

import { DataError } from '@equilibria/compile';

/** What the text of a model declares. */
export type ModelSummary = {
  /** Constraint rows in the order of their declaration; an empty name where the file gives none. */
  readonly rowNames: readonly string[];
  readonly columnNames: ReadonlySet<string>;
  /** Nonzero coefficients of the constraint rows that exceed 1e-12 in magnitude. */
  readonly nonzeros: number;
  /** The text to hand to HiGHS's reader, where that is not the file's own. */
  readonly text?: string;
  /** Second sides of two-sided rows, by row, which HiGHS's reader of LP files does not know. */
  readonly secondSides?: ReadonlyMap<number, SecondSide>;
};

/** The side that a two-sided row has besides the one in the text. */
export type SecondSide = { readonly side: 'lower' | 'upper'; readonly value: number };

/** Coefficients up to this magnitude are read as zero: HiGHS's smallest setting. */
export const SMALLEST_COEFFICIENT = 1e-12;

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

/** A token in quotes, cut to a length that fits one line. */
export function quote(token: string): string {
  return JSON.stringify(token.length > 40 ? `${token.slice(0, 40)}…` : token);
}
