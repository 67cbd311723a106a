/** One panel as SVG: curves on their axes, each named at its end. */
import * as Plot from '@observablehq/plot';
import { formatNumber, formatPower } from './numbers.ts';
import type { Panel, Point, Series } from './panels.ts';
import { spreadLabels } from './spread-labels.ts';

/** Size of a panel in pixels, and the document that makes its elements. */
export type Frame = { readonly width: number; readonly height: number; readonly document: Document };

const MARGIN = { top: 54, right: 190, bottom: 44, left: 58 };
const FONT = "'DejaVu Sans', Verdana, sans-serif";
const FONT_SIZE = 11;
const LINE_GAP = 14;
const INK = '#333333';

/** Values further apart than this factor are drawn on a logarithmic axis. */
const LOG_RATIO = 50;

/** Draws a panel. Evaluations start at 1 on the logarithmic axis; the results hold those at 0 too. */
export function drawPanel(panel: Panel, frame: Frame): SVGSVGElement {
  const { width, height, document } = frame;
  const xMax = xEnd(panel.series);
  const y = yAxis(panel.series);
  const drawn = panel.series.map((series) => visible(series, xMax, y.type === 'log'));
  const axes: Plot.PlotOptions = {
    x: { type: 'log', domain: [1, xMax], range: [MARGIN.left, width - MARGIN.right] },
    y: { type: y.type, domain: y.domain, range: [height - MARGIN.bottom, MARGIN.top] },
  };
  return Plot.plot({
    ...axes,
    document,
    width,
    height,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    style: { fontFamily: FONT, fontSize: `${FONT_SIZE}px`, color: INK, background: 'white' },
    marks: [
      ...axisMarks(panel, xMax, y),
      ...drawn.flatMap(curveMarks),
      ...labelMarks(panel.series, drawn, axes),
    ],
  }) as SVGSVGElement;
}

/** Methods that do not iterate have no say in how far the axis goes, unless there are no others. */
function xEnd(series: readonly Series[]): number {
  const iterating = series.filter(({ isFlat }) => !isFlat);
  const deciding = iterating.length > 0 ? iterating : series;
  return Math.max(2, ...deciding.flatMap(({ points }) => points.map(({ x }) => x)));
}

type YAxis = {
  readonly type: 'log' | 'linear';
  readonly domain: [number, number];
  readonly ticks: number[] | number;
};

function yAxis(series: readonly Series[]): YAxis {
  const values = series.flatMap(({ points, mean, band, isFlat }) => [
    ...points.map(({ y }) => y),
    ...(isFlat ? [] : mean.map(({ y }) => y)),
    ...(isFlat ? [] : band.flatMap(({ low, high }) => [low, high])),
  ]);
  const positive = values.filter((value) => value > 0);
  const least = Math.min(...positive);
  const most = Math.max(...positive);
  if (!values.some((value) => value < 0) && most / least > LOG_RATIO) {
    const low = Math.floor(Math.log10(least));
    const high = Math.ceil(Math.log10(most));
    const step = Math.ceil((high - low) / 8);
    // Multiples of the step, so that 1 is among them.
    const first = Math.ceil(low / step) * step;
    const ticks = Array.from(
      { length: Math.floor((high - first) / step) + 1 },
      (_, i) => 10 ** (first + i * step),
    );
    return { type: 'log', domain: [10 ** low, 10 ** high], ticks };
  }
  const low = Math.min(0, ...values);
  const high = Math.max(low + Number.EPSILON, ...values) * 1.05;
  return { type: 'linear', domain: [low, high], ticks: 6 };
}

/** What of a series has a place on the axes, levels drawn from side to side. */
function visible(series: Series, xMax: number, isLog: boolean): Series {
  const points = series.points.filter(({ y }) => !isLog || y > 0);
  const first = points[0];
  if (series.isFlat && first !== undefined) {
    return { ...series, points: [1, xMax].map((x) => ({ x, y: first.y })), mean: [], band: [] };
  }
  return {
    ...series,
    points: points.filter(({ x }) => x >= 1),
    mean: series.mean.filter(({ x, y }) => x >= 1 && (!isLog || y > 0)),
    band: series.band.filter(({ x, low }) => x >= 1 && (!isLog || low > 0)),
  };
}

