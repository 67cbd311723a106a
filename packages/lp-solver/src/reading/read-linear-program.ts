/** Reads a linear program from an MPS or CPLEX LP file, by a lint of ours and by HiGHS's reader, which must agree. */

import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { DataError } from '@equilibria/compile';
import type { DetachedModelData, Highs, Model } from 'highs';
import { checkLinearProgram } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';
import { firstDifference, type ReadProgram } from './compare-programs.ts';
import { lintLp } from './lint-lp.ts';
import { lintMps } from './lint-mps.ts';
import { refuse, SMALLEST_COEFFICIENT } from './linted-model.ts';
import { createHighs } from './load-highs.ts';

/** Format of a model's text. */
export type ModelFormat = 'mps' | 'lp';

/** Largest text read, 256 MiB: a small gzip file may unpack to anything. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads a file whose name ends in `.mps`, `.lp`, `.mps.gz` or `.lp.gz`.
 *
 * @throws {DataError} naming the path as it was given, if the file cannot be read or unpacked, is empty or not text, or as
 *   `parseModel`.
 */
export async function readLinearProgram(path: string): Promise<LinearProgram> {
  const format = /\.(mps|lp)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (format !== 'mps' && format !== 'lp') {
    throw new DataError(`${path}: the name must end in .mps, .lp, .mps.gz or .lp.gz; got none of them.`);
  }
  const bytes = await readFile(path).catch((cause: unknown) => {
    const code = codeOf(cause);
    throw new DataError(`${path}: the file must be readable; got ${READ_ERRORS[code] ?? code}.`, { cause });
  });
  return parseModel(unpack(bytes, path).toString('utf8'), format, path);
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
};

/** `parseModel(text, 'mps', file)`. */
export function parseMps(text: string, file = 'model.mps'): Promise<LinearProgram> {
  return parseModel(text, 'mps', file);
}

/** `parseModel(text, 'lp', file)`. */
export function parseLp(text: string, file = 'model.lp'): Promise<LinearProgram> {
  return parseModel(text, 'lp', file);
}

/**
 * Reads a model's text: our lint first, then HiGHS's reader on the same model written anew, then a comparison of every value.
 *
 * As HiGHS does, sides and bounds of magnitude 1e20 and more are infinite, coefficients up to 1e-12 are
 * zero, an integer column of an MPS file without bounds lies in [0, 1], and rows of type N other than the
 * objective are dropped. Integer columns are kept in `integerColumns`; the program is the relaxation.
 *
 * @param file - the path in messages; its last part without its ending is the program's name.
 * @throws {DataError} one message naming the file, and the line where the lint found it.
 */
export async function parseModel(text: string, format: ModelFormat, file: string): Promise<LinearProgram> {
  const content = text.replace(/^\uFEFF/, '');
  if (content.trim() === '') refuse(file, 0, 'the file must hold a model; got an empty file.');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (/[\0-\u0008\u000E-\u001F]/.test(content)) refuse(file, 0, 'the file must be text; got binary data.');
  const linted = format === 'mps' ? lintMps(content, file) : lintLp(content, file);
  const errors: string[] = [];
  const highs = await createHighs((line) => {
    if (/ERROR/.test(line)) errors.push(line.replace(/^.*ERROR:?\s*/, '').trim());
  });
  const read = fromHighs(highs, { text: linted.text, format, file, errors });
  const difference = firstDifference(read, linted);
  if (difference !== undefined)
    refuse(file, 0, `HiGHS's reader must find what our lint finds: ${difference}.`);
  return checkLinearProgram(linted.lp);
}

type Source = {
  readonly text: string;
  readonly format: ModelFormat;
  readonly file: string;
  readonly errors: string[];
};

function fromHighs(highs: Highs, { text, format, file, errors }: Source): ReadProgram {
  try {
    return highs.withModel((model) => {
      model.options.set({ output_flag: true, small_matrix_value: SMALLEST_COEFFICIENT });
      model.readModel({ format, data: text });
      return toProgram(highs, model);
    });
  } catch (cause) {
    // On some syntax the reader aborts without a word.
    const said = errors[0] ?? 'a syntax it does not know';
    throw new DataError(`${file}: HiGHS's reader must accept the file; got: ${said}.`, { cause });
  }
}

function toProgram(highs: Highs, model: Model): ReadProgram {
  const data: DetachedModelData = model.getModel('csr');
  const { numRows, numCols, starts, indices, values } = data.matrix;
  return {
    sense: data.sense === highs.constants.objectiveSense.maximize ? 'maximize' : 'minimize',
    objective: data.colCost,
    objectiveConstant: data.offset,
    matrix: { rows: numRows, columns: numCols, starts, indices, values },
    rowLower: data.rowLower,
    rowUpper: data.rowUpper,
    lower: data.colLower,
    upper: data.colUpper,
    columnNames: Array.from({ length: numCols }, (_, j) => model.getColName(j)),
    integerColumns: [...data.integrality.keys()].filter((j) => data.integrality[j] !== 0),
  };
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
    const code = codeOf(cause);
    const said = GZIP_ERRORS[code] ?? code;
    throw new DataError(`${file}: the file must be a gzip archive of at most 256 MiB; got ${said}.`, {
      cause,
    });
  }
}

const GZIP_ERRORS: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'a truncated one',
  Z_DATA_ERROR: 'something else or a damaged one',
  ERR_BUFFER_TOO_LARGE: 'a larger one',
};

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
