import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed } from '@equilibria/core';
import fc from 'fast-check';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import { norm } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { CHANGE_NORM, programPerturbations } from './perturbations.ts';

const named = (name: string) => programPerturbations.find((perturbation) => perturbation.name === name)!;

/** What each perturbation may change, as lists of numbers, in the order of the list. */
const partsOf = ({ matrix, rowLower, rowUpper, objective, lower, upper }: Minimization) => ({
  'coefficients A': Array.from(matrix.values),
  'sides b': Array.from(rowUpper, (high, i) => (high < Infinity ? high : rowLower[i]!)),
  'costs c': Array.from(objective),
  'lower bounds l': Array.from(lower),
  'upper bounds u': Array.from(upper),
});

const random = (seed: number): Minimization =>
  asMinimization(randomLinearProgram(fold(fromSeed(seed), 'perturbations')));

/** Free and one-sided rows, a range, an equality, infinite bounds, a fixed variable and one of width 1e-6. */
const odd = asMinimization(
  linearProgram({
    name: 'odd',
    sense: 'minimize',
    variables: {
      fixed: { cost: 1, lower: 2, upper: 2 },
      narrow: { cost: -1, lower: 1, upper: 1 + 1e-6 },
      free: { lower: -Infinity },
      below: { cost: 3 },
    },
    constraints: {
      none: { terms: { fixed: 1, below: 1 } },
      atLeast: { terms: { free: 1, below: 2 }, lower: -3 },
      between: { terms: { free: 1, narrow: 2 }, lower: -7, upper: 9 },
      equal: { terms: { fixed: 1, free: -1 }, lower: 0, upper: 0 },
    },
  }),
);

describe('programPerturbations', () => {
  it('are of coefficients, sides, costs and bounds', () => {
    expect(programPerturbations.map(({ name }) => name)).toEqual(Object.keys(partsOf(odd)));
  });

  it.each(programPerturbations)('$name: changes that part alone, by a norm of 1e-4', ({ name, perturb }) => {
    const holds = (seed: number): boolean => {
      const lp = random(seed);
      const { problem, size } = perturb(lp, fromSeed(seed));
      const [before, after] = [Object.entries(partsOf(lp)), Object.values(partsOf(problem))];
      const changes = before.map(([part, values], k) => ({
        part,
        change: norm(Float64Array.from(values, (value, i) => after[k]![i]! - value)),
      }));
      return changes.every(({ part, change }) =>
        part === name
          ? Math.abs(change - CHANGE_NORM) < 1e-10 * CHANGE_NORM && Math.abs(size - change) < 1e-15
          : change === 0,
      );
    };
    fc.assert(fc.property(fc.nat(), holds), { seed: 5, numRuns: 20 });
  });

  it.each(programPerturbations)('$name: is decided by the key', ({ perturb }) => {
    const lp = random(0);
    expect(perturb(lp, fromSeed(1))).toEqual(perturb(lp, fromSeed(1)));
    expect(partsOf(perturb(lp, fromSeed(2)).problem)).not.toEqual(partsOf(perturb(lp, fromSeed(1)).problem));
  });

  it('coefficients A: keep their pattern', () => {
    const { problem } = named('coefficients A').perturb(odd, fromSeed(0));
    expect(problem.matrix.starts).toBe(odd.matrix.starts);
    expect(problem.matrix.indices).toBe(odd.matrix.indices);
    for (const [k, value] of problem.matrix.values.entries()) expect(value).not.toBe(odd.matrix.values[k]);
  });

  it('sides b: the finite ones of a row move together, so that equalities and ranges keep their width', () => {
    const { problem } = named('sides b').perturb(odd, fromSeed(0));
    expect([problem.rowLower[0], problem.rowUpper[0]]).toEqual([-Infinity, Infinity]);
    expect(problem.rowUpper[1]).toBe(Infinity);
    expect(problem.rowUpper[2]! - problem.rowLower[2]!).toBeCloseTo(16, 12);
    expect(problem.rowUpper[3]).toBe(problem.rowLower[3]);
    for (const i of [1, 2, 3]) expect(problem.rowLower[i]).not.toBe(odd.rowLower[i]);
  });

  it('bounds: the finite ones move, and never past each other', () => {
    for (const name of ['lower bounds l', 'upper bounds u']) {
      for (let seed = 0; seed < 20; seed++) {
        const { problem, size } = named(name).perturb(odd, fromSeed(seed));
        problem.lower.forEach((low, j) => expect(low).toBeLessThanOrEqual(problem.upper[j]!));
        expect([problem.lower[2], problem.upper[2], problem.upper[3]]).toEqual([
          -Infinity,
          Infinity,
          Infinity,
        ]);
        expect(Math.abs(size / CHANGE_NORM - 1)).toBeLessThan(1e-10);
      }
    }
  });

  it('refuse a program without a finite entry', () => {
    const free = { ...odd, upper: odd.upper.map(() => Infinity) };
    expect(() => named('upper bounds u').perturb(free, fromSeed(0))).toThrow(
      "perturb: to change its upper bounds u, a program must have finite ones; got none in 'odd'.",
    );
  });
});
