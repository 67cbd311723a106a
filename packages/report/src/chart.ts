/** One panel as SVG: curves on their axes, each named at its end. */
/// <reference lib="dom" />
import * as Plot from '@observablehq/plot';
import { placeOn, tickLabel, yAxis, type YAxis } from './axes.ts';
import { formatNumber, formatPower } from './numbers.ts';
import type { Panel, Point, Series } from './panels.ts';
import { spreadLabels } from './spread-labels.ts';

/** Size of a panel in pixels, how much of it is for the names of the curves, and the document that makes its elements. */
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly labelWidth: number;
  readonly document: Document;
};

/** Around the axes, in pixels; the names of the curves stand further right. */
export const MARGIN = { top: 54, right: 30, bottom: 44, left: 58 } as const;

const FONT = "'DejaVu Sans', Verdana, sans-serif";
const FONT_SIZE = 11;
const LINE_GAP = 14;
const INK = '#333333';

/** Pixels from the end of the axes to the names, and on the way there to the ends of a leader's slanting part. */
const LABEL_OFFSET = { slant: 14, end: 18, text: 22 } as const;

/** Pixels for a character of a label, more than the mean of a font as wide as DejaVu Sans. */
const CHARACTER_WIDTH = { normal: 6.6, bold: 7.6 } as const;

/** By how many pixels a curve is wider for each one that hides it. */
const WIDENING = 2.6;

/** Room for the longest name in a panel, in pixels. */
export function labelWidth({ series }: Panel): number {
  const widths = series.map((one) => {
    const { normal, bold } = CHARACTER_WIDTH;
    return Array.from(labelOf(one)).length * (one.emphasis === 'strong' ? bold : normal);
  });
  return Math.ceil(Math.max(0, ...widths));
}

/** Draws a panel. Evaluations start at 1 on the logarithmic axis; the results hold those at 0 too. */
export function drawPanel(panel: Panel, frame: Frame): SVGSVGElement {
  const { width, height, document } = frame;
  const xMax = xEnd(panel.series);
  const clipped = panel.series.map((series) => clip(series, xMax));
  const y = yAxis(clipped.flatMap(valuesOf));
  const drawn = clipped.map((series) => placed(series, y));
  const marginRight = MARGIN.right + frame.labelWidth;
  const axes: Plot.PlotOptions = {
    x: {
      type: 'log',
      // Plot leaves labels out that are not round in this base.
      base: hasDecades(xMax) ? 10 : 2,
      domain: [1, xMax],
      range: [MARGIN.left, width - marginRight],
    },
    y: { type: y.type, domain: y.domain, range: [height - MARGIN.bottom, MARGIN.top] },
  };
  return Plot.plot({
    ...axes,
    document,
    width,
    height,
    marginTop: MARGIN.top,
    marginRight,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    style: { fontFamily: FONT, fontSize: `${FONT_SIZE}px`, color: INK, background: 'white' },
    marks: [
      ...axisMarks(panel, xMax, y),
      ...verticalMarks(panel, xMax),
      ...drawn.flatMap(curveMarks),
      ...labelMarks(drawn, axes),
    ],
  }) as SVGSVGElement;
}

/** Whether the ticks of the x axis are powers of ten, or of two. */
function hasDecades(xMax: number): boolean {
  return xMax >= 1000;
}

/** Methods that do not iterate have no say in how far the axis goes, unless there are no others. */
function xEnd(series: readonly Series[]): number {
  const iterating = series.filter(({ isFlat }) => !isFlat);
  const deciding = iterating.length > 0 ? iterating : series;
  return Math.max(2, ...deciding.flatMap(({ points }) => points.map(({ x }) => x)));
}

/** What of a series lies on the x axis; levels go from side to side. */
function clip(series: Series, xMax: number): Series {
  const { isFlat, points, mean, band } = series;
  if (isFlat) {
    return {
      ...series,
      points: points.flatMap(({ y }) => [1, xMax].map((x) => ({ x, y }))),
      mean: [],
      band: [],
    };
  }
  const isInside = ({ x }: { readonly x: number }) => x >= 1;
  return {
    ...series,
    points: points.filter(isInside),
    mean: mean.filter(isInside),
    band: band.filter(isInside),
  };
}

function valuesOf({ points, mean, band }: Series): number[] {
  return [...[...points, ...mean].map(({ y }) => y), ...band.flatMap(({ low, high }) => [low, high])];
}

