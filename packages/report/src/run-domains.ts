/** Runs the domains, shows progress, writes the files. */
import { join } from 'node:path';
import {
  describeRun,
  type Domain,
  type DomainEvaluation,
  type DomainResults,
  type EvaluationProgress,
  parseResults,
  type Results,
  type RunDescription,
  writeFileAtomic,
  writeResults,
} from '@equilibria/core';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { drawFigure, renderPng } from './figure.ts';
import { formatTable } from './table.ts';

/**
 * What computes, and in which numbers: true of the iterated methods (implicit ones and Newton), which are compiled. Explicit fits
 * and the solvers of HiGHS compute in float64 too, but in JavaScript and in WebAssembly; the schema has one entry for a run.
 */
const COMPUTATION = { backend: 'onnxruntime-node/cpu', dtype: 'float64' } as const;

/** What to run, and where its files go. */
export type DomainsRequest = {
  /** Folder of the files, absolute, existing and writable; see `prepareOutFolder`. */
  readonly out: string;
  readonly seed: number;
  readonly domains: readonly Domain[];
  /** Further options of the run, for its description. */
  readonly config?: RunDescription['config'];
  /** The package.json of the program, as in `describeRun`. */
  readonly manifest: URL;
  /** Draws the results of a domain, with its title, as SVG; default `drawFigure`. */
  readonly figure?: (results: DomainResults, title: string) => string;
};

/** The results of all domains. */
export const RESULTS_FILE = 'results.json';

/** The formats in which the figure of each domain is written; also the ends of the names of these files. */
export const FIGURE_FORMATS = ['svg', 'png'] as const;

/** Names of all files that a run may write. */
export function filesOf(domains: readonly Domain[]): string[] {
  return [
    RESULTS_FILE,
    ...domains.flatMap(({ name }) => FIGURE_FORMATS.map((format) => `${name}.${format}`)),
  ];
}

/** What came of a run, for people. */
export type Outcome = {
  /** One table for each domain that came to its end. */
  readonly tables: readonly string[];
  /** What went wrong without stopping the run, a line each. */
  readonly warnings: readonly string[];
  /** The files written. */
  readonly files: readonly string[];
  /** Whether every domain came to its end and every file could be written. */
  readonly isComplete: boolean;
};

