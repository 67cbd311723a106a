import { describe, expect, it } from '@jest/globals';
import type { LipschitzStudy, Spread } from '@equilibria/lp-solver';
import { lipschitzFigure, lipschitzPanels } from './lipschitz-figure.ts';

/** A sample with the given largest value and half of it as its mean. */
const spread = (max: number | null): Spread => ({
  n: 7,
  failures: max === null ? 1 : 0,
  max,
  mean: max === null ? null : max / 2,
  low: max === null ? null : max / 4,
  high: max,
  quantiles: { q05: null, q25: null, q50: null, q75: null, q95: null },
});

const looks = [0, 1, 10, 100];

const study: LipschitzStudy = {
  schema: 'equilibria.lp-lipschitz/1',
  seed: 0,
  programs: 8,
  changeNorm: 1e-4,
  perturbations: [
    { name: 'costs c', unsolved: 0, exact: spread(200), changedBasis: 3, exactInBasis: spread(0) },
    { name: 'sides b', unsolved: 1, exact: spread(20), changedBasis: 0, exactInBasis: spread(20) },
  ],
  methods: [
    {
      name: 'network',
      trainingDepth: 10,
      along: looks.map((t) => ({
        evaluations: t,
        residual: 1 / (1 + t),
        lipschitz: [spread(t), spread(2 * t)],
      })),
      regularity: looks.map((t) => ({
        evaluations: t,
        residual: spread(1),
        contraction: spread(0.9),
        rate: spread(0.5),
      })),
    },
    {
      name: 'iteration',
      trainingDepth: null,
      along: [0, 43].map((t) => ({ evaluations: t, residual: null, lipschitz: [spread(null), spread(1)] })),
      regularity: [],
    },
  ],
};

describe('lipschitzPanels', () => {
  const panels = lipschitzPanels(study);

  it('show each perturbation, then residual, contraction and rate', () => {
    expect(panels.map(({ title }) => title)).toEqual([
      'Change of costs c; basis changed in 3 of 8',
      'Change of sides b',
      'Residual',
      'Contraction factor of the last steps',
      'Spectral radius of the last steps',
    ]);
  });

  it('put every method under the ceiling of its own perturbation', () => {
    const curves = panels[1]!.series.map(({ label, points }) => [label, points.map(({ y }) => y)]);
    expect(curves).toEqual([
      ['network', [0, 2, 20, 200]],
      ['iteration', [1, 1]],
      ['exact map, largest', [20]],
      ['exact map, mean', [10]],
    ]);
    const [network] = panels[0]!.series;
    expect(network!.mean.map(({ y }) => y)).toEqual([0, 0.5, 5, 50]);
    expect(network!.band[3]).toEqual({ x: 100, low: 25, high: 100 });
  });

  it('leave out what could not be measured', () => {
    expect(panels[0]!.series[1]).toMatchObject({ label: 'iteration', points: [], mean: [], band: [] });
    expect(panels[2]!.series.map(({ label }) => label)).toEqual(['network']);
    expect(panels[3]!.series.map(({ label }) => label)).toEqual(['network', '1']);
    const [network, iteration] = study.methods;
    const plain = lipschitzPanels({ ...study, methods: [{ ...network!, regularity: [] }, iteration!] });
    expect(plain).toHaveLength(3);
  });

  it('leave out what runs away', () => {
    const [network] = study.methods;
    const away = { ...network!.along[3]!, residual: 1e9, lipschitz: [spread(1e12), spread(1)] };
    const [costs, sides, residual] = lipschitzPanels({
      ...study,
      methods: [{ ...network!, along: [...network!.along.slice(0, 3), away] }],
    });
    const placesOf = (panel: typeof costs): number[] => panel!.series[0]!.points.map(({ x }) => x);
    expect([costs, sides, residual].map(placesOf)).toEqual([
      [0, 1, 10],
      [0, 1, 10, 100],
      [0, 1, 10],
    ]);
  });

  it('mark the depth of training once', () => {
    for (const { marks } of panels) expect(marks).toEqual([{ x: 10, label: 'trained to here' }]);
  });
});

describe('lipschitzFigure', () => {
  it('says what is shown and what is left out', () => {
    const svg = lipschitzFigure(study, 'A study');
    expect(svg).toContain('A study');
    expect(svg).toContain('8 programs, each changed by 10⁻⁴');
    expect(svg).toContain('since no optimum is left: 1 of sides b.');
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
