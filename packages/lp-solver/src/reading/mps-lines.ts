/** Splits an MPS text into the data lines of its sections, by blanks (free) or by columns (fixed). */

import type { Sense } from '../problem.ts';
import { quote, refuse } from './linted-model.ts';

/** The sections that hold data of a linear program. */
export type MpsSection = 'ROWS' | 'COLUMNS' | 'RHS' | 'RANGES' | 'BOUNDS';

/** One line of a section, cut into its fields; `number` counts from 1. */
export type DataLine = {
  readonly section: MpsSection;
  readonly fields: readonly string[];
  readonly number: number;
};

const SECTIONS = ['ROWS', 'COLUMNS', 'RHS', 'RANGES', 'BOUNDS'] as const;
const FOREIGN =
  /^(?:QUADOBJ|QMATRIX|QSECTION|QCMATRIX|CSECTION|SOS\d?|SETS|INDICATORS|LAZYCONS|USERCUTS|OBJECTIVES?|OBJNAME|REFROW|GENCONS|PWLOBJ|SCENARIOS)$/;
const SENSE = /^(MIN|MAX)(?:IMI[SZ]E)?$/i;

/** How fields are told apart: by blanks, or by the columns of the fixed format (names may hold blanks). */
export type MpsLayout = 'free' | 'fixed';

/** The data of an MPS text, comments and blank lines left out. */
export type MpsData = { readonly sense: Sense; readonly lines: readonly DataLine[] };

/** What is known while lines are read; `senses` are those given, of which there may be one. */
type Reading = {
  readonly file: string;
  readonly lines: DataLine[];
  readonly seen: string[];
  readonly senses: Sense[];
  section: MpsSection | 'OBJSENSE' | undefined;
};

/**
 * The data lines of an MPS text and the sense of its objective, which is minimised unless OBJSENSE says otherwise.
 *
 * @throws {DataError} for an unknown or foreign section, data outside a section, ROWS or COLUMNS missing or
 * out of order, no or two senses in OBJSENSE, text outside the columns of the fixed format, or a text that ends before ENDATA.
 */
export function dataLines(text: string, file: string, layout: MpsLayout): MpsData {
  const reading: Reading = { file, lines: [], seen: [], senses: [], section: undefined };
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const number = index + 1;
    if (line.startsWith('*') || line.trim() === '') continue;
    const header = headerOf(line);
    if (header === undefined) readData(reading, line, { number, layout });
    else {
      leave(reading, number);
      if (header === 'ENDATA') return finish(reading, number);
      reading.section = enter(reading, header, line, number);
    }
  }
  return refuse(
    file,
    0,
    `an MPS file must end in ENDATA; got ${reading.lines.length === 0 ? 'no model' : 'a truncated file'}.`,
  );
}

function readData(
  { file, lines, senses, section }: Reading,
  line: string,
  { number, layout }: { readonly number: number; readonly layout: MpsLayout },
): void {
  if (section === undefined) refuse(file, number, `a section must come first; got ${quote(line.trim())}.`);
  if (section === 'OBJSENSE') noteSense(senses, line.trim(), file, number);
  else if (layout === 'free') lines.push({ section, fields: freeFields(line), number });
  else {
    const fields = fixedFields(line, section);
    if (fields === undefined) {
      refuse(
        file,
        number,
        `names with blanks need the fixed format, fields in columns 2-3, 5-12, 15-22, 25-36, 40-47 and 50-61; ` +
          `got ${quote(line.trim())}.`,
      );
    }
    lines.push({ section, fields, number });
  }
}

function leave({ file, section, senses }: Reading, number: number): void {
  if (section === 'OBJSENSE' && senses.length === 0) {
    refuse(file, number, 'OBJSENSE must be MIN or MAX; got none.');
  }
}

function finish({ file, lines, seen, senses }: Reading, number: number): MpsData {
  for (const required of ['ROWS', 'COLUMNS']) {
    if (!seen.includes(required)) refuse(file, number, `there must be a section ${required}; got none.`);
  }
  return { sense: senses[0] ?? 'minimize', lines };
}

