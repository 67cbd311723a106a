import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectLabelled } from '../datasets/program-set.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { folderDomain, studiedMethods, studyDomain } from './study.ts';

const { lp } = shippedLinearPrograms.find((known) => known.lp.name === 'transport')!;

describe('studyDomain', () => {
  it('draws its programs by its seed, and answers them by the methods that are named', async () => {
    const of = async (seed: number) =>
      (await (await studyDomain('paper', { seed, programs: 2, methods: ['highs'] })).evaluate({ seed }))
        .results;
    const [first, again, other] = [await of(3), await of(3), await of(4)];
    expect(first.dataset.size).toBe(2);
    expect(first.methods.map(({ name }) => name)).toEqual(['highs']);
    expect(first.methods[0]!.test.mean).toBeLessThan(1e-6);
    expect(again.dataset.sha256).toBe(first.dataset.sha256);
    expect(other.dataset.sha256).not.toBe(first.dataset.sha256);
  }, 60_000);

  it('refuses a method that it does not know', async () => {
    await expect(studyDomain('paper', { seed: 0, methods: ['simplex'] })).rejects.toThrow(
      /methods must be of implicit-gnn-4, .*; got 'simplex'\.$/,
    );
  });
});

describe('the models of a study', () => {
  let models: string;
  beforeEach(async () => {
    models = await mkdtemp(join(tmpdir(), 'lp-models-'));
    await mkdir(join(models, 'implicit-gnn-4/seed-1'), { recursive: true });
    await writeFile(join(models, 'implicit-gnn-4/seed-1/model-card.json'), '{}');
  });
  afterEach(() => rm(models, { recursive: true }));

  it('must be there, of every seed, if their methods are named', async () => {
    const methods = ['implicit-gnn-4', 'exact-operator', 'pdhg', 'highs'];
    await expect(studyDomain('paper', { seed: 0, models, methods, modelSeeds: [0, 1] })).rejects.toThrow(
      '3 are not there: implicit-gnn-4/seed-0, exact-operator/seed-0, exact-operator/seed-1.',
    );
  });

  it('are refused by name where they would answer nonsense', async () => {
    const options = { seed: 0, methods: ['pdhg', 'implicit-gnn-4'] };
    await expect(studyDomain('structured', options)).rejects.toThrow(
      "methods must be meant for all programs that are studied; got implicit-gnn-4, which answers the paper's only",
    );
  });

  it('decide what is studied if no method is named', async () => {
    const names = (await studiedMethods({ seed: 0, models, modelSeeds: [1] })).map(({ name }) => name);
    expect(names.filter((name) => /gnn|exact/.test(name))).toEqual(['implicit-gnn-4 seed 1']);
    expect(names).toContain('pdhg');
  });
});

describe('folderDomain', () => {
  it('tells how many files are left out, and of how many the optimum may not be the only one', async () => {
    const drawn = await collectLabelled(() => asMinimization(lp), { size: 1 });
    const set = { ...drawn, programs: drawn.programs.map((program) => ({ ...program, isUnique: false })) };
    const skipped = [{ file: 'a.mps', reason: 'it is infeasible' }];
    const options = { seed: 0, methods: ['highs'] };
    const domain = await folderDomain({ ...set, files: ['b.mps'], skipped }, options);
    const { results } = await domain.evaluate({ seed: 0 });
    expect(results.dataset).toMatchObject({ size: 1, sha256: set.sha256 });
    expect(results.dataset.name).toBe(
      "programs of a folder, optima by HiGHS's simplex, of 1 perhaps not the only ones: errors are from those of least norm, " +
        'other files left out: 1',
    );
  }, 60_000);
});
