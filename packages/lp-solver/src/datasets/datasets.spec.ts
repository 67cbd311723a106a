import { fromSeed } from '@equilibria/core';
import { publicInstances } from './public-instances.ts';
import { randomLinearProgram } from './random-linear-programs.ts';
import { shippedLinearPrograms } from './shipped.ts';

describe('publicInstances', () => {
  it('name every file once, with a checksum and an objective exactly for the optimal ones', () => {
    expect(new Set(publicInstances.map(({ set, file }) => `${set}/${file}`)).size).toBe(76);
    for (const { sha256, status, objective } of publicInstances) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(objective !== null).toBe(status === 'optimal');
    }
  });
  it('hold 54 feasible linear programs and 15 relaxations', () => {
    const optimal = publicInstances.filter(({ status }) => status === 'optimal');
    expect(optimal.filter(({ relaxation }) => !relaxation)).toHaveLength(54);
    expect(optimal.filter(({ relaxation }) => relaxation)).toHaveLength(15);
  });
});

describe('shippedLinearPrograms', () => {
  it('have names of their own and every outcome', () => {
    expect(new Set(shippedLinearPrograms.map(({ lp }) => lp.name)).size).toBe(shippedLinearPrograms.length);
    expect(new Set(shippedLinearPrograms.map(({ status }) => status)).size).toBe(3);
  });
});

describe('randomLinearProgram', () => {
  const lp = randomLinearProgram(fromSeed(1));
  it('is decided by its key', () => {
    expect(randomLinearProgram(fromSeed(1))).toEqual(lp);
    expect(randomLinearProgram(fromSeed(2)).objective).not.toEqual(lp.objective);
  });
  it('has the sizes and ranges of the paper', () => {
    expect(lp.matrix).toMatchObject({ rows: 10, columns: 50 });
    expect(lp.matrix.values).toHaveLength(100);
    for (const cost of lp.objective) expect(Math.abs(cost)).toBeLessThanOrEqual(0.01);
    for (const side of lp.rowUpper) expect(Math.abs(side)).toBeLessThanOrEqual(1);
    lp.lower.forEach((lower, j) => expect(lower).toBeLessThanOrEqual(lp.upper[j]!));
  });
  it('draws equalities with probability 0.3 and places evenly', () => {
    const large = randomLinearProgram(fromSeed(3), { rows: 1000, columns: 20, nonzeros: 4000 });
    const equalities = large.rowLower.filter((side) => side > -Infinity).length;
    expect(Math.abs(equalities - 300)).toBeLessThan(60);
    const perColumn = new Float64Array(20);
    for (const j of large.matrix.indices) perColumn[j]! += 1;
    for (const count of perColumn) expect(Math.abs(count - 200)).toBeLessThan(60);
  });
  it('refuses more nonzeros than places', () => {
    expect(() => randomLinearProgram(fromSeed(1), { rows: 2, columns: 2, nonzeros: 5 })).toThrow(
      'nonzeros must be at most 4; got 5.',
    );
  });
});