/**
 * Whether an MPS text is written by the columns of the fixed format because names in it hold blanks: a line of ROWS or COLUMNS
 * keeps to those columns, has a name with a blank there, and cannot be told apart by blanks.
 */
export function hasNamesWithBlanks(text: string): boolean {
  let section: string | undefined;
  return text.split(/\r\n|\n|\r/).some((line) => {
    if (line.startsWith('*') || line.trim() === '') return false;
    const header = headerOf(line);
    if (header !== undefined) section = header;
    if (header !== undefined || (section !== 'ROWS' && section !== 'COLUMNS')) return false;
    const words = freeFields(line);
    const isFree =
      section === 'ROWS'
        ? words.length === 2
        : words.length % 2 === 1 &&
          words.every((word, k) => k === 0 || k % 2 === 1 || /^[-+.]?\d/.test(word));
    if (isFree || words.includes("'MARKER'")) return false;
    return fixedFields(line, section)?.some((field) => field.includes(' ')) === true;
  });
}

function headerOf(line: string): string | undefined {
  if (/^\s/.test(line)) return undefined;
  const words = line.trim().split(/\s+/);
  const word = words[0]!.toUpperCase();
  // Data lines of the free format need not be indented: `RHS R1 4` is data, `RHS` alone a section.
  const isHeader = ['NAME', 'OBJSENSE', 'ENDATA'].includes(word) || words.length === 1 || FOREIGN.test(word);
  return isHeader ? word : undefined;
}

function enter(
  { file, seen, senses }: Reading,
  header: string,
  line: string,
  number: number,
): MpsSection | 'OBJSENSE' | undefined {
  if (seen.includes(header)) refuse(file, number, `a section must come once; got ${header} again.`);
  seen.push(header);
  if (header === 'NAME') return undefined;
  if (header === 'OBJSENSE') {
    const [, ...words] = line.trim().split(/\s+/);
    if (words.length === 0) return 'OBJSENSE';
    noteSense(senses, words.join(' '), file, number);
    return undefined;
  }
  if (FOREIGN.test(header))
    refuse(file, number, `sections must be those of a linear program; got ${header}.`);
  const section = SECTIONS.find((name) => name === header);
  if (section === undefined)
    refuse(file, number, `a known section must start here; got ${quote(line.trim())}.`);
  if (section !== 'ROWS' && !seen.includes('ROWS')) refuse(file, number, `ROWS must come before ${section}.`);
  if (!['ROWS', 'COLUMNS'].includes(section) && !seen.includes('COLUMNS')) {
    refuse(file, number, `COLUMNS must come before ${section}.`);
  }
  return section;
}

function noteSense(senses: Sense[], text: string, file: string, number: number): void {
  const word = SENSE.exec(text)?.[1];
  if (word === undefined) refuse(file, number, `OBJSENSE must be MIN or MAX; got ${quote(text)}.`);
  if (senses.length > 0) refuse(file, number, `OBJSENSE must hold one sense; got ${quote(text)} besides.`);
  senses.push(word.toUpperCase() === 'MAX' ? 'maximize' : 'minimize');
}

function freeFields(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** Where the fields of the fixed format begin and end, counted from 0. */
const FIXED_FIELDS = [
  [1, 3],
  [4, 12],
  [14, 22],
  [24, 36],
  [39, 47],
  [49, 61],
] as const;

/** The fields of a line in the fixed format, or undefined if there is something between or after them. */
function fixedFields(line: string, section: string): string[] | undefined {
  const cut = FIXED_FIELDS.map(([start, end]) => line.slice(start, end));
  const covered = cut.reduce((sum, field) => sum + field.replaceAll(/\s/g, '').length, 0);
  if (line.includes('\t') || covered !== line.replaceAll(/\s/g, '').length) return undefined;
  const fields = cut.map((field) => field.trim());
  const used = section === 'ROWS' || section === 'BOUNDS' ? fields : fields.slice(1);
  return used.filter((field) => field !== '');
}
