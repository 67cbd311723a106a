/** `lipschitz`: how much answers change with the program, along the evaluations, beside the exact solution map. */

import { join } from 'node:path';
import { describeRun, writeFileAtomic } from '@equilibria/core';
import {
  gnnNamed,
  lipschitzStudy,
  loadGnn,
  networkOf,
  paperPrograms,
  studiedGnn,
  studyPoints,
  trainingDepth,
} from '@equilibria/lp-solver';
import { prepareOutFolder, removeEmptyFolders, renderPng } from '@equilibria/report';
import { lipschitzFigure } from './lipschitz-figure.ts';
import { lipschitzTable } from './report-tables.ts';

/** The options of the command. */
export type LipschitzCommandOptions = {
  readonly out: string;
  /** Of the test programs and the directions. */
  readonly seed: number;
  readonly programs: number;
  /** Names of implicit networks. */
  readonly methods: readonly string[];
  /** The folder of trained models; default those that are shipped. */
  readonly models?: string;
};

/** The files that are written; the last only where the system has a font. */
const FILES = ['lipschitz.json', 'lipschitz.svg', 'lipschitz.png'] as const;

/** With which the models were trained that are studied. */
const MODEL_SEED = 0;

/** Studies networks on fresh test programs; prints a table, writes the study and its figure. */
export async function lipschitzCommand(options: LipschitzCommandOptions): Promise<void> {
  const { out, seed, programs: size, methods, models } = options;
  const made = await prepareOutFolder(out, FILES);
  // Also where a signal ends the process.
  process.once('exit', () => removeEmptyFolders(made));
  const start = performance.now();
  const networks = await Promise.all(
    methods.map(async (name) => {
      const gnn = { ...gnnNamed(name)!, seed: MODEL_SEED };
      const depth = trainingDepth(gnn.kind);
      return { name, network: networkOf(gnn.kind), params: await loadGnn(gnn, models), depth };
    }),
  );
  const { programs, sha256 } = await paperPrograms('test', { seed, size });
  // All at the same points, so that they can be compared, to ten times the deepest training.
  const evaluations = studyPoints(Math.max(...networks.map(({ depth }) => depth)));
  const studied = networks.map(({ name, network, params, depth }) =>
    studiedGnn(name, { network, params }, { trainingDepth: depth, evaluations }),
  );
  try {
    const lps = programs.map(({ lp }) => lp);
    const study = await lipschitzStudy(lps, studied, { seed, onProgress: showShare }).finally(endShare);
    const run = await describeRun({
      seed,
      config: { programs: size, methods: [...methods], modelSeed: MODEL_SEED, data: sha256 },
      backend: 'onnxruntime-node/cpu',
      dtype: 'float64',
      wallTimeMs: performance.now() - start,
      manifest: new URL('../package.json', import.meta.url),
    });
    const svg = lipschitzFigure(study, `Lipschitz constants along the evaluations, ${size} programs`);
    console.log(`${lipschitzTable(study)}\n`);
    await writeAll(out, [`${JSON.stringify({ run, study }, null, 1)}\n`, svg, renderPng(svg)]);
  } finally {
    for (const method of studied) await method.dispose();
  }
}

/** Writes the contents of {@link FILES}, but for what could not be drawn. */
async function writeAll(out: string, contents: readonly (string | Uint8Array | null)[]): Promise<void> {
  const written: string[] = [];
  for (const [i, content] of contents.entries()) {
    const path = join(out, FILES[i]!);
    if (content === null) {
      console.error(`warning: ${path} is not written, since the system has no font; install fonts-dejavu.`);
      continue;
    }
    await writeFileAtomic(path, content);
    written.push(path);
  }
  console.log(`Written: ${written.join(', ')}`);
}

function showShare(share: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${Math.round(100 * share)} %`);
}

function endShare(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
}
