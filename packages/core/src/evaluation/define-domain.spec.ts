import { defineDomain, type Domain } from './define-domain.ts';
import type { DomainRecipe, Method } from './domain.ts';
import { parseResults } from './results.ts';

/** The record of loading and disposing, in order. */
type Log = string[];

function doubling(name: string, log: Log): Method<number> {
  return {
    name,
    kind: 'implicit',
    parameters: 2,
    load: () => {
      log.push(`load ${name}`);
      return Promise.resolve({
        iterate: (problems, evaluations) =>
          Promise.resolve(
            evaluations.map((t) => ({
              evaluations: t,
              answers: problems.map((x) => Float64Array.of(x * t)),
              residuals: null,
              wallTimeMs: 0,
            })),
          ),
        dispose: () => {
          log.push(`dispose ${name}`);
        },
      });
    },
  };
}

function recipe(log: Log): DomainRecipe<number> {
  return {
    name: 'toy',
    title: 'A toy',
    metric: { name: 'answer', unit: 'm', better: 'higher', score: (_, answer) => answer[0]! },
    methods: [doubling('one', log), doubling('two', log)],
    perturbations: [{ name: 'step', perturb: (x) => ({ problem: x + 1, size: 1 }) }],
    maxEvaluations: 3,
    pairs: 2,
    load: () =>
      Promise.resolve({ name: 'numbers', split: 'test', sha256: '0'.repeat(64), problems: [1, 2, 6] }),
  };
}

describe('defineDomain', () => {
  it('looks at further points, takes as many pairs as asked for and the ceiling of the method', async () => {
    let calls = 0;
    const counted = doubling('counted', []);
    const domain = defineDomain({
      ...recipe([]),
      methods: [{ ...counted, ceiling: (name, t) => (name === 'step' ? 10 * t : undefined) }],
      perturbations: [
        {
          name: 'step',
          perturb: (x) => {
            calls += 1;
            return { problem: x + 1, size: 1 };
          },
        },
      ],
      points: [3],
      maxEvaluations: 4,
      pairs: 7,
    });
    const { scaling } = (await domain.evaluate({ seed: 0 })).results.methods[0]!;
    expect(scaling.map(({ evaluations }) => evaluations)).toEqual([0, 1, 2, 3, 4]);
    expect(scaling.map(({ lipschitz }) => lipschitz[0]!.ceiling)).toEqual([0, 10, 20, 30, 40]);
    expect(calls).toBe(7);
  });

  it('looks at a method no further than it wants', async () => {
    const methods = [{ ...doubling('short', []), maxEvaluations: 2 }, doubling('long', [])];
    const { results } = await defineDomain({ ...recipe([]), methods }).evaluate({ seed: 0 });
    const looked = results.methods.map(({ scaling }) => scaling.map(({ evaluations }) => evaluations));
    expect(looked).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3],
    ]);
  });

  it('gives results of the schema, one entry for each method', async () => {
    const { results, failures } = await defineDomain(recipe([])).evaluate({ seed: 4 });
    const run = {
      seed: 4,
      config: {},
      commit: null,
      versions: {},
      backend: 'none',
      dtype: 'float64',
      machine: { cpu: '', cores: 1, memoryBytes: 1, platform: '' },
      wallTimeMs: 0,
    };
    expect(() => parseResults({ schema: 'equilibria.results/1', run, domains: [results] })).not.toThrow();
    expect(failures).toEqual([]);
    expect(results.dataset).toEqual({ name: 'numbers', split: 'test', sha256: '0'.repeat(64), size: 3 });
    expect(results.methods.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(results.methods[0]!.metric).toEqual({ name: 'answer', unit: 'm', better: 'higher' });
    expect(results.methods[0]!.test).toMatchObject({ mean: 9, median: 6, n: 3, seeds: [4] });
    expect(results.methods[0]!.scaling.map(({ lipschitz }) => lipschitz[0]!.max)).toEqual([0, 1, 2, 3]);
  });

  it('holds one method at a time and disposes of it even when it fails', async () => {
    const log: Log = [];
    await defineDomain(recipe(log)).evaluate({ seed: 0 });
    expect(log).toEqual(['load one', 'dispose one', 'load two', 'dispose two']);
    log.length = 0;
    const failing = { ...recipe(log), metric: { ...recipe(log).metric, score: () => assertNever() } };
    await expect(defineDomain(failing).evaluate({ seed: 0 })).rejects.toThrow('no score');
    expect(log).toEqual(['load one', 'dispose one']);
  });

  it('reports progress from 0 to 1 over the methods', async () => {
    const seen: [string, number][] = [];
    const onProgress = ({ method, fraction }: { method: string; fraction: number }) =>
      seen.push([method, fraction]);
    await defineDomain(recipe([])).evaluate({ seed: 0, onProgress });
    expect(seen).toEqual([
      ['one', 0],
      ['one', 0.25],
      ['one', 0.5],
      ['two', 0.5],
      ['two', 0.75],
      ['two', 1],
    ]);
  });

  it('lets domains of different problems stand in one list', () => {
    const words: DomainRecipe<string> = {
      ...recipe([]),
      metric: { name: 'length', unit: '1', better: 'lower', score: (word) => word.length },
      methods: [],
      perturbations: [],
      load: () => Promise.reject(new Error('unused')),
    };
    const list: Domain[] = [defineDomain(recipe([])), defineDomain(words)];
    expect(list.map(({ title }) => title)).toEqual(['A toy', 'A toy']);
  });

  it('refuses two methods of one name', () => {
    const twice = { ...recipe([]), methods: [doubling('one', []), doubling('one', [])] };
    expect(() => defineDomain(twice)).toThrow(
      "defineDomain: methods of 'toy' must have different names; got 'one' twice.",
    );
  });
});

function assertNever(): never {
  throw new Error('no score');
}
