/** `lipschitz`: how much answers change with the program, along the evaluations, beside the exact solution map. */

import { join } from 'node:path';
import { describeRun, writeFileAtomic } from '@equilibria/core';
import {
  gnnNamed,
  isImplicit,
  lipschitzStudy,
  loadGnn,
  networkOf,
  paperPrograms,
  studiedGnn,
  TRAINING_DEPTH,
} from '@equilibria/lp-solver';
import { prepareOutFolder, renderPng } from '@equilibria/report';
import { lipschitzFigure } from './lipschitz-figure.ts';

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

/** The files that are written. */
export const LIPSCHITZ_FILES = ['lipschitz.json', 'lipschitz.svg', 'lipschitz.png'] as const;

/** Studies networks on fresh test programs; writes the study and its figure. */
export async function lipschitzCommand(options: LipschitzCommandOptions): Promise<void> {
  const { out, seed, programs: size, methods, models } = options;
  await prepareOutFolder(out, LIPSCHITZ_FILES);
  const start = performance.now();
  const networks = await Promise.all(
    methods.map(async (name) => {
      const gnn = { ...gnnNamed(name)!, seed: 0 };
      return { name, network: networkOf(gnn.kind), params: await loadGnn(gnn, models) };
    }),
  );
  const { programs, sha256 } = await paperPrograms('test', { seed, size });
  const studied = networks.map(({ name, network, params }) =>
    studiedGnn(name, { network, params }, { trainingDepth: TRAINING_DEPTH }),
  );
  try {
    const lps = programs.map(({ lp }) => lp);
    const study = await lipschitzStudy(lps, studied, { seed, onProgress: showShare });
    const run = await describeRun({
      seed,
      config: { programs: size, methods: [...methods], data: sha256 },
      backend: 'onnxruntime-node/cpu',
      dtype: 'float64',
      wallTimeMs: performance.now() - start,
      manifest: new URL('../package.json', import.meta.url),
    });
    const svg = lipschitzFigure(study, `Lipschitz constants along the evaluations, ${size} programs`);
    const png = renderPng(svg);
    await writeFileAtomic(join(out, 'lipschitz.json'), `${JSON.stringify({ run, study }, null, 1)}\n`);
    await writeFileAtomic(join(out, 'lipschitz.svg'), svg);
    if (png !== null) await writeFileAtomic(join(out, 'lipschitz.png'), png);
    console.log(`Written: ${LIPSCHITZ_FILES.map((file) => join(out, file)).join(', ')}`);
  } finally {
    for (const method of studied) await method.dispose();
  }
}

/** Whether a method is a network that the study can differentiate. */
export function isStudied(name: string): boolean {
  const gnn = gnnNamed(name);
  return gnn !== undefined && isImplicit(gnn.kind);
}

function showShare(share: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${Math.round(100 * share)} %`);
}
