import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Columns, independentColumns } from './independent-columns.ts';

/** Columns of small whole numbers, so that many depend on each other, and a ranking of them and of the unit columns. */
const candidates = fc.integer({ min: 1, max: 4 }).chain((m) =>
  fc
    .array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: m, maxLength: m }), { maxLength: 6 })
    .chain((dense) => {
      const all = Array.from({ length: dense.length + m }, (_, k) => k);
      return fc.record({
        m: fc.constant(m),
        dense: fc.constant(dense),
        ranking: fc.shuffledSubarray(all, { minLength: all.length }),
      });
    }),
);

describe('independentColumns', () => {
  it('keeps each candidate that does not depend on those of a better rank', () => {
    const holds = ({ m, dense, ranking }: { m: number; dense: number[][]; ranking: number[] }): void => {
      const vectors = [...dense, ...units(m)];
      const greedy = ranking.reduce<number[]>((kept, k) => {
        const grown = [...kept, k];
        return rank(grown.map((j) => vectors[j]!)) === grown.length ? grown : kept;
      }, []);
      const { chosen, filled } = independentColumns(columnsOf(dense), Int32Array.from(ranking), { m });
      expect([...chosen]).toEqual(greedy);
      expect(filled).toBe(0);
    };
    fc.assert(fc.property(candidates, holds), { seed: 1 });
  });
  it('counts what it passes over', () => {
    const twice = columnsOf([
      [1, 2],
      [2, 4],
      [0, 0],
      [0, 1],
    ]);
    const { chosen, dependent } = independentColumns(twice, Int32Array.of(0, 1, 2, 3, 4, 5), { m: 2 });
    expect([...chosen]).toEqual([0, 3]);
    expect(dependent).toBe(2);
  });
  it('does not take for independent what differs by rounding', () => {
    const alike = columnsOf([
      [0.1, 0.3],
      [0.3, 0.9 + 1e-9],
    ]);
    expect([...independentColumns(alike, Int32Array.of(0, 1, 2, 3), { m: 2 }).chosen]).toEqual([0, 2]);
  });
  it('fills up with unit columns of the rows without a pivot when its work is done', () => {
    const dense = [
      [1, 1, 1],
      [1, 2, 4],
      [1, 3, 9],
    ];
    const ranking = Int32Array.from({ length: 6 }, (_, k) => k);
    const { chosen, filled } = independentColumns(columnsOf(dense), ranking, { m: 3, mostWork: 2 });
    expect(filled).toBe(1);
    const vectors = [...dense, ...units(3)];
    expect(rank([...chosen].map((k) => vectors[k]!))).toBe(3);
  });
});

function units(m: number): number[][] {
  return Array.from({ length: m }, (_, i) => Array.from({ length: m }, (_unused, k) => (k === i ? -1 : 0)));
}

function columnsOf(dense: readonly (readonly number[])[]): Columns {
  const entries = dense.map((column) => column.flatMap((value, row) => (value === 0 ? [] : [[row, value]])));
  const starts = new Int32Array(dense.length + 1);
  entries.forEach((column, j) => (starts[j + 1] = starts[j]! + column.length));
  return {
    starts,
    rows: Int32Array.from(entries.flat(), (entry) => entry[0]!),
    values: Float64Array.from(entries.flat(), (entry) => entry[1]!),
  };
}

/** By exact elimination in whole numbers. */
function rank(vectors: readonly (readonly number[])[]): number {
  let rest = vectors.map((vector) => [...vector]);
  let found = 0;
  for (let column = 0; rest.length > 0 && column < rest[0]!.length; column++) {
    const pivot = rest.find((vector) => vector[column] !== 0);
    if (pivot === undefined) continue;
    found += 1;
    rest = rest
      .filter((vector) => vector !== pivot)
      .map((vector) => vector.map((value, k) => value * pivot[column]! - pivot[k]! * vector[column]!));
  }
  return found;
}
