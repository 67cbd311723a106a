import { describe, expect, it } from '@jest/globals';
import type { DomainResults, MethodResults } from '@equilibria/core';
import { errorPanels, errorsFigure } from './errors-figure.ts';
import { methodOf } from './fixtures/method-of.ts';

const results = (methods: MethodResults[]): DomainResults => ({
  name: 'lp-paper',
  dataset: { name: 'programs', split: 'test', sha256: '0'.repeat(64), size: 2 },
  methods,
});

const both = results([
  methodOf('implicit-gnn-8', { 0: 0.9, 8: 0.16 }),
  methodOf('implicit-gnn-8 seed 1', { 0: 0.7, 8: 0.12 }),
  methodOf('explicit-gnn-8', { 1: 0.25 }),
  methodOf('unrolled-gnn-8', { 0: 0.9, 8: 0.2, 64: 1e9 }),
  methodOf('exact-operator', { 0: 0.9, 8: 0.1, 16: 0 }),
  methodOf('highs', { 7: 0 }),
]);

describe('errorPanels', () => {
  it('has one curve for all seeds of a method, the networks apart, and leaves solvers out that are run as a whole', () => {
    const panels = errorPanels(both);
    expect(panels.map(({ series }) => series.map(({ label }) => label))).toEqual([
      ['implicit-gnn-8', 'explicit-gnn-8', 'unrolled-gnn-8'],
      ['exact-operator'],
    ]);
    const [implicit, explicit, unrolled] = panels[0]!.series;
    expect(implicit!.points).toEqual([
      { x: 0, y: 0.8 },
      { x: 8, y: 0.14 },
    ]);
    expect(implicit!.band[1]).toEqual({ x: 8, low: 0.12, high: 0.16 });
    expect(explicit!.isFlat).toBe(true);
    expect(unrolled!.points.map(({ x }) => x)).toEqual([0, 8]);
    // No logarithm of an error of 0.
    expect(panels[1]!.series[0]!.points.map(({ x }) => x)).toEqual([0, 8]);
  });

  it('leaves out the panel of what is not there', () => {
    expect(errorPanels(results([both.methods[4]!]))).toHaveLength(1);
  });
});

describe('errorsFigure', () => {
  it('names every curve', () => {
    const svg = errorsFigure(both, 'Errors');
    for (const label of ['implicit-gnn-8', 'explicit-gnn-8', 'exact-operator']) expect(svg).toContain(label);
  });
});
