import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fold, fromSeed } from '@equilibria/core';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { paperPrograms } from './paper-programs.ts';
import { readProgramFolder } from './program-folder.ts';
import { digestOf } from './program-set.ts';
import { PROGRAM_FAMILIES, structuredProgram } from './structured-programs.ts';
import { structuredPrograms } from './structured-sets.ts';

describe('paperPrograms', () => {
  it('are decided by seed and split, and a smaller set is the beginning of a larger one', async () => {
    const [five, two] = [await paperPrograms('test', { size: 5 }), await paperPrograms('test', { size: 2 })];
    expect(five.programs).toHaveLength(5);
    expect(digestOf(five.programs.slice(0, 2).map(({ lp }) => lp))).toBe(two.sha256);
    const others = [
      await paperPrograms('train', { size: 2 }),
      await paperPrograms('test', { size: 2, seed: 1 }),
    ];
    expect(new Set([two, ...others].map(({ sha256 }) => sha256)).size).toBe(3);
  });

  it('are those that the shipped models were trained on', async () => {
    const { sha256, programs } = await paperPrograms('train', { size: 3 });
    expect(sha256).toBe('234037688a15f19b4d70b125baa149e09c1bfe607046a6c0bf4fb8959927fd4c');
    for (const { lp, isUnique } of programs) {
      expect([lp.matrix.rows, lp.matrix.columns, lp.matrix.values.length]).toEqual([10, 50, 100]);
      expect(isUnique).toBe(true);
    }
  });

  it('refuse a size that is none', async () => {
    await expect(paperPrograms('test', { size: 0 })).rejects.toThrow('natural number >= 1; got 0');
  });
});

describe('structuredProgram', () => {
  it.each(PROGRAM_FAMILIES)('%s has about as many variables as asked for, and an optimum', async (family) => {
    const { programs } = await structuredPrograms('larger', { size: 3, families: [family] });
    for (const { lp, x, y } of programs) {
      expect(lp.name).toBe(family);
      expect(lp.matrix.columns).toBeGreaterThanOrEqual(280);
      expect(lp.matrix.columns).toBeLessThanOrEqual(530);
      const { primalResidual, gap } = kktErrors(lp, x, y);
      expect(Math.max(primalResidual, gap)).toBeLessThan(1e-9);
    }
  });

  it('takes a single number of variables, and refuses a range that is none', () => {
    const key = fold(fromSeed(0), 'a');
    expect(structuredProgram('assignment', key, { variables: [64, 64] }).matrix.columns).toBe(64);
    for (const variables of [
      [8, 20],
      [50, 40],
      [50, 60.5],
    ] as const) {
      expect(() => structuredProgram('transport', key, { variables })).toThrow(
        'variables must be whole numbers 16 <= least <= most',
      );
    }
  });
});

describe('structuredPrograms', () => {
  it('take turns of the families, and refuse none', async () => {
    const { programs } = await structuredPrograms('train', { size: 4 });
    expect(programs.map(({ lp }) => lp.name)).toEqual(['transport', 'assignment', 'blending', 'transport']);
    await expect(structuredPrograms('train', { families: [] })).rejects.toThrow('must name one; got none');
  });
});

describe('readProgramFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'programs-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const SOLVABLE = 'Maximize\n x + y\nSubject To\n c: x + 2 y <= 4\nBounds\n x <= 3\nEnd\n';

  it('gives what has an optimum, in the order of the names, and says of the rest why not', async () => {
    await write('b.lp', SOLVABLE);
    await write('a.lp', SOLVABLE.replace('x <= 3', 'x <= 2'));
    await write('c.lp', SOLVABLE.replace('c: x + 2 y <= 4', 'c: x - y <= 4'));
    await write('d.lp', 'what is this');
    await write('notes.txt', 'not a program');
    const { programs, files, skipped } = await readProgramFolder(folder);
    expect(files).toEqual(['a.lp', 'b.lp']);
    expect(programs.map(({ x }) => Array.from(x))).toEqual([
      [2, 1],
      [3, 0.5],
    ]);
    expect(skipped.map(({ file }) => file)).toEqual(['c.lp', 'd.lp']);
    expect(skipped[0]!.reason).toBe('it is infeasible or unbounded');
    expect(skipped[1]!.reason).toContain('d.lp');
  });

  it('refuses a folder that is none, or has nothing to solve', async () => {
    await expect(readProgramFolder(join(folder, 'none'))).rejects.toThrow('must be a folder; it is not');
    await expect(readProgramFolder(folder)).rejects.toThrow('must hold files named .mps, .lp');
    await write('d.lp', 'what is this');
    await expect(readProgramFolder(folder)).rejects.toThrow(
      'must hold a program with an optimum; got 1 files',
    );
  });
});
