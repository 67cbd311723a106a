import { describe, expect, it } from '@jest/globals';
import type { DomainResults, MethodResults } from '@equilibria/core';
import type { LipschitzStudy, Spread } from '@equilibria/lp-solver';
import { methodOf as method } from './fixtures/method-of.ts';
import { iterationTable, lipschitzTable, networkTable } from './report-tables.ts';

const results = (methods: MethodResults[]): DomainResults => ({
  name: 'lp-paper',
  dataset: { name: 'programs', split: 'test', sha256: '0'.repeat(64), size: 2 },
  methods,
});

/** The cells of all rows but the first two, which are the header. */
const cellsOf = (table: string): string[][] =>
  table
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(' | '));

/** Operations of an iteration. */
const withOperations = (one: MethodResults, flops: number): MethodResults => ({
  ...one,
  scaling: one.scaling.map((look) => ({ ...look, flops })),
});

describe('networkTable', () => {
  it('tells mean and range over seeds where the paper tests, where networks have settled, and at last', () => {
    const table = networkTable(
      results([
        withOperations(method('implicit-gnn-8', { 0: 0.9, 8: 0.16, 64: 0.1, 512: 0.11 }), 906_220),
        method('explicit-gnn-8', { 1: 0.25 }),
        method('implicit-gnn-8 seed 1', { 0: 0.9, 8: 0.14, 64: 0.12, 512: 0.12 }),
        method('pdhg', { 8: 0.5, 512: 0.01 }),
      ]),
    );
    expect(cellsOf(table)).toEqual([
      [
        'implicit, trained as an equilibrium',
        '8',
        '2350',
        '9.06e5',
        '2',
        '0.177',
        '0.15 (0.14 – 0.16)',
        '0.11 (0.1 – 0.12)',
        '0.115 (0.11 – 0.12)',
        '5.0 % (0.0 % – 10.0 %)',
      ],
      ['explicit, equal parameters', '8', '2350', '', '1', '0.273', '0.25', '0.25', '0.25', '0.0 %'],
    ]);
  });

  it('tells that a network runs away, and nothing where it has no answers', () => {
    const [none, away] = cellsOf(
      networkTable(
        results([
          method('implicit-gnn-8', { 8: 0.1, 512: null }),
          method('unrolled-gnn-8', { 8: 0.1, 512: 1e20 }),
        ]),
      ),
    );
    expect(away!.at(-1)).toBe('> 10,000 %');
    expect(none!.slice(-2)).toEqual(['–', '–']);
  });

  it('is nothing without networks', () => {
    expect(networkTable(results([method('pdhg', { 1: 1 })]))).toBe('');
  });
});

describe('iterationTable', () => {
  it('tells errors at the points, and where the mean falls to a hundredth, by logarithms between two looks', () => {
    const table = iterationTable(
      results([
        method('restarted-pdhg', { 0: 1, 100: 0.1, 400: 0.001 }),
        method('slow', { 0: 1, 100: 0.5, 400: 0.02 }),
        method('at once', { 0: 1, 100: 0.001, 400: 0 }),
        method('failing', { 0: 1, 100: null, 400: 0.001 }),
        method('implicit-gnn-8', { 0: 1, 100: 0.2 }),
        method('highs', { 7: 0 }),
      ]),
      [100, 400],
    );
    expect(cellsOf(table)).toEqual([
      ['restarted-pdhg', '0.1 / 0.05', '0.001 / 5e-4', '200'],
      ['slow', '0.5 / 0.25', '0.02 / 0.01', '> 400'],
      ['at once', '0.001 / 5e-4', '0 / 0', '≤ 100'],
      ['failing', '– / –', '0.001 / 5e-4', '≤ 400'],
    ]);
  });
});

describe('lipschitzTable', () => {
  it('tells the largest and the mean ratio early, where the paper tests, after training, and at last', () => {
    const spread = (max: number): Spread => ({
      n: 2,
      failures: 0,
      max,
      mean: max / 2,
      low: null,
      high: null,
      quantiles: { q05: null, q25: null, q50: null, q75: null, q95: null },
    });
    const study: LipschitzStudy = {
      schema: 'equilibria.lp-lipschitz/1',
      seed: 0,
      programs: 2,
      changeNorm: 1e-4,
      perturbations: [
        { name: 'costs c', unsolved: 0, exact: spread(7), changedBasis: 0, exactInBasis: spread(0) },
      ],
      methods: [
        {
          name: 'implicit-gnn-8',
          trainingDepth: 50,
          along: [0, 1, 8, 48, 500].map((t) => ({ evaluations: t, residual: 0, lipschitz: [spread(t)] })),
          regularity: [],
        },
      ],
    };
    const table = lipschitzTable(study);
    expect(table.split('\n')[0]).toContain('| t = 1 | t = 8 | t = 48 | t = 500 | exact map |');
    expect(cellsOf(table)).toEqual([
      ['implicit-gnn-8', 'costs c', '1 / 0.5', '8 / 4', '48 / 24', '500 / 250', '7 / 3.5'],
    ]);
  });
});
