import { mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Domain, type DomainEvaluation, type DomainResults, readResults } from '@equilibria/core';
import { runDomains } from './run-domains.ts';

const MANIFEST = new URL('../package.json', import.meta.url);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A domain of one method with one answer; `evaluate` may do something else first. */
function domain(name: string, before: (signal: AbortSignal) => unknown = () => undefined): Domain {
  return {
    name,
    title: `The domain ${name}`,
    evaluate: async ({ seed, signal, onProgress }) => {
      onProgress?.({ method: `method of ${name}`, fraction: 0 });
      await before(signal!);
      return evaluation(name, seed);
    },
  };
}

function evaluation(name: string, seed: number, score = 0.5): DomainEvaluation {
  return {
    results: {
      name,
      dataset: { name: 'none', split: 'test', sha256: 'a'.repeat(64), size: 1 },
      methods: [
        {
          name: 'guess',
          kind: 'explicit',
          parameters: 0,
          metric: { name: 'error', unit: '1', better: 'lower' },
          test: { mean: score, median: score, std: null, n: 1, failures: 0, seeds: [seed] },
          scaling: [
            {
              evaluations: 1,
              quality: { mean: score, median: score, low: null, high: null },
              lipschitz: [],
              residual: null,
              wallTimeMs: 1,
            },
          ],
        },
      ],
    },
    failures: [],
  };
}

async function run(domains: readonly Domain[], signal = new AbortController().signal) {
  const progress = new PassThrough();
  const outcome = await runDomains(
    { out: folder, seed: 5, domains, manifest: MANIFEST },
    { signal, progress },
  );
  return { ...outcome, shown: String(progress.read() ?? '') };
}

const resultsOf = async () => {
  const { domains } = await readResults(join(folder, 'results.json'));
  return domains.map(({ name }) => name);
};
const filesOf = (...names: string[]) =>
  ['results.json', ...names.flatMap((name) => [`${name}.png`, `${name}.svg`])].toSorted();
const inFolder = async () => (await readdir(folder)).toSorted();

describe('runDomains', () => {
  it('writes the results of every domain, its figure, and shows progress where it is told', async () => {
    const { tables, warnings, files, isComplete, shown } = await run([domain('a'), domain('b')]);
    expect({ tables: tables.length, warnings, isComplete }).toEqual({
      tables: 2,
      warnings: [],
      isComplete: true,
    });
    expect(files.map((file) => file.slice(folder.length + 1)).toSorted()).toEqual(filesOf('a', 'b'));
    expect(await inFolder()).toEqual(filesOf('a', 'b'));
    expect(await resultsOf()).toEqual(['a', 'b']);
    expect(shown).toContain('method of a');
  });

  it('writes the figure that the caller draws', async () => {
    const request = { out: folder, seed: 5, domains: [domain('one')], manifest: MANIFEST };
    const figure = ({ name }: DomainResults, title: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><desc>${name}: ${title}</desc></svg>`;
    await runDomains(
      { ...request, figure },
      { signal: new AbortController().signal, progress: new PassThrough() },
    );
    expect(await readFile(join(folder, 'one.svg'), 'utf8')).toContain('one: The domain one');
  });

  it('has written what is done before the next domain begins', async () => {
    const seen: unknown[] = [];
    await run([
      domain('a'),
      domain('b', async () => {
        seen.push(await resultsOf(), await inFolder());
      }),
    ]);
    expect(seen).toEqual([['a'], filesOf('a')]);
  });

  it('goes on after a domain that fails, and says so', async () => {
    const broken = domain('b', () => {
      throw new Error('out of\n  luck');
    });
    const { tables, warnings, isComplete } = await run([domain('a'), broken, domain('c')]);
    expect({ tables: tables.length, warnings, isComplete }).toEqual({
      tables: 2,
      warnings: ['domain b failed: out of luck'],
      isComplete: false,
    });
    expect(await resultsOf()).toEqual(['a', 'c']);
  });

  it('tells the failures of a method in one line', async () => {
    const failure = (evaluations: number, count: number) => ({ evaluations, perturbation: null, count });
    const failing: Domain = {
      ...domain('one'),
      evaluate: async () => ({
        ...evaluation('one', 5),
        failures: [failure(4, 1), failure(8, 1), failure(16, 2)].map((failed) => ({
          ...failed,
          method: 'guess',
        })),
      }),
    };
    expect((await run([failing])).warnings).toEqual([
      'one, guess: answers failed: 1 at t = 4, 1 at t = 8, 2 at t = 16.',
    ]);
  });

  it('counts results that break the schema as a failure of their domain alone', async () => {
    const broken = { ...domain('b'), evaluate: () => Promise.resolve(evaluation('b', 5, NaN)) };
    const { warnings } = await run([domain('a'), broken, domain('c')]);
    expect(warnings).toEqual([expect.stringMatching(/^domain b failed: parseResults: must be/)]);
    expect(await resultsOf()).toEqual(['a', 'c']);
  });

  it('makes its tables though a file cannot be written, and names the file', async () => {
    const path = join(folder, 'a.svg');
    await mkdir(path);
    const { tables, warnings, files, isComplete } = await run([domain('a')]);
    expect({ tables: tables.length, isComplete }).toEqual({ tables: 1, isComplete: false });
    expect(warnings).toEqual([expect.stringMatching(`^cannot write ${path}: EISDIR`)]);
    expect(files).toEqual([join(folder, 'results.json'), join(folder, 'a.png')]);
  });

  it('forgives the results that could be written in the end', async () => {
    const path = join(folder, 'results.json');
    await mkdir(path);
    const { warnings, isComplete } = await run([domain('a'), domain('b', () => rmdir(path))]);
    expect({ warnings, isComplete }).toEqual({ warnings: [], isComplete: true });
    expect(await resultsOf()).toEqual(['a', 'b']);
  });

  it('begins neither a file nor a domain once it is aborted, and keeps what it wrote', async () => {
    const controller = new AbortController();
    const stops = domain('b', (signal) => {
      controller.abort(new Error('interrupted'));
      signal.throwIfAborted();
    });
    const never = domain('c', () => {
      throw new Error('must not run');
    });
    const { tables, warnings, isComplete } = await run([domain('a'), stops, never], controller.signal);
    expect({ tables: tables.length, warnings, isComplete }).toEqual({
      tables: 1,
      warnings: [],
      isComplete: false,
    });
    expect(await inFolder()).toEqual(filesOf('a'));
    expect(await resultsOf()).toEqual(['a']);
  });

  it('writes nothing of a domain that ends after the abort', async () => {
    const controller = new AbortController();
    const late = domain('a', () => controller.abort(new Error('interrupted')));
    const { files } = await run([late], controller.signal);
    expect({ files, left: await inFolder() }).toEqual({ files: [], left: [] });
  });
});
