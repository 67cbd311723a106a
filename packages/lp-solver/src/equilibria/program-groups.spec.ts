import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerInGroups, groupPrograms, type ProgramSize } from './program-groups.ts';

const sizes = fc.array(fc.record({ rows: fc.nat(40), columns: fc.nat(40) }), { maxLength: 30 });

describe('groupPrograms', () => {
  it('puts every program into one group, within the bounds', () => {
    const holds = (list: readonly ProgramSize[], maxBatch: number, maxPadding: number): void => {
      const groups = groupPrograms(list, { maxBatch, maxPadding, maxPlaces: 2000 });
      const members = groups.flatMap((group) => group.members);
      expect(members.toSorted((a, b) => a - b)).toEqual(Array.from(list.keys()));
      for (const { members: own, rows, columns } of groups) {
        expect(own.length).toBeLessThanOrEqual(maxBatch);
        const least = (size: number): number => Math.max(1, size);
        expect(rows).toBe(Math.max(1, ...own.map((index) => list[index]!.rows)));
        expect(columns).toBe(Math.max(1, ...own.map((index) => list[index]!.columns)));
        const places = own.reduce((sum, i) => sum + least(list[i]!.rows) * least(list[i]!.columns), 0);
        const filled = own.length * rows * columns;
        expect(filled).toBeLessThanOrEqual((1 + maxPadding) * places);
        expect(own.length === 1 || filled <= 2000).toBe(true);
      }
    };
    const padding = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 8 }), padding, holds), { seed: 3 });
  });

  it('keeps programs of one size together', () => {
    const groups = groupPrograms(
      Array.from({ length: 10 }, (_, i) => ({ rows: 3, columns: i % 2 === 0 ? 9 : 4 })),
    );
    expect(groups).toEqual([
      { members: [1, 3, 5, 7, 9], rows: 3, columns: 4 },
      { members: [0, 2, 4, 6, 8], rows: 3, columns: 9 },
    ]);
  });

  it('refuses what cannot be', () => {
    expect(() => groupPrograms([], { maxBatch: 0 })).toThrow('groupPrograms: maxBatch must be');
    expect(() => groupPrograms([], { maxPadding: -1 })).toThrow(
      'groupPrograms: maxPadding and maxPlaces must be',
    );
  });
});

describe('answerInGroups', () => {
  it('gives answers back in the order of the programs', async () => {
    const widths = [7, 1, 30, 2, 8, 1, 29];
    const groups = groupPrograms(widths.map((columns) => ({ rows: 2, columns })));
    const answers = await answerInGroups(widths, groups, (members) =>
      Promise.resolve(members.map((width) => `program of ${width}`)),
    );
    expect(answers).toEqual(widths.map((width) => `program of ${width}`));
    expect(groups.length).toBeGreaterThan(1);
  });
});
