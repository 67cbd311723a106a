import { describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectLabelled } from '../datasets/program-set.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { folderDomain, missingModels, studyDomain } from './study.ts';

const { lp } = shippedLinearPrograms.find((known) => known.lp.name === 'transport')!;

describe('studyDomain', () => {
  it('draws its programs by its seed, and answers them by the methods that are named', async () => {
    const of = async (seed: number) =>
      (await studyDomain('paper', { seed, programs: 2, methods: ['highs'] }).evaluate({ seed })).results;
    const [first, again, other] = [await of(3), await of(3), await of(4)];
    expect(first.dataset.size).toBe(2);
    expect(first.methods.map(({ name }) => name)).toEqual(['highs']);
    expect(first.methods[0]!.test.mean).toBeLessThan(1e-6);
    expect(again.dataset.sha256).toBe(first.dataset.sha256);
    expect(other.dataset.sha256).not.toBe(first.dataset.sha256);
  }, 60_000);

  it('refuses a method that it does not know', () => {
    expect(() => studyDomain('paper', { seed: 0, methods: ['simplex'] })).toThrow(
      /methods must be of implicit-gnn-4, .*; got 'simplex'\.$/,
    );
  });
});

describe('folderDomain', () => {
  it('tells how many files are left out', async () => {
    const set = await collectLabelled(() => asMinimization(lp), { size: 1 });
    const skipped = [{ file: 'a.mps', reason: 'it is infeasible' }];
    const options = { seed: 0, methods: ['highs'] };
    const domain = folderDomain({ ...set, files: ['b.mps'], skipped }, options);
    const { results } = await domain.evaluate({ seed: 0 });
    expect(results.dataset).toMatchObject({ size: 1, sha256: set.sha256 });
    expect(results.dataset.name).toContain('1 other files left out');
  }, 60_000);
});

describe('missingModels', () => {
  it('looks for every seed of every trained method, and for nothing else', async () => {
    const models = await mkdtemp(join(tmpdir(), 'lp-models-'));
    await mkdir(join(models, 'implicit-gnn-4/seed-1'), { recursive: true });
    await writeFile(join(models, 'implicit-gnn-4/seed-1/model-card.json'), '{}');
    const methods = ['implicit-gnn-4', 'exact-operator', 'pdhg', 'highs'];
    const options = { seed: 0, models, methods, modelSeeds: [0, 1] };
    expect(await missingModels(['paper'], options)).toEqual([
      'implicit-gnn-4/seed-0',
      'exact-operator/seed-0',
      'exact-operator/seed-1',
    ]);
  });

  it('looks for networks only where they are meant for a set', async () => {
    const options = { seed: 0, models: '/nowhere/at/all' };
    expect(await missingModels(['structured'], options)).toEqual(['exact-operator/seed-0']);
    expect(await missingModels(['structured', 'paper'], options)).toHaveLength(17);
  });
});
