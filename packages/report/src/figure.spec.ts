import type { DomainResults, MethodKind, MethodResults } from '@equilibria/core';
import { Resvg } from '@resvg/resvg-js';
import { labelWidth } from './chart.ts';
import { drawFigure, drawPanels, renderPng } from './figure.ts';
import { panelsOf, type Series } from './panels.ts';
import { formatTable, TABLE_LEGEND } from './table.ts';

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

const seriesNamed = (name: string, of: DomainResults): Series =>
  panelsOf(of)[0]!.series.find(({ label }) => label === name)!;

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

  it('draws the models under study last, and a method without iterations as a level', () => {
    const [quality] = panelsOf(results);
    expect(quality!.series.map(({ label, isFlat }) => [label, isFlat])).toEqual([
      ['fitted & fixed', true],
      ['iterated', false],
    ]);
  });

  const theory = (of: DomainResults) =>
    panelsOf(of)[1]!
      .series.filter(({ emphasis }) => emphasis === 'theory')
      .map(({ label, color, isFlat }) => ({ label, color, isFlat }));

  it('takes a constant that methods share for that of the exact map', () => {
    expect(theory(results)).toEqual([{ label: 'exact map', color: '#333333', isFlat: true }]);
  });

  it('names a bound after its method, in the colour of that', () => {
    const [iterated] = results.methods;
    const bound = 'bound of iterated';
    const color = seriesNamed('iterated', results).color;
    const alone = { ...results, methods: [iterated!, method('free', 'explicit', [1])] };
    expect(theory(alone)).toEqual([{ label: bound, color, isFlat: true }]);
    const growing = iterated!.scaling.map((point) => ({
      ...point,
      lipschitz: point.lipschitz.map((estimate) => ({ ...estimate, ceiling: 2 * point.evaluations })),
    }));
    const others = [method('a', 'explicit', [1], 1e4), method('b', 'classical', [1], 1e4)];
    expect(theory({ ...results, methods: [{ ...iterated!, scaling: growing }, ...others] })).toEqual([
      { label: bound, color, isFlat: false },
      { label: 'exact map', color: '#333333', isFlat: true },
    ]);
  });

  it('tells which curves equal ones hide', () => {
    const points = [0, 1, 10, 100, 1000];
    const equal = ['first', 'second', 'third'].map((name) => method(name, 'implicit', points));
    const panels = panelsOf({ ...results, methods: [...equal, method('apart', 'explicit', [7])] });
    const hidden = panels.map(({ series }) => series.map(({ label, hiddenBy }) => [label, hiddenBy]));
    const wanted = [
      ['apart', 0],
      ['first', 2],
      ['second', 1],
      ['third', 0],
    ];
    expect(hidden).toEqual([wanted, wanted]);
  });

  it('gives a colour to each rank of each kind, whatever else is shown', () => {
    const kinds = ['classical', 'implicit', 'explicit', 'implicit'] as const;
    const many = { ...results, methods: kinds.map((kind, i) => method(`${i}`, kind, [1, 2])) };
    expect(seriesNamed('1', many).color).toBe(seriesNamed('iterated', results).color);
    expect(seriesNamed('2', many).color).toBe(seriesNamed('fitted & fixed', results).color);
    const crowd = {
      ...results,
      methods: Array.from({ length: 8 }, (_, i) => method(`${i}`, 'explicit', [1, 2])),
    };
    expect(new Set(panelsOf(crowd)[0]!.series.map(({ color }) => color)).size).toBe(8);
  });

  it('leaves out what is null', () => {
    const [first, ...rest] = results.methods[0]!.scaling;
    const failed = { ...first!, quality: { mean: null, median: 1, low: null, high: null } };
    const spoilt = { ...results, methods: [{ ...results.methods[0]!, scaling: [failed, ...rest] }] };
    expect(seriesNamed('iterated', spoilt).points.map(({ x }) => x)).toEqual([1, 10, 100, 1000]);
  });

  it('has nothing to show without methods', () => {
    expect(panelsOf({ ...results, methods: [] })).toEqual([]);
  });
});

