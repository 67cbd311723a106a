import { fold, fromSeed } from '@equilibria/core';
import { multiply } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { errorOf } from './least-optimum.ts';
import { digestOf } from './program-set.ts';
import {
  PROGRAM_FAMILIES,
  type ProgramFamily,
  type Range,
  structuredProgram,
} from './structured-programs.ts';
import { STRUCTURED_SPLITS, structuredPrograms, type StructuredSplit } from './structured-sets.ts';

const draws = (family: ProgramFamily, variables: Range, count: number): Minimization[] =>
  Array.from({ length: count }, (_, i) => structuredProgram(family, fold(fromSeed(3), i), { variables }));

/** The rows of a program as maps from columns to coefficients. */
const rowsOf = ({ matrix }: Minimization): Map<number, number>[] =>
  Array.from({ length: matrix.rows }, (_, i) => {
    const places = Array.from(matrix.indices.subarray(matrix.starts[i], matrix.starts[i + 1]));
    return new Map(places.map((j, k) => [j, matrix.values[matrix.starts[i]! + k]!]));
  });

describe.each(PROGRAM_FAMILIES)('structuredProgram %s', (family) => {
  it('keeps to the range of variables, and uses all of it', () => {
    for (const variables of [
      [50, 200],
      [60, 65],
      [401, 500],
    ] as const) {
      const columns = draws(family, variables, 15).map(({ matrix }) => matrix.columns);
      const [least, most] = variables;
      expect(Math.min(...columns)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...columns)).toBeLessThanOrEqual(most);
      expect(Math.min(...columns)).toBeLessThan(least + 0.4 * (most - least));
      expect(Math.max(...columns)).toBeGreaterThan(most - 0.4 * (most - least));
    }
  });

  it('is decided by its key, has numbers below 10 and variables from 0 on', () => {
    const [lp, ...others] = draws(family, [50, 200], 10);
    expect(structuredProgram(family, fold(fromSeed(3), 0))).toEqual(lp);
    expect(new Set([lp!, ...others].map((of) => digestOf([of]))).size).toBe(10);
    for (const { name, objective, matrix, lower, upper, rowUpper } of others) {
      expect(name).toBe(family);
      for (const numbers of [objective, matrix.values, rowUpper.filter(Number.isFinite)])
        expect(Math.max(...numbers.map(Math.abs))).toBeLessThan(10);
      expect(lower.every((bound) => bound === 0)).toBe(true);
      expect(upper.every((bound) => bound === (family === 'assignment' ? 1 : Infinity))).toBe(true);
      // Every variable is in some row, and no row is empty.
      expect(new Set(matrix.indices).size).toBe(matrix.columns);
      expect(matrix.starts.slice(1).every((start, i) => start > matrix.starts[i]!)).toBe(true);
    }
  });

  it('has a single optimum, of every size', async () => {
    for (const split of ['test', 'larger-500'] as const) {
      const { programs } = await structuredPrograms(split, { size: 4, families: [family] });
      for (const { lp, x, y, isUnique } of programs) {
        expect(errorOf(lp, x, y)).toBeLessThan(1e-11);
        expect(isUnique).toBe(true);
        expect(x.filter((value) => value > 1e-9).length).toBeGreaterThan(5);
      }
    }
  });
});

describe('structuredProgram', () => {
  it('transports a fifth more than is wanted, on all routes', () => {
    for (const lp of draws('transport', [50, 200], 10)) {
      const finite = (sides: Float64Array): number[] => [...sides].filter(Number.isFinite);
      const [supplies, demands] = [finite(lp.rowUpper), finite(lp.rowLower)];
      expect(sum(supplies)).toBeCloseTo(1.2 * sum(demands), 10);
      expect(lp.matrix.columns).toBe(supplies.length * demands.length);
      expect(demands.length / supplies.length).toBeGreaterThan(0.8);
      expect(demands.length / supplies.length).toBeLessThan(5);
      // Distances are at most √2, and disturbed by a fifth.
      expect(Math.max(...lp.objective)).toBeLessThan(1.2 * Math.SQRT2);
    }
  });

  it('assigns tasks to workers who are qualified for 5 to 8 of them, so that all can be assigned', async () => {
    const { programs } = await structuredPrograms('validation', { size: 10, families: ['assignment'] });
    const counts = programs.map(({ lp, x }) => {
      const workers = lp.matrix.rows / 2;
      const sizes = rowsOf(lp).map(({ size }) => size);
      expect(new Set(sizes.slice(0, workers)).size).toBe(1);
      for (const done of multiply(lp.matrix, x)) expect(done).toBeCloseTo(1, 10);
      for (const value of x) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-9);
      return sizes[0]!;
    });
    expect(Math.min(...counts)).toBe(5);
    expect(Math.max(...counts)).toBe(8);
  });

  it('blends within limits of quality that bind, and leaves demands unmet where that pays', async () => {
    const { programs } = await structuredPrograms('test', { size: 12, families: ['blending'] });
    let [binding, unmet] = [0, 0];
    for (const { lp, x } of programs) {
      const activity = multiply(lp.matrix, x);
      const isQuality = lp.rowUpper.map((side) => (side === 0 ? 1 : 0));
      activity.forEach((value, i) => {
        if (isQuality[i] === 1) binding += value > -1e-9 ? 1 : 0;
        else unmet += value < lp.rowUpper[i]! - 1e-9 ? 1 : 0;
      });
      expect(sum([...lp.objective].map((cost, j) => cost * x[j]!))).toBeLessThan(0);
    }
    expect(binding).toBeGreaterThan(30);
    expect(unmet).toBeGreaterThan(12);
  });

  it('refuses a range that is none', () => {
    for (const variables of [
      [8, 20],
      [50, 40],
      [50, 60.5],
    ] as const) {
      expect(() => structuredProgram('transport', fromSeed(0), { variables })).toThrow(
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

  it('refuse a split and a family that are none', async () => {
    await expect(structuredPrograms('large' as never, { size: 3 })).rejects.toThrow(
      'structuredPrograms: the split must be one of train, validation, test, larger, larger-300, larger-400, larger-500; got "large".',
    );
    await expect(structuredPrograms('train', { size: 3, families: ['blend' as never] })).rejects.toThrow(
      'structuredPrograms: a family must be one of transport, assignment, blending; got "blend".',
    );
  });

  it('have no program in common between splits and seeds', async () => {
    const splits = Object.keys(STRUCTURED_SPLITS) as StructuredSplit[];
    const sets = await Promise.all(
      splits.flatMap((split) => [0, 1].map((seed) => structuredPrograms(split, { seed, size: 2 }))),
    );
    const digests = sets.flatMap(({ programs }) => programs.map(({ lp }) => digestOf([lp])));
    expect(new Set(digests).size).toBe(2 * 2 * splits.length);
  });

  it('are larger than all trained ones in the larger sets', () => {
    const { train, validation, test, ...larger } = STRUCTURED_SPLITS;
    expect([validation.variables, test.variables]).toEqual([train.variables, train.variables]);
    for (const { variables } of Object.values(larger))
      expect(variables[0]).toBeGreaterThan(train.variables[1]);
  });
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