function axisMarks(panel: Panel, xMax: number, y: YAxis): Plot.Markish[] {
  const decades = Array.from({ length: Math.floor(Math.log10(xMax)) + 1 }, (_, i) => 10 ** i);
  const doublings = Array.from({ length: Math.floor(Math.log2(xMax)) + 1 }, (_, i) => 2 ** i);
  return [
    Plot.gridY({ ticks: y.ticks, stroke: '#e3e3e3', strokeOpacity: 1 }),
    Plot.axisY({
      ticks: y.ticks,
      tickFormat: (value: number) => (y.type === 'log' ? formatPower(value) : formatNumber(value)),
      tickSize: 0,
      label: null,
    }),
    Plot.axisX(xMax >= 1000 ? decades : doublings, {
      tickFormat: (value: number) => (xMax >= 1000 ? formatPower(value) : String(value)),
      tickSize: 4,
      label: null,
    }),
    Plot.text(['evaluations of the operator, t'], {
      frameAnchor: 'bottom',
      dy: 34,
      fill: INK,
    }),
    Plot.text([panel.title], {
      frameAnchor: 'top-left',
      dx: -MARGIN.left + 10,
      dy: -46,
      fontSize: 13,
      fontWeight: 'bold',
      fill: INK,
    }),
    Plot.text([panel.yLabel], { frameAnchor: 'top-left', dx: -MARGIN.left + 10, dy: -26, fill: INK }),
  ];
}

function curveMarks({ points, mean, band, color, emphasis, isFlat }: Series): Plot.Markish[] {
  const line = Plot.lineY(points, {
    x: 'x',
    y: 'y',
    stroke: color,
    strokeWidth: emphasis === 'strong' ? 2.4 : 1.3,
    strokeLinecap: emphasis === 'ceiling' ? 'butt' : 'round',
    ...(emphasis === 'ceiling' && { strokeDasharray: '5 4' }),
  });
  const interval = Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.15 });
  const average = Plot.lineY(mean, {
    x: 'x',
    y: 'y',
    stroke: color,
    strokeWidth: 1.2,
    strokeDasharray: '1.2 3',
  });
  // Dots where something was measured; a bound and a level are known everywhere.
  const isMeasured = emphasis !== 'ceiling' && !isFlat;
  const r = emphasis === 'strong' ? 2.6 : 1.8;
  const dots = Plot.dot(isMeasured ? points : [], { x: 'x', y: 'y', r, fill: color });
  return [interval, average, line, dots];
}

/**
 * Names at the ends of the curves, moved apart where they would overlap, with a thin line to the end. What a logarithmic axis
 * has no place for is named at the bottom with its last value.
 */
function labelMarks(
  series: readonly Series[],
  drawn: readonly Series[],
  axes: Plot.PlotOptions,
): Plot.Markish[] {
  const y = Plot.scale({ y: axes.y! });
  const x = Plot.scale({ x: axes.x! });
  const [bottom, top] = axes.y!.range as [number, number];
  const right = Math.max(...(axes.x!.range as [number, number]));
  const ends = drawn.map(({ points }) => points.at(-1));
  const wanted = ends.map((end) => (end === undefined ? bottom : (y.apply(end.y) as number)));
  const placed = spreadLabels(wanted, { gap: LINE_GAP, low: top, high: bottom });
  const at = (px: number, py: number): Point => ({ x: x.invert!(px) as number, y: y.invert!(py) as number });
  return series.flatMap(({ label, color, emphasis, points }, i) => {
    const end = ends[i];
    const height = placed[i]!;
    const last = formatNumber(points.at(-1)?.y ?? null);
    const leader = end === undefined ? [] : [end, at(right + 14, height), at(right + 18, height)];
    return [
      Plot.lineY(leader, { x: 'x', y: 'y', stroke: color, strokeOpacity: 0.45, strokeWidth: 1 }),
      Plot.text([at(right + 22, height)], {
        x: 'x',
        y: 'y',
        text: () => (end === undefined ? `${label}: ${last}` : label),
        textAnchor: 'start',
        fill: color,
        fontWeight: emphasis === 'strong' ? 'bold' : 'normal',
        fontStyle: emphasis === 'ceiling' ? 'italic' : 'normal',
      }),
    ];
  });
}
