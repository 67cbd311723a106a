import { compactionTable } from './compaction-table.ts';

describe('compactionTable', () => {
  it('marks sides whose numbers are not those without compaction', () => {
    const spreadMs = [9, 12] as const;
    const table = compactionTable([
      {
        case: 'dense',
        steps: [20, 2000],
        without: { ms: 100, spreadMs: [90, 120] },
        toTwo: { ms: 10, spreadMs, ratio: 10, isIdentical: true },
        toOne: { ms: 9.6, spreadMs, ratio: 10.416, isIdentical: false },
      },
    ]);
    expect(table.split('\n').at(-1)).toBe(
      '| dense | 20, 2000 | 100 (90–120) | 10 (9–12) | 10.00 | 10 (9–12) | 10.42 ≈ |',
    );
  });
});