/** How a run is stopped, and where it shows how far it is. */
export type RunOptions = {
  readonly signal: AbortSignal;
  /** Default standard error. */
  readonly progress?: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

/**
 * Runs the domains one after the other. After each it writes `results.json`, with all that are done, and the domain's figure as SVG
 * and PNG: what is done is kept, whatever happens later.
 *
 * A domain that fails and a file that cannot be written are warnings, and the run goes on. Once the signal is aborted, no domain and
 * no file is begun; files are whole or absent.
 */
export async function runDomains(
  { out, seed, domains, config = {}, manifest, figure = drawFigure }: DomainsRequest,
  { signal, progress = process.stderr }: RunOptions,
): Promise<Outcome> {
  const start = performance.now();
  const description = await describeRun({
    seed,
    config: { domains: domains.map(({ name }) => name), ...config },
    ...COMPUTATION,
    wallTimeMs: 0,
    manifest,
  });
  const done: Finished[] = [];
  const warnings: string[] = [];
  const files: Files = new Map();
  let failures = 0;
  const runDomain: Task = async (domain, onProgress) => {
    const run = () => ({ ...description, wallTimeMs: performance.now() - start });
    try {
      const evaluation = await domain.evaluate({ seed, signal, onProgress });
      // By itself: what breaks the schema must not keep the results of the others from being written.
      parseResults(document(run(), [evaluation.results]));
      done.push({ domain, evaluation });
      warnings.push(...failuresOf(evaluation));
      await writeFiles(out, {
        document: document(run(), done.map(resultsOf)),
        domain,
        figure,
        files,
        warnings,
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      failures += 1;
      warnings.push(`domain ${domain.name} failed: ${reasonOf(error)}`);
      throw error;
    }
  };
  await showingProgress(domains, runDomain, { signal, progress });
  const paths = Array.from(files.keys());
  const unwritten = paths.filter((path) => files.get(path) !== null);
  return {
    tables: done.map(({ domain, evaluation }) => formatTable(evaluation.results, domain.title)),
    warnings: [...warnings, ...unwritten.map((path) => `cannot write ${path}: ${files.get(path)}`)],
    files: paths.filter((path) => files.get(path) === null),
    isComplete: done.length === domains.length && failures === 0 && unwritten.length === 0,
  };
}

type Finished = { readonly domain: Domain; readonly evaluation: DomainEvaluation };

/** By path, how the last attempt to write the file ended: null if well, else why not. */
type Files = Map<string, string | null>;

type Writing = {
  /** The results of all domains that are done, the last being those of `domain`. */
  readonly document: Results;
  readonly domain: Domain;
  readonly figure: NonNullable<DomainsRequest['figure']>;
  readonly files: Files;
  readonly warnings: string[];
  readonly signal: AbortSignal;
};

/** Writes the results and the figure of the last domain, and notes in `files` and `warnings` what came of it. */
async function writeFiles(
  out: string,
  { document: results, domain, figure, files, warnings, signal }: Writing,
): Promise<void> {
  const attempt = async (name: string, write: (path: string) => Promise<void>) => {
    if (signal.aborted) return;
    const path = join(out, name);
    files.set(path, await write(path).then(() => null, reasonOf));
  };
  await attempt(RESULTS_FILE, (path) => writeResults(path, results));
  const svg = figure(results.domains.at(-1)!, domain.title);
  await attempt(`${domain.name}.svg`, (path) => writeFileAtomic(path, svg));
  const png = renderPng(svg);
  if (png !== null) await attempt(`${domain.name}.png`, (path) => writeFileAtomic(path, png));
  else {
    warnings.push(
      `${domain.name}.png is not written, because the system has no font; install one, as with fonts-dejavu.`,
    );
  }
}

function document(run: RunDescription, domains: DomainResults[]): Results {
  return { schema: 'equilibria.results/1', run, domains };
}

function resultsOf({ evaluation }: Finished): DomainResults {
  return evaluation.results;
}

type Task = (domain: Domain, onProgress: (progress: EvaluationProgress) => void) => Promise<void>;

/** Runs the domains in order, a task each; one that fails does not stop the others, an abort does. */
async function showingProgress(
  domains: readonly Domain[],
  run: Task,
  { signal, progress }: Required<RunOptions>,
): Promise<void> {
  // Listr2 changes lines in place only where standard output, too, is a terminal.
  const isTerminal = progress.isTTY === true && process.stdout.isTTY;
  const processOutput = new ProcessOutput(progress as NodeJS.WriteStream, progress as NodeJS.WriteStream);
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput });
  const tasks = new Listr(
    domains.map((domain) => ({
      title: domain.title,
      enabled: () => !signal.aborted,
      task: (_: unknown, task: { output: string }) => {
        let method = '';
        return run(domain, (state) => {
          // A log gets a line for each method, a terminal every change in place.
          if (isTerminal || state.method !== method) task.output = progressLine(state, isTerminal);
          method = state.method;
        });
      },
    })),
    {
      renderer: isTerminal ? 'default' : 'simple',
      exitOnError: false,
      // Interrupts are the program's business.
      registerSignalListeners: false,
      rendererOptions: isTerminal ? { logger, showErrorMessage: false } : { logger },
    },
  );
  await tasks.run();
}

const BAR_WIDTH = 24;

function progressLine({ method, fraction }: EvaluationProgress, isTerminal: boolean): string {
  if (!isTerminal) return method;
  const filled = Math.round(BAR_WIDTH * fraction);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.round(100 * fraction)} %  ${method}`;
}

/** A line for each method and kind of what failed. */
function failuresOf({ results, failures }: DomainEvaluation): string[] {
  const counts = new Map<string, string[]>();
  for (const { method, evaluations, perturbation, count } of failures) {
    const what = perturbation === null ? 'answers' : `pairs of perturbation '${perturbation}'`;
    const failed = `${results.name}, ${method}: ${what} failed`;
    counts.set(failed, [...(counts.get(failed) ?? []), `${count} at t = ${evaluations}`]);
  }
  return Array.from(counts, ([failed, at]) => `${failed}: ${at.join(', ')}.`);
}

/** In one line. */
function reasonOf(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  return String(isError ? error.message : error).replaceAll(/\s*\n\s*/g, ' ');
}
