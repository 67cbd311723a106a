/**
 * Writes the table of public instances (packages/lp-solver/src/datasets/public-instances.ts) from the data's
 * own list of optima and its manifest. Names, numbers and checksums are facts; the files are never copied.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertWritable, DataError, saveFile } from '@equilibria/core';
import { createCommand, runProgram } from './arguments.ts';

const HEADER = `/**
 * The public instances and their expected outcomes: the oracle of the tests on public data.
 *
 * Written by apps/lp-eval/src/write-outcomes.ts from the data's optimal_values_public.csv (two algorithms of
 * HiGHS, which agree to 1e-8 relative) and MANIFEST.tsv; do not edit.
 */
import type { PublicInstance } from './public-instance.ts';

/** Every public instance, in the order of the data's list. */
// prettier-ignore
export const publicInstances: readonly PublicInstance[] = [
`;

function rows(data: string): string[] {
  const manifest = read(join(data, 'MANIFEST.tsv'))
    .split('\n')
    .map((line) => line.split('\t'));
  const [head = '', ...lines] = read(join(data, 'lp', 'optimal_values_public.csv'))
    .trim()
    .split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const stem = `lp/${cell('set')}/${cell('name')}.`;
    const [path = '', , sha256 = ''] = manifest.find(([entry = '']) => entry.startsWith(stem)) ?? [];
    if (path === '') throw new DataError(`--data: MANIFEST.tsv must name a file ${stem}*; got none.`);
    const [status = ''] = cell('status').toLowerCase().split(' ');
    const objective = cell('obj_highs_simplex');
    const fields = [
      `set: '${cell('set')}'`,
      `file: '${path.slice(path.lastIndexOf('/') + 1)}'`,
      `sha256: '${sha256}'`,
      `status: '${status}'`,
      `objective: ${objective === '' ? 'null' : Number(objective)}`,
      `relaxation: ${Number(cell('n_int')) > 0}`,
    ];
    return `  { ${fields.join(', ')} },\n`;
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    throw new DataError(`--data: cannot read ${path} (${code}).`, { cause });
  }
}

const program = createCommand('write-outcomes')
  .description('Writes the table of public instances from the data folder.')
  .requiredOption('--data <dir>', 'the data folder: DATA')
  .requiredOption('--out <file>', 'the module to write')
  .action(async ({ data, out }: { data: string; out: string }) => {
    assertWritable('--out', out);
    await saveFile('--out', out, `${HEADER}${rows(data).join('')}];\n`);
  });

await runProgram(program);
