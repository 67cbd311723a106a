import { fold, fromSeed } from '@equilibria/core';
import { asMinimization } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { createLabeller } from './labelled-programs.ts';
import { paperPrograms, type PaperSplit } from './paper-programs.ts';
import { digestOf } from './program-set.ts';
import { randomLinearProgram } from './random-linear-programs.ts';

describe('paperPrograms', () => {
  it('are those that the shipped models were trained on', async () => {
    const { sha256, programs } = await paperPrograms('train', { size: 3 });
    expect(sha256).toBe('234037688a15f19b4d70b125baa149e09c1bfe607046a6c0bf4fb8959927fd4c');
    for (const { lp, isUnique } of programs) {
      expect([lp.matrix.rows, lp.matrix.columns, lp.matrix.values.length]).toEqual([10, 50, 100]);
      expect(isUnique).toBe(true);
    }
  });

  it('of a smaller set are the beginning of a larger one', async () => {
    const [five, two] = [await paperPrograms('test', { size: 5 }), await paperPrograms('test', { size: 2 })];
    expect(five.programs).toHaveLength(5);
    expect(digestOf(five.programs.slice(0, 2).map(({ lp }) => lp))).toBe(two.sha256);
  });

  it('are the first with an optimum of the keys of the split, about half of all', async () => {
    const key = fold(fold(fromSeed(7), 'paper'), 'test');
    const label = await createLabeller();
    const drawn = Array.from({ length: 80 }, (_, i) => asMinimization(randomLinearProgram(fold(key, i))));
    const solvable = drawn.filter((lp) => label(lp) !== undefined);
    expect(solvable.length).toBeGreaterThan(20);
    expect(solvable.length).toBeLessThan(65);
    const { sha256 } = await paperPrograms('test', { seed: 7, size: 5 });
    expect(sha256).toBe(digestOf(solvable.slice(0, 5)));
  });

  it('have no program in common between splits and seeds', async () => {
    const splits: readonly PaperSplit[] = ['train', 'validation', 'test'];
    const sets = await Promise.all(
      splits.flatMap((split) => [0, 1].map((seed) => paperPrograms(split, { seed, size: 8 }))),
    );
    const digests = sets.flatMap(({ programs }) => programs.map(({ lp }) => digestOf([lp])));
    expect(new Set(digests).size).toBe(6 * 8);
  });

  it('tell their progress, program by program', async () => {
    const told: string[] = [];
    await paperPrograms('test', { size: 3, onProgress: (done, size) => told.push(`${done}/${size}`) });
    expect(told).toEqual(['1/3', '2/3', '3/3']);
  });

  it('refuse a split that is none, as its key would draw programs of no split', async () => {
    await expect(paperPrograms('tset' as never, { size: 3 })).rejects.toThrow(
      'paperPrograms: the split must be one of train, validation, test; got "tset".',
    );
  });

  it('refuse a size that is none', async () => {
    await expect(paperPrograms('test', { size: 0 })).rejects.toThrow('natural number >= 1; got 0');
  });

  it('have the distribution of costs, coefficients and bounds that the paper says, feasible though they are', async () => {
    const { programs } = await paperPrograms('train', { size: 60 });
    const all = (of: (lp: Minimization) => Float64Array): number[] =>
      programs.flatMap(({ lp }) => [...of(lp)]);
    // Five standard errors and more around what the distribution says; 3000 costs and 6000 coefficients.
    const costs = all(({ objective }) => objective);
    expect(Math.abs(mean(costs))).toBeLessThan(6e-4);
    expect(Math.abs(variance(costs) / (0.01 ** 2 / 3) - 1)).toBeLessThan(0.1);
    expect(Math.max(...costs)).toBeGreaterThan(0.0099);
    const values = all(({ matrix }) => matrix.values);
    expect(Math.abs(mean(values))).toBeLessThan(0.07);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.1);
    // Sorted pairs of N(0, 10²): their means are ∓10/√π, what both have in common has variance 100.
    const bounds = [all(({ lower }) => lower), all(({ upper }) => upper)];
    bounds.forEach((of, side) =>
      expect(Math.abs(mean(of) / (side === 0 ? -5.64 : 5.64) - 1)).toBeLessThan(0.15),
    );
    expect(Math.abs(variance(bounds.flat()) - 100)).toBeLessThan(15);
  });
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};
