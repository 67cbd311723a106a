/** `report`: the page of an evaluation, from its files alone. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  assertWritable,
  DataError,
  readResults,
  resultsSchema,
  type RunDescription,
  saveFile,
} from '@equilibria/core';
import { type LipschitzStudy, parseLipschitzStudy } from '@equilibria/lp-solver';
import { RESULTS_FILE } from '@equilibria/report';
import { format } from 'prettier';
import { errorsFigure } from './errors-figure.ts';
import { lipschitzFigure } from './lipschitz-figure.ts';
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

/** Writes the page, and its figures beside it. */
export async function reportCommand({ in: folder, out }: ReportCommandOptions): Promise<void> {
  assertWritable('--out', out);
  const file = join(folder, RESULTS_FILE);
  if (!existsSync(file)) {
    throw new DataError(`--in: ${folder} must hold ${RESULTS_FILE}, as evaluate writes it; it does not.`);
  }
  const { run, domains } = await readResults(file);
  const figures: Figure[] = [];
  /** An image of the page, which is written beside it. */
  const image = (name: string, alt: string, svg: string): string => {
    const path = `${out.replace(/\.md$/, '')}-${name}.svg`;
    figures.push({ path, svg });
    return `![${alt}](${basename(path)})`;
  };
  const sections = domains.map((domain) => {
    const { name, size } = domain.dataset;
    return [
      `## ${domain.name}`,
      `${name}; ${size} in number.`,
      image(domain.name, 'Mean errors against evaluations', errorsFigure(domain, domain.name)),
      networkTable(domain),
      iterationTable(domain, POINTS),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  const lipschitz = lipschitzOf(folder);
  const page = [
    '# Linear programs: what was measured',
    'Written by `npm run lp -- report` from the files of `npm run lp -- evaluate` and `npm run lp -- lipschitz`. Errors are means over ' +
      'the test programs of ‖x − x*‖/(‖x*‖ + 1); over several seeds of training, the mean and the range. t counts evaluations of the ' +
      `operator. Seed of the test programs: ${run.seed}; commit ${run.commit ?? 'unknown'}; ${run.machine.cpu}, ${run.machine.cores} cores.`,
    ...sections,
    ...(lipschitz === null
      ? []
      : [
          '## Lipschitz constants',
          image(
            'lipschitz',
            'Lipschitz constants against evaluations',
            lipschitzFigure(lipschitz.study, 'Lipschitz constants along the evaluations'),
          ),
          sentenceOn(lipschitz),
          lipschitzTable(lipschitz.study),
        ]),
  ].join('\n\n');
  await saveFile('--out', out, await format(page, { parser: 'markdown', printWidth: 120 }));
  for (const { path, svg } of figures) await saveFile('--out', path, svg);
  console.log(`Written: ${[out, ...figures.map(({ path }) => path)].join(', ')}`);
}

type Figure = { readonly path: string; readonly svg: string };

/** The study has programs of its own, and may be of another commit than the evaluation. */
function sentenceOn({ run: { config, commit }, study: { programs, seed } }: StudyFile): string {
  const { modelSeed } = config;
  const trained = typeof modelSeed === 'number' ? `models trained with seed ${modelSeed}; ` : '';
  return `${programs} test programs of seed ${seed}; ${trained}commit ${commit ?? 'unknown'}.`;
}

/** What `lipschitz` wrote. */
type StudyFile = { readonly run: RunDescription; readonly study: LipschitzStudy };

function lipschitzOf(folder: string): StudyFile | null {
  const file = join(folder, 'lipschitz.json');
  if (!existsSync(file)) return null;
  try {
    const { run, study } = JSON.parse(readFileSync(file, 'utf8')) as Record<keyof StudyFile, unknown>;
    return { run: resultsSchema.shape.run.parse(run), study: parseLipschitzStudy(study) };
  } catch (cause) {
    throw new DataError(
      `--in: ${file} must be as lipschitz writes it; it is not. Remove it, or run lipschitz again.`,
      { cause },
    );
  }
}
