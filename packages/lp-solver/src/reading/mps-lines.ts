/** Splits an MPS text into the data lines of its sections, by blanks (free) or by columns (fixed). */

import { quote, refuse } from './model-summary.ts';

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
const SENSE = /^(?:MIN|MAX|MINIMIZE|MAXIMIZE|MINIMISE|MAXIMISE)$/i;

/** How fields are told apart: by blanks, or by the columns of the fixed format (names may hold blanks). */
export type MpsLayout = 'free' | 'fixed';

/**
 * The data lines of an MPS text, comments and blank lines left out.
 *
 * @throws {DataError} for an unknown or foreign section, data outside a section, ROWS or COLUMNS missing or
 * out of order, or a text that ends before ENDATA.
 */
export function dataLines(text: string, file: string, layout: MpsLayout): DataLine[] {
  const lines = text.split(/\r\n|\n|\r/);
  const cut = layout === 'fixed' ? fixedFields : freeFields;
  const found: DataLine[] = [];
  const seen: string[] = [];
  let section: MpsSection | 'OBJSENSE' | undefined;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line.startsWith('*') || line.trim() === '') continue;
    const header = headerOf(line);
    if (header === undefined) {
      if (section === undefined)
        refuse(file, number, `a section must come first; got ${quote(line.trim())}.`);
      if (section === 'OBJSENSE') checkSense(line.trim(), file, number);
      else found.push({ section, fields: cut(line, section), number });
      continue;
    }
    if (header === 'ENDATA') {
      for (const required of ['ROWS', 'COLUMNS']) {
        if (!seen.includes(required)) refuse(file, number, `there must be a section ${required}; got none.`);
      }
      return found;
    }
    section = enter(header, line, seen, file, number);
  }
  const [first] = found;
  return refuse(
    file,
    0,
    `an MPS file must end in ENDATA; got ${first === undefined ? 'no model' : 'a truncated file'}.`,
  );
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
  header: string,
  line: string,
  seen: string[],
  file: string,
  number: number,
): MpsSection | 'OBJSENSE' | undefined {
  if (seen.includes(header)) refuse(file, number, `a section must come once; got ${header} again.`);
  seen.push(header);
  if (header === 'NAME') return undefined;
  if (header === 'OBJSENSE') {
    const [, sense] = line.trim().split(/\s+/);
    if (sense === undefined) return 'OBJSENSE';
    checkSense(sense, file, number);
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

function checkSense(sense: string, file: string, number: number): void {
  if (!SENSE.test(sense)) refuse(file, number, `OBJSENSE must be MIN or MAX; got ${quote(sense)}.`);
}

function freeFields(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** Fields of the fixed format start at columns 2, 5, 15, 25, 40 and 50, counted from 1. */
function fixedFields(line: string, section: MpsSection): string[] {
  const fields = [
    [1, 3],
    [4, 12],
    [14, 22],
    [24, 36],
    [39, 47],
    [49, 61],
  ].map(([start, end]) => line.slice(start, end).trim());
  const used = section === 'ROWS' || section === 'BOUNDS' ? fields : fields.slice(1);
  return used.filter((field) => field !== '');
}
