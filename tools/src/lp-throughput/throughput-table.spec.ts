import type { ThroughputRow } from './measure-throughput.ts';
import { throughputTable } from './throughput-table.ts';

const network: ThroughputRow = {
  name: 'implicit-gnn-4',
  evaluations: 8,
  isBatched: true,
  rates: [
    { batch: 1, perSecond: 1234.5, spread: [1000, 1300] },
    { batch: 64, perSecond: 12_000, spread: [11_111, 13_000] },
  ],
  error: 0.15,
};
const solver: ThroughputRow = {
  name: 'highs',
  evaluations: null,
  isBatched: false,
  rates: [{ batch: 1, perSecond: 2000, spread: [1999, 2001] }],
  error: 3.4e-10,
};

describe('throughputTable', () => {
  it('has a column for each batch, and compares the largest with the solver', () => {
    expect(throughputTable([network, solver], 'highs').split('\n')).toEqual([
      '| method | evaluations | one at a time | 64 at once | times highs | mean error |',
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      '| implicit-gnn-4 | 8 | 1230 (1000–1300) | 12000 (11100–13000) | 6.0 | 0.150 |',
      '| highs | – | 2000 (2000–2000) | – | 1.0 | 3e-10 |',
    ]);
  });

  it('tells no error of what is not trained, and compares with nobody who is not there', () => {
    const [, , row] = throughputTable([{ ...network, error: null }], 'highs').split('\n');
    expect(row).toBe('| implicit-gnn-4 | 8 | 1230 (1000–1300) | 12000 (11100–13000) | – | – |');
  });
});