function placed(series: Series, axis: YAxis): Series {
  const place = ({ x, y }: Point) => {
    const at = placeOn(axis, y);
    return at === null ? [] : [{ x, y: at }];
  };
  const band = series.band.flatMap(({ x, low, high }) => {
    const [bottom, top] = [placeOn(axis, low), placeOn(axis, high)];
    return bottom === null || top === null ? [] : [{ x, low: bottom, high: top }];
  });
  return { ...series, points: series.points.flatMap(place), mean: series.mean.flatMap(place), band };
}

function axisMarks(panel: Panel, xMax: number, y: YAxis): Plot.Markish[] {
  const ticks = typeof y.ticks === 'number' ? y.ticks : [...y.ticks];
  const decades = Array.from({ length: Math.floor(Math.log10(xMax)) + 1 }, (_, i) => 10 ** i);
  const doublings = Array.from({ length: Math.floor(Math.log2(xMax)) + 1 }, (_, i) => 2 ** i);
  return [
    Plot.gridY({ ticks, stroke: '#e3e3e3', strokeOpacity: 1 }),
    Plot.axisY({
      ticks,
      tickFormat: (value: number) => tickLabel(y, value),
      tickSize: 0,
      label: null,
    }),
    Plot.axisX(hasDecades(xMax) ? decades : doublings, {
      tickFormat: (value: number) => (hasDecades(xMax) ? formatPower(value) : String(value)),
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

/** Thin lines with their names at the top, of what lies on the axis. */
function verticalMarks({ marks = [] }: Panel, xMax: number): Plot.Markish[] {
  const inside = marks.filter(({ x }) => x >= 1 && x <= xMax);
  return [
    Plot.ruleX(inside, { x: 'x', stroke: INK, strokeOpacity: 0.35 }),
    Plot.text(inside, {
      x: 'x',
      text: 'label',
      frameAnchor: 'top',
      textAnchor: 'end',
      dx: -4,
      dy: -10,
      fill: INK,
      fillOpacity: 0.7,
    }),
  ];
}

/** A curve that others hide is wider, so that it shows at their sides. */
function curveMarks({ points, mean, band, color, emphasis, isFlat, hiddenBy }: Series): Plot.Markish[] {
  const widening = hiddenBy * WIDENING;
  const line = Plot.lineY(points, {
    x: 'x',
    y: 'y',
    stroke: color,
    strokeWidth: (emphasis === 'strong' ? 2.4 : 1.3) + widening,
    strokeLinecap: emphasis === 'theory' || hiddenBy > 0 ? 'butt' : 'round',
    ...(emphasis === 'theory' && { strokeDasharray: '5 4' }),
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
  const isMeasured = emphasis !== 'theory' && !isFlat;
  const r = (emphasis === 'strong' ? 2.6 : 1.8) + widening / 2;
  const dots = Plot.dot(isMeasured ? points : [], { x: 'x', y: 'y', r, fill: color });
  return [interval, average, line, dots];
}

/**
 * Names at the ends of the curves, moved apart where they would overlap, with a thin line to the end. What could not be measured
 * is named at the bottom.
 */
function labelMarks(drawn: readonly Series[], axes: Plot.PlotOptions): Plot.Markish[] {
  const y = Plot.scale({ y: axes.y! });
  const x = Plot.scale({ x: axes.x! });
  const [bottom, top] = axes.y!.range as [number, number];
  const right = Math.max(...(axes.x!.range as [number, number]));
  const ends = drawn.map(({ points }) => points.at(-1));
  const wanted = ends.map((end) => (end === undefined ? bottom : (y.apply(end.y) as number)));
  const heights = spreadLabels(wanted, { gap: LINE_GAP, low: top, high: bottom });
  const at = (px: number, py: number): Point => ({ x: x.invert!(px) as number, y: y.invert!(py) as number });
  return drawn.flatMap((series, i) => {
    const { color, emphasis } = series;
    const end = ends[i];
    const height = heights[i]!;
    const { slant, end: straight, text } = LABEL_OFFSET;
    const leader = end === undefined ? [] : [end, at(right + slant, height), at(right + straight, height)];
    return [
      Plot.lineY(leader, { x: 'x', y: 'y', stroke: color, strokeOpacity: 0.45, strokeWidth: 1 }),
      Plot.text([at(right + text, height)], {
        x: 'x',
        y: 'y',
        text: () => labelOf(series),
        textAnchor: 'start',
        fill: color,
        fontWeight: emphasis === 'strong' ? 'bold' : 'normal',
        fontStyle: emphasis === 'theory' ? 'italic' : 'normal',
      }),
    ];
  });
}

function labelOf({ label, points }: Series): string {
  return points.length === 0 ? `${label}: ${formatNumber(null)}` : label;
}
