/** `report`: the page of an evaluation, from its files alone. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertWritable, DataError, readResults, saveFile } from '@equilibria/core';
import { type LipschitzStudy, parseLipschitzStudy } from '@equilibria/lp-solver';
import { RESULTS_FILE } from '@equilibria/report';
import { format } from 'prettier';
import { iterationTable, lipschitzTable, networkTable } from './report-tables.ts';

/** The options of the command. */
export type ReportCommandOptions = {
  /** A folder that `evaluate` wrote, and `lipschitz`, perhaps. */
  readonly in: string;
  /** The page. */
  readonly out: string;
};

/** Evaluations of the table of iterated methods: those of the published yardstick. */
const POINTS = [100, 200, 300, 500, 1000, 2000];

/** Writes the page. */
export async function reportCommand({ in: folder, out }: ReportCommandOptions): Promise<void> {
  assertWritable('--out', out);
  const file = join(folder, RESULTS_FILE);
  if (!existsSync(file)) {
    throw new DataError(`--in: ${folder} must hold ${RESULTS_FILE}, as evaluate writes it; it does not.`);
  }
  const { run, domains } = await readResults(file);
  const sections = domains.map((domain) => {
    const { name, size } = domain.dataset;
    return [
      `## ${domain.name}`,
      `${size} programs: ${name}.`,
      networkTable(domain),
      iterationTable(domain, POINTS),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  const study = lipschitzOf(folder);
  const page = [
    '# Linear programs: what was measured',
    'Written by `npm run lp -- report` from the files of `npm run lp -- evaluate` and `npm run lp -- lipschitz`. Errors are means over ' +
      'the test programs of ‖x − x*‖/(‖x*‖ + 1); over several seeds of training, the mean and the range. t counts evaluations of the ' +
      `operator. Seed of the test programs: ${run.seed}; commit ${run.commit ?? 'unknown'}; ${run.machine.cpu}, ${run.machine.cores} cores.`,
    ...sections,
    ...(study === null ? [] : ['## Lipschitz constants', lipschitzTable(study)]),
  ].join('\n\n');
  await saveFile('--out', out, await format(page, { parser: 'markdown', printWidth: 120 }));
  console.log(`Written: ${out}`);
}

function lipschitzOf(folder: string): LipschitzStudy | null {
  const file = join(folder, 'lipschitz.json');
  if (!existsSync(file)) return null;
  return parseLipschitzStudy(studyIn(file));
}

function studyIn(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { study: unknown }).study;
  } catch (cause) {
    throw new DataError(
      `--in: ${file} must be as lipschitz writes it; got no such JSON. Remove it, or run lipschitz again.`,
      {
        cause,
      },
    );
  }
}
