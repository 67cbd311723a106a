import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '@equilibria/compile';
import { parseResults, readResults, resultsSchema, writeResults, type Results } from './results.ts';

const results: Results = {
  schema: 'equilibria.results/1',
  run: {
    seed: 0,
    config: { domains: ['toy'] },
    commit: null,
    versions: { node: '20.0.0' },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float64',
    machine: { cpu: 'a processor', cores: 2, memoryBytes: 1024, platform: 'linux 6 x64' },
    wallTimeMs: 12.5,
  },
  domains: [
    {
      name: 'toy',
      dataset: { name: 'numbers', split: 'test', sha256: 'a'.repeat(64), size: 3 },
      methods: [
        {
          name: 'halving',
          kind: 'implicit',
          parameters: 1,
          metric: { name: 'error', unit: '1', better: 'lower' },
          test: { mean: 0.1, median: 0.1, std: null, n: 1, failures: 2, seeds: [0] },
          scaling: [
            {
              evaluations: 0,
              flops: 3,
              quality: { mean: 1, median: 1, low: null, high: null },
              lipschitz: [
                { perturbation: 'step', max: 2, mean: 1, low: 0.5, high: 1.5, ceiling: 3 },
                { perturbation: 'shift', max: 2, mean: 1, low: 0.5, high: 1.5 },
              ],
              residual: 0.5,
              contraction: 0.5,
              wallTimeMs: 1,
            },
          ],
        },
      ],
    },
  ],
};

/** The document with one of its values replaced, `path` as in `domains.0.name`. */
function withValue(path: string, value: unknown): unknown {
  const copy = structuredClone(results) as unknown;
  const keys = path.split('.');
  const last = keys.pop()!;
  let at = copy as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
  return copy;
}

const SCALING = 'domains.0.methods.0.scaling.0';

describe('parseResults', () => {
  it('returns a document of the schema as it is', () => {
    expect(parseResults(structuredClone(results))).toEqual(results);
  });

  it.each([
    'run.wallTimeMs',
    'domains.0.methods.0.test.mean',
    `${SCALING}.quality.low`,
    `${SCALING}.residual`,
  ])('refuses NaN and infinity in %s', (path) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      expect(() => parseResults(withValue(path, value))).toThrow(DataError);
    }
  });

  it.each(['extra', 'run.extra', 'domains.0.extra', `${SCALING}.extra`, `${SCALING}.lipschitz.0.extra`])(
    'refuses the unknown key %s',
    (path) => {
      expect(() => parseResults(withValue(path, 1))).toThrow('Unrecognized key: "extra"');
    },
  );

  it.each([`${SCALING}.flops`, `${SCALING}.contraction`, `${SCALING}.lipschitz.0.ceiling`])(
    'lets %s be absent but not null',
    (path) => {
      const without = JSON.parse(JSON.stringify(withValue(path, undefined))) as unknown;
      expect(() => parseResults(without)).not.toThrow();
      expect(() => parseResults(withValue(path, null))).toThrow(DataError);
    },
  );

  it('names the place of an error', () => {
    expect(() => parseResults(withValue('domains.0.methods.0.kind', 'magic'))).toThrow(
      'domains[0].methods[0].kind',
    );
  });

  it('refuses another version and what is no document', () => {
    expect(() => parseResults(withValue('schema', 'equilibria.results/2'))).toThrow(DataError);
    for (const value of [null, 3, 'text', []]) expect(() => parseResults(value)).toThrow(DataError);
  });
});

describe('writeResults', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'results-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes what readResults reads, ending in a new line', async () => {
    const path = join(folder, 'results.json');
    await writeResults(path, results);
    expect(await readResults(path)).toEqual(results);
    expect(await readFile(path, 'utf8')).toMatch(/\}\n$/);
  });

  it('refuses NaN before JSON would make it null, and leaves the old file', async () => {
    const path = join(folder, 'results.json');
    await writeFile(path, 'old');
    const broken = withValue('run.wallTimeMs', NaN) as Results;
    await expect(writeResults(path, broken)).rejects.toThrow(DataError);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['results.json']);
  });
});

describe('readResults', () => {
  it('says which file is no JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'results-'));
    const path = join(folder, 'cut.json');
    await writeFile(path, JSON.stringify(results).slice(0, 100));
    await expect(readResults(path)).rejects.toThrow(`readResults: ${path} must be JSON.`);
    await rm(folder, { recursive: true });
  });
});

describe('docs/results-schema.md', () => {
  it('explains every field of the schema and no other', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../../docs/results-schema.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, path]) => path!);
    const fields = fieldsOf(z.toJSONSchema(resultsSchema) as Node);
    expect(explained.toSorted()).toEqual(fields.toSorted());
  });
});

type Node = { properties?: Record<string, Node>; items?: Node; anyOf?: Node[] };

/** The paths of all fields that hold a value rather than further fields, as `domains[].methods[].kind`. */
function fieldsOf({ properties, items }: Node, path = ''): string[] {
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, node]) =>
      fieldsOf(node, path === '' ? key : `${path}.${key}`),
    );
  }
  return items?.properties === undefined ? [path] : fieldsOf(items, `${path}[]`);
}