describe('drawPanels', () => {
  const [quality] = panelsOf({ ...results, methods: [method('iterated', 'implicit', [0, 1, 10, 300])] });
  const textsOf = (svg: string) => Array.from(svg.matchAll(/<text[^>]*>([^<]+)</g), ([, text]) => text);

  it('writes the title and every line above the panels', () => {
    const texts = textsOf(drawPanels([quality!], { title: 'Panels', lines: ['first line', 'second line'] }));
    expect(texts.slice(0, 3)).toEqual(['Panels', 'first line', 'second line']);
  });

  it('labels every doubling where there are few', () => {
    const texts = textsOf(drawPanels([quality!], { title: 'Panels', lines: [] }));
    expect(texts).toEqual(expect.arrayContaining(['1', '2', '4', '8', '16', '32', '64', '128', '256']));
  });

  it('marks evaluations that lie on the axis', () => {
    const marks = [
      { x: 34, label: 'trained to here' },
      { x: 1000, label: 'far away' },
    ];
    const heading = { title: 'Panels', lines: [] };
    const texts = textsOf(drawPanels([{ ...quality!, marks }], heading));
    expect(texts).toContain('trained to here');
    expect(texts).not.toContain('far away');
    expect(textsOf(drawPanels([quality!], heading))).not.toContain('trained to here');
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
        'exact map',
        'evaluations of the operator, t',
        '10⁻³',
        'largest ‖Δanswer‖/‖Δinput‖ of all pairs; dotted: mean',
      ]),
    );
    expect(svg).toContain('numbers &lt;1&gt;');
    expect(texts.join(' ')).toContain('finite iterates may exceed it');
  });

  it('explains only what it shows', () => {
    const plain = { ...results, methods: [method('alone', 'classical', [0, 1, 2])] };
    expect(drawFigure(plain, 'A toy')).not.toMatch(/Dashed|Bold|Without dots|Wide/);
    const equal = { ...results, methods: [...results.methods, method('fixed too', 'explicit', [1])] };
    expect(drawFigure(equal, 'A toy')).toContain('Wide lines lie under equal ones.');
  });

  it('breaks a long title into lines', () => {
    const long = drawFigure(results, Array<string>(40).fill('word').join(' '));
    expect(long.match(/>word[^<]*</g)!.length).toBeGreaterThan(1);
  });

  it('labels 0 on a logarithmic axis as a level of its own', () => {
    const [iterated, ...rest] = results.methods;
    const late = iterated!.scaling.map((point) => ({
      ...point,
      lipschitz: point.lipschitz.map((of) =>
        point.evaluations < 10 ? { ...of, max: 0, mean: 0, low: 0 } : of,
      ),
    }));
    const drawn = drawFigure({ ...results, methods: [{ ...iterated!, scaling: late }, ...rest] }, 'A toy');
    expect(svg).not.toContain('>0<');
    expect(drawn).toContain('>0<');
  });

  it('names what could not be measured', () => {
    const exact = method('exact', 'classical', [1]);
    const zero = { mean: 0, median: 0, low: 0, high: 0 };
    const scaling = [{ ...exact.scaling[0]!, quality: zero, lipschitz: [] }];
    const drawn = drawFigure({ ...results, methods: [...results.methods, { ...exact, scaling }] }, 'A toy');
    expect(drawn).toMatch(/>exact</);
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

describe('labelWidth', () => {
  it('has room for the names as a font as wide as DejaVu Sans draws them', () => {
    const names = [
      'y − η(xy − 1), η = 0.5',
      'Theorem 2.4, ε = x²/2',
      'piecewise linear, 32 knots',
      'mean-of-means',
    ];
    for (const name of names) {
      for (const kind of ['implicit', 'classical'] as const) {
        const [panel] = panelsOf({ ...results, methods: [method(name, kind, [1, 2])] });
        expect(labelWidth(panel!)).toBeGreaterThan(widthOf(name, kind === 'implicit' ? 'bold' : 'normal'));
      }
    }
  });
});

function widthOf(text: string, weight: string): number {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="999" height="20"><text y="15" font-family="DejaVu Sans" font-size="11" font-weight="${weight}">${text}</text></svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: true } }).getBBox()?.width ?? 0;
}

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
      '  5 problems; scores: relative error, lower is better',
      '  method          kind      parameters  start   best              last  median  max L     t  time',
      '  iterated        implicit           7      1  0.001  0.001 (1 failed)     0.1   1000  1000   3 s',
      '  fitted & fixed  explicit           7                    1 (1 failed)     0.1      1     1  3 ms',
    ]);
  });

  it('has columns that the legend explains', () => {
    for (const column of ['start', 'best', 'last', 'median', 'max L', 't', 'time']) {
      expect(TABLE_LEGEND).toMatch(new RegExp(`(^|[ ,])${column}[,:]`, 'm'));
    }
  });
});
