/** Holds what HiGHS's reader found against what the lint found, value by value. */

import type { LinearProgram } from '../problem.ts';
import type { LintedModel } from './linted-model.ts';

/** What HiGHS's reader made of the text of a linted model; its own names of rows do not matter. */
export type ReadProgram = Omit<LinearProgram, 'name' | 'rowNames'>;

/**
 * The first thing in which two readings differ, in words, or undefined: sense, constant, every cost, bound, side and
 * coefficient, and which columns are integer. Values must be equal, not close: both sides read the same decimals.
 */
export function firstDifference(read: ReadProgram, linted: LintedModel): string | undefined {
  const { lp, unsaid } = linted;
  const differs = (what: string, expected: unknown, got: unknown): string =>
    `${what} must be ${String(expected)}; got ${String(got)}`;
  const counts: readonly (readonly [string, unknown, unknown])[] = [
    ['the number of rows', lp.matrix.rows, read.matrix.rows],
    ['the number of columns', lp.matrix.columns, read.matrix.columns],
    ['the number of coefficients', lp.matrix.values.length, read.matrix.values.length],
    ['the sense', lp.sense, read.sense],
    ['the constant', lp.objectiveConstant, read.objectiveConstant],
  ];
  const count = counts.find(([, expected, got]) => expected !== got);
  if (count !== undefined) return differs(...count);
  const place = placesOf(read, linted);
  const unknown = place.indexOf(-1);
  if (unknown >= 0) return `its columns must be those of the file; got ${read.columnNames[unknown]}`;
  const integer = integerFlags(lp);
  const integerRead = integerFlags(read);
  for (let j = 0; j < place.length; j++) {
    const own = place[j]!;
    const name = lp.columnNames[own]!;
    const values: readonly (readonly [string, number, number])[] = [
      [`the cost of ${name}`, lp.objective[own]!, read.objective[j]!],
      [`the lower bound of ${name}`, lp.lower[own]!, read.lower[j]!],
      [`the upper bound of ${name}`, lp.upper[own]!, read.upper[j]!],
      [`the kind of ${name}`, integer[own]!, integerRead[j]!],
    ];
    const value = values.find(([, expected, got]) => expected !== got);
    if (value !== undefined) return differs(...value);
  }
  for (let i = 0; i < lp.matrix.rows; i++) {
    const name = lp.rowNames[i]!;
    const sides = ['rowLower', 'rowUpper'] as const;
    const side = sides.find((key) => !unsaid?.[key].has(i) && lp[key][i] !== read[key][i]);
    if (side !== undefined) {
      const which = side === 'rowLower' ? 'lower' : 'upper';
      return differs(`the ${which} side of ${name}`, lp[side][i], read[side][i]);
    }
    const entry = differentEntry(read, lp, place, i);
    if (entry !== undefined) return differs(`the coefficient of ${name}, ${entry.column}`, ...entry.values);
  }
  return undefined;
}

/** The column in the lint's program of each column read, −1 where it has none. */
function placesOf(read: ReadProgram, { lp, columnOf }: LintedModel): Int32Array {
  return Int32Array.from({ length: lp.matrix.columns }, (_, j) =>
    columnOf === undefined ? j : (columnOf.get(read.columnNames[j]!) ?? -1),
  );
}

function integerFlags({ matrix, integerColumns }: ReadProgram): Uint8Array {
  const flags = new Uint8Array(matrix.columns);
  for (const j of integerColumns) flags[j] = 1;
  return flags;
}

function differentEntry(
  read: ReadProgram,
  lp: LinearProgram,
  place: Int32Array,
  row: number,
): { readonly column: string; readonly values: readonly [number, number] } | undefined {
  const expected = new Map<number, number>();
  for (let k = lp.matrix.starts[row]!; k < lp.matrix.starts[row + 1]!; k++) {
    expected.set(lp.matrix.indices[k]!, lp.matrix.values[k]!);
  }
  for (let k = read.matrix.starts[row]!; k < read.matrix.starts[row + 1]!; k++) {
    const own = place[read.matrix.indices[k]!]!;
    const value = expected.get(own) ?? 0;
    if (value !== read.matrix.values[k]) {
      return { column: lp.columnNames[own]!, values: [value, read.matrix.values[k]!] };
    }
    expected.delete(own);
  }
  // As many coefficients in all: one that is missing here is found as one too many elsewhere.
  const [missing] = expected;
  return missing === undefined ? undefined : { column: lp.columnNames[missing[0]]!, values: [missing[1], 0] };
}
