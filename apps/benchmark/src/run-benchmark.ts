/** Runs the domains, shows progress, writes the files. */
import { join } from 'node:path';
import {
  describeRun,
  type Domain,
  type DomainEvaluation,
  type EvaluationProgress,
  writeFileAtomic,
  writeResults,
} from '@equilibria/core';
import { Listr } from 'listr2';
import { drawFigure, renderPng } from './figure.ts';
import type { Request } from './options.ts';
import { formatTable } from './table.ts';

/** What came of a run, for people. */
export type Outcome = {
  /** One table for each domain. */
  readonly tables: readonly string[];
  /** What went wrong without stopping the run. */
  readonly warnings: readonly string[];
  /** The files written. */
  readonly files: readonly string[];
};

/**
 * Runs the domains one after the other and writes `results.json` and, for each domain, a plot as SVG and PNG.
 *
 * @throws the signal's reason once it is aborted; files are written whole or not at all.
 */
export async function runBenchmark({ out, seed, domains }: Request, signal: AbortSignal): Promise<Outcome> {
  const start = performance.now();
  const evaluations = await evaluateAll(domains, seed, signal);
  const run = await describeRun({
    seed,
    config: { domains: domains.map(({ name }) => name) },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float64',
    wallTimeMs: performance.now() - start,
    manifest: new URL('../package.json', import.meta.url),
  });
  const results = evaluations.map((evaluation) => evaluation.results);
  const files = [join(out, 'results.json')];
  await writeResults(files[0]!, { schema: 'equilibria.results/1', run, domains: results });
  const warnings = evaluations.flatMap(warningsOf);
  for (const [i, { name, title }] of domains.entries()) {
    signal.throwIfAborted();
    const svg = drawFigure(results[i]!, title);
    const png = renderPng(svg);
    files.push(join(out, `${name}.svg`));
    await writeFileAtomic(files.at(-1)!, svg);
    if (png === null) {
      warnings.push(
        `${name}.png is not written, because the system has no font; install one, as with fonts-dejavu.`,
      );
    } else {
      files.push(join(out, `${name}.png`));
      await writeFileAtomic(files.at(-1)!, png);
    }
  }
  return { tables: domains.map(({ title }, i) => formatTable(results[i]!, title)), warnings, files };
}

async function evaluateAll(
  domains: readonly Domain[],
  seed: number,
  signal: AbortSignal,
): Promise<readonly DomainEvaluation[]> {
  const evaluations: DomainEvaluation[] = [];
  const isTerminal = process.stdout.isTTY;
  const tasks = new Listr(
    domains.map((domain) => ({
      title: domain.title,
      task: async (_: unknown, task: { output: string }) => {
        let method = '';
        const onProgress = (progress: EvaluationProgress) => {
          // A log gets a line for each method, a terminal every change in place.
          if (isTerminal || progress.method !== method) task.output = progressLine(progress, isTerminal);
          method = progress.method;
        };
        evaluations.push(await domain.evaluate({ seed, signal, onProgress }));
      },
    })),
    {
      renderer: isTerminal ? 'default' : 'simple',
      // Interrupts are the program's business: it finishes the file at hand first.
      registerSignalListeners: false,
      rendererOptions: isTerminal ? { showErrorMessage: false } : {},
    },
  );
  await tasks.run();
  return evaluations;
}

const BAR_WIDTH = 24;

function progressLine({ method, fraction }: EvaluationProgress, isTerminal: boolean): string {
  if (!isTerminal) return method;
  const filled = Math.round(BAR_WIDTH * fraction);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.round(100 * fraction)} %  ${method}`;
}

function warningsOf({ results, failures }: DomainEvaluation): string[] {
  return failures.map(({ method, evaluations, perturbation, count }) => {
    const what = perturbation === null ? 'answers' : `pairs of perturbation '${perturbation}'`;
    return `${results.name}, ${method}: ${count} ${what} failed after ${evaluations} evaluations.`;
  });
}
