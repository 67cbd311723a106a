/** Reads a linear program from an MPS or CPLEX LP file through HiGHS's reader, after a lint of ours. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from '@equilibria/compile';
import type { DetachedModelData, Highs, Model } from 'highs';
import { checkLinearProgram } from '../problem/linear-program.ts';
import { createHighs } from './load-highs.ts';
import type { LinearProgram } from '../problem.ts';
import { lintLp } from './lint-lp.ts';
import { lintMps } from './lint-mps.ts';
import { type ModelSummary, refuse, SMALLEST_COEFFICIENT } from './model-summary.ts';

/** Format of a model's text. */
export type ModelFormat = 'mps' | 'lp';

/** Largest text read, 256 MiB: a small gzip file may unpack to anything. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads a file whose name ends in `.mps`, `.lp`, `.mps.gz` or `.lp.gz`.
 *
 * @throws {DataError} if it cannot be read or unpacked, is empty or not text, or as `parseModel`.
 */
export async function readLinearProgram(path: string): Promise<LinearProgram> {
  const file = basename(path);
  const format = /\.(mps|lp)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (format !== 'mps' && format !== 'lp') {
    throw new DataError(`${file}: the name must end in .mps, .lp, .mps.gz or .lp.gz; got none of them.`);
  }
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DataError(`${path}: the file must be readable; got ${codeOf(cause)}.`, { cause });
  });
  return parseModel(unpack(bytes, file).toString('utf8'), format, file);
}

/** `parseModel(text, 'mps', file)`. */
export function parseMps(text: string, file = 'model.mps'): Promise<LinearProgram> {
  return parseModel(text, 'mps', file);
}

/** `parseModel(text, 'lp', file)`. */
export function parseLp(text: string, file = 'model.lp'): Promise<LinearProgram> {
  return parseModel(text, 'lp', file);
}

/**
 * Reads a model's text: our lint first, then HiGHS's reader, then a comparison of the two.
 *
 * As HiGHS does, sides and bounds of magnitude 1e20 and more are infinite, coefficients up to 1e-12 are
 * zero, an integer column of an MPS file without bounds lies in [0, 1], and rows of type N other than the
 * objective are dropped. Integer columns are kept in `integerColumns`; the program is the relaxation.
 *
 * @param file - the name in messages, and the program's name without its ending.
 * @throws {DataError} one message naming the file, and the line where the lint found it.
 */
export async function parseModel(text: string, format: ModelFormat, file: string): Promise<LinearProgram> {
  if (text.trim() === '') refuse(file, 0, 'the file must hold a model; got an empty file.');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (/[\0-\u0008\u000E-\u001F]/.test(text)) refuse(file, 0, 'the file must be text; got binary data.');
  const summary = format === 'mps' ? lintMps(text, file) : lintLp(text, file);
  const errors: string[] = [];
  const highs = await createHighs((line) => {
    if (/ERROR/.test(line)) errors.push(line.replace(/^.*ERROR:?\s*/, '').trim());
  });
  const lp = fromHighs(highs, { text: summary.text ?? text, format, file, errors });
  compare(lp, summary, file);
  return checkLinearProgram(withSecondSides(lp, summary));
}

type Source = {
  readonly text: string;
  readonly format: ModelFormat;
  readonly file: string;
  readonly errors: string[];
};

function fromHighs(highs: Highs, { text, format, file, errors }: Source): LinearProgram {
  try {
    return highs.withModel((model) => {
      model.options.set({ output_flag: true, small_matrix_value: SMALLEST_COEFFICIENT });
      model.readModel({ format, data: text });
      return toLinearProgram(highs, model, file);
    });
  } catch (cause) {
    // On some syntax the reader aborts without a word.
    const said = errors[0] ?? 'a syntax it does not know';
    throw new DataError(`${file}: HiGHS's reader must accept the file; got: ${said}.`, { cause });
  }
}

function toLinearProgram(highs: Highs, model: Model, file: string): LinearProgram {
  const data: DetachedModelData = model.getModel('csr');
  const { numRows, numCols, starts, indices, values } = data.matrix;
  return {
    name: file.replace(/\.(?:mps|lp)(?:\.gz)?$/i, ''),
    sense: data.sense === highs.constants.objectiveSense.maximize ? 'maximize' : 'minimize',
    objective: data.colCost,
    objectiveConstant: data.offset,
    matrix: { rows: numRows, columns: numCols, starts, indices, values },
    rowLower: data.rowLower,
    rowUpper: data.rowUpper,
    lower: data.colLower,
    upper: data.colUpper,
    columnNames: Array.from({ length: numCols }, (_, j) => model.getColName(j)),
    rowNames: Array.from({ length: numRows }, (_, i) => model.getRowName(i)),
    integerColumns: [...data.integrality.keys()].filter((j) => data.integrality[j] !== 0),
  };
}

/** The reader must have found what the lint found: it drops without a word what it does not understand. */
function compare(lp: LinearProgram, summary: ModelSummary, file: string): void {
  const { rows, columns, values } = lp.matrix;
  const counts: readonly [string, number, number][] = [
    ['rows', summary.rowNames.length, rows],
    ['columns', summary.columnNames.size, columns],
    ['nonzeros', summary.nonzeros, values.length],
  ];
  for (const [what, declared, read] of counts) {
    if (declared !== read) refuse(file, 0, `HiGHS's reader must find all ${declared} ${what}; got ${read}.`);
  }
  const column = lp.columnNames.find((name) => !summary.columnNames.has(name));
  if (column !== undefined) refuse(file, 0, `HiGHS's reader must find the declared columns; got ${column}.`);
  const row = summary.rowNames.findIndex((name, i) => name !== '' && name !== lp.rowNames[i]);
  if (row >= 0)
    refuse(file, 0, `HiGHS's reader must find row ${summary.rowNames[row]}; got ${lp.rowNames[row]}.`);
}

function withSecondSides(lp: LinearProgram, { secondSides = new Map() }: ModelSummary): LinearProgram {
  const sides = { lower: lp.rowLower.slice(), upper: lp.rowUpper.slice() };
  for (const [row, { side, value }] of secondSides) sides[side][row] = value;
  return { ...lp, rowLower: sides.lower, rowUpper: sides.upper };
}

function unpack(bytes: Buffer, file: string): Buffer {
  if (!/\.gz$/i.test(file)) {
    if (bytes.length > MAX_BYTES)
      refuse(file, 0, `the file must have at most 256 MiB; got ${bytes.length} bytes.`);
    return bytes;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new DataError(
      `${file}: the file must be a gzip archive of at most 256 MiB; got ${codeOf(cause)}.`,
      { cause },
    );
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
