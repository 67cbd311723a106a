import type { WarmStarts } from '@equilibria/lp-solver';
import { groupsTable, startsTable } from './warm-start-table.ts';

const control: WarmStarts = {
  from: 'a control',
  evaluations: null,
  isPredicted: [true, true, true],
  iterations: [0, 30, 0],
  predictionTimeMs: [0, 0, 0],
  timeMs: [1, 2, 1],
  basisTimeMs: [0.1, 0.1, 0.1],
  presolved: { iterations: [10, 20, 40], timeMs: [3, 3, 3] },
  plain: { iterations: [12, 25, 30], timeMs: [2, 2, 4] },
};
const predicted: WarmStarts = {
  ...control,
  from: 'pdhg',
  evaluations: 100,
  isPredicted: [true, false, true],
  iterations: [1, 20, 3],
  predictionTimeMs: [1, 1, 150],
};

describe('startsTable', () => {
  it('tells medians and quartiles over all programs, of predictors their time', () => {
    expect(startsTable([control, predicted]).split('\n')).toEqual([
      '| simplex from | iterations saved (quartiles) | iterations, alone → from there | time saved (quartiles) | ms, alone → from there | prediction, ms | time saved with it | used | failed |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| a control | 100 % (25 % to 100 %) | 20 → 0 | 50 % (25 % to 58 %) | 2.0 → 1.0 | – | – | 3/3 | 0 |',
      '| pdhg, 100 evaluations | 90 % (45 % to 90 %) | 20 → 3 | 50 % (25 % to 58 %) | 2.0 → 1.0 | 1.0 | −50 % | 2/3 | 0 |',
    ]);
  });
});

describe('groupsTable', () => {
  it('has a row for each group and start', () => {
    const groups = [
      { name: 'small', places: [0, 1] },
      { name: 'large', places: [2] },
    ];
    const [, , ...rows] = groupsTable([control, predicted], groups).split('\n');
    expect(rows).toEqual([
      '| small | a control | 25 % (−12 % to 63 %) | 15 → 15 | 25 % (13 % to 38 %) | 2.0 → 1.5 | – | – | 2/2 | 0 |',
      '| small | pdhg, 100 evaluations | 45 % (22 % to 68 %) | 15 → 10.5 | 25 % (13 % to 38 %) | 2.0 → 1.5 | 1.0 | −25 % | 1/2 | 0 |',
      '| large | a control | 100 % (100 % to 100 %) | 30 → 0 | 67 % (67 % to 67 %) | 3.0 → 1.0 | – | – | 1/1 | 0 |',
      '| large | pdhg, 100 evaluations | 90 % (90 % to 90 %) | 30 → 3 | 67 % (67 % to 67 %) | 3.0 → 1.0 | 150 | −4933 % | 1/1 | 0 |',
    ]);
  });
});
