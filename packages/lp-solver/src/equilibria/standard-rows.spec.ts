import { describe, expect, it } from '@jest/globals';
import { finiteBounds, standardRows } from './standard-rows.ts';

const bounds = (...pairs: [number, number][]) => ({
  lower: Float64Array.from(pairs, ([low]) => low),
  upper: Float64Array.from(pairs, ([, high]) => high),
});

describe('standardRows', () => {
  it('negates lower sides, makes two rows of two sides, and leaves out rows without any', () => {
    const rowLower = Float64Array.of(-Infinity, 2, 3, -Infinity, -4, 0);
    const rowUpper = Float64Array.of(1, Infinity, 3, Infinity, 5, 0);
    expect(standardRows({ rowLower, rowUpper })).toEqual({
      source: [0, 1, 2, 4, 4, 5],
      sign: [1, -1, 1, 1, -1, 1],
      side: [1, -2, 3, 5, 4, 0],
      isEquality: [0, 0, 1, 0, 0, 1],
    });
  });

  it('keeps what is feasible', () => {
    const rowLower = Float64Array.of(-1, -Infinity, 2, 0.5);
    const rowUpper = Float64Array.of(1, Infinity, Infinity, 0.5);
    const rows = standardRows({ rowLower, rowUpper });
    for (let value = -3; value <= 3; value += 0.5) {
      for (let i = 0; i < rowLower.length; i++) {
        const isFeasible = rowLower[i]! <= value && value <= rowUpper[i]!;
        const holds = rows.source.every((from, k) => {
          if (from !== i) return true;
          const left = rows.sign[k]! * value;
          return rows.isEquality[k] === 1 ? left === rows.side[k] : left <= rows.side[k]!;
        });
        expect(holds).toBe(isFeasible);
      }
    }
  });
});

describe('finiteBounds', () => {
  it('leaves finite bounds as they are', () => {
    const given = bounds([-1, 2], [-1e9, 3], [0, 0]);
    expect(finiteBounds(given)).toEqual(given);
  });

  it('puts a number beyond all finite bounds in the place of infinities', () => {
    expect(finiteBounds(bounds([0, Infinity], [-Infinity, 5]))).toEqual(bounds([0, 100], [-100, 5]));
    expect(finiteBounds(bounds([0, Infinity], [-Infinity, 500]))).toEqual(bounds([0, 1000], [-1000, 500]));
  });
});
