import type { DomainResults, MethodKind, MethodResults } from '@equilibria/core';
import { drawFigure, renderPng } from './figure.ts';
import { panelsOf } from './panels.ts';
import { formatTable } from './table.ts';

/** A method whose error is 1/t and whose Lipschitz ratio is t; with a single point if it does not iterate. */
function method(name: string, kind: MethodKind, points: readonly number[], ceiling?: number): MethodResults {
  return {
    name,
    kind,
    parameters: 7,
    metric: { name: 'relative error', unit: '1', better: 'lower' },
    test: { mean: 1 / points.at(-1)!, median: 0.1, std: null, n: 4, failures: 1, seeds: [0] },
    scaling: points.map((t) => ({
      evaluations: t,
      quality: t === 0 ? { mean: 1, median: 1, low: null, high: null } : qualityAt(t),
      lipschitz: [
        {
          perturbation: 'noise',
          max: t,
          mean: t / 2,
          low: t / 4,
          high: t,
          ...(ceiling !== undefined && { ceiling }),
        },
      ],
      residual: null,
      wallTimeMs: 3 * t,
    })),
  };
}

const qualityAt = (t: number) => ({ mean: 1 / t, median: 1 / t, low: 0.5 / t, high: 2 / t });

const results: DomainResults = {
  name: 'toy',
  dataset: { name: 'numbers <1>', split: 'test', sha256: 'a'.repeat(64), size: 5 },
  methods: [
    method('iterated', 'implicit', [0, 1, 10, 100, 1000], 1e4),
    method('fitted & fixed', 'explicit', [1], 1e4),
  ],
};

describe('panelsOf', () => {
  it('shows the quality first and then every perturbation', () => {
    expect(panelsOf(results).map(({ title }) => title)).toEqual([
      'Quality',
      'Lipschitz constant, perturbation: noise',
    ]);
  });

  it('draws a method without iterations as a level', () => {
    const [quality] = panelsOf(results);
    expect(quality!.series.map(({ label, isFlat }) => [label, isFlat])).toEqual([
      ['iterated', false],
      ['fitted & fixed', true],
    ]);
  });

  it('draws a shared ceiling once, and one of its own in the colour of its method', () => {
    const labels = (of: DomainResults) =>
      panelsOf(of)[1]!.series.filter(({ emphasis }) => emphasis === 'ceiling');
    expect(labels(results).map(({ label }) => label)).toEqual(['ceiling']);
    const own = { ...results, methods: [results.methods[0]!, method('free', 'explicit', [1])] };
    expect(labels(own)[0]).toMatchObject({ label: 'its ceiling', color: panelsOf(own)[0]!.series[0]!.color });
  });

  it('leaves out what is null', () => {
    const [first, ...rest] = results.methods[0]!.scaling;
    const failed = { ...first!, quality: { mean: null, median: 1, low: null, high: null } };
    const spoilt = { ...results, methods: [{ ...results.methods[0]!, scaling: [failed, ...rest] }] };
    expect(panelsOf(spoilt)[0]!.series[0]!.points.map(({ x }) => x)).toEqual([1, 10, 100, 1000]);
  });

  it('has nothing to show without methods', () => {
    expect(panelsOf({ ...results, methods: [] })).toEqual([]);
  });
});

describe('drawFigure', () => {
  const svg = drawFigure(results, 'A toy');
  const texts = [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text);

  it('is one well-formed SVG that says what is shown', () => {
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toMatch(/<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined|<style/);
    expect(texts).toEqual(
      expect.arrayContaining([
        'A toy',
        'Quality',
        'mean relative error (lower is better)',
        'iterated',
        'fitted &amp; fixed',
        'ceiling',
        'evaluations of the operator, t',
        '10⁻³',
      ]),
    );
    expect(svg).toContain('numbers &lt;1&gt;');
  });

  it('names what a logarithmic axis has no place for, with its value', () => {
    const exact = method('exact', 'classical', [1]);
    const zero = { mean: 0, median: 0, low: 0, high: 0 };
    const scaling = [{ ...exact.scaling[0]!, quality: zero, lipschitz: [] }];
    const drawn = drawFigure({ ...results, methods: [...results.methods, { ...exact, scaling }] }, 'A toy');
    expect(drawn).toMatch(/>exact: 0</);
    expect(drawn).toMatch(/>exact: –</);
  });

  it('is the same for the same results', () => {
    expect(drawFigure(results, 'A toy')).toBe(svg);
  });

  it('draws results in which nothing could be measured', () => {
    const nothing = { mean: null, median: null, low: null, high: null };
    const scaling = results.methods[0]!.scaling.map((point) => ({
      ...point,
      quality: nothing,
      lipschitz: [],
    }));
    const empty = drawFigure({ ...results, methods: [{ ...results.methods[0]!, scaling }] }, 'Empty');
    expect(empty).not.toMatch(/NaN|Infinity/);
  });
});

describe('renderPng', () => {
  it('is a PNG of twice the size, with ink where the title stands', () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15">title</text></svg>';
    const png = renderPng(svg);
    if (png === null) throw new Error('this test needs a font of the system');
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([80, 40]);
    expect(png.length).toBeGreaterThan(renderPng(svg.replace('title', ''))!.length);
  });
});

describe('formatTable', () => {
  it('lays out a row for each method', () => {
    expect(formatTable(results, 'A toy').split('\n')).toEqual([
      'toy: A toy',
      '  5 problems; scores: relative error, lower is better; L: largest Lipschitz ratio after t evaluations',
      '  method          kind      parameters  start   best              last     L     t  time',
      '  iterated        implicit           7      1  0.001  0.001 (1 failed)  1000  1000   3 s',
      '  fitted & fixed  explicit           7                    1 (1 failed)     1     1  3 ms',
    ]);
  });
});
