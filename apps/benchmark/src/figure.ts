/** The figure of a domain: its panels in a grid, as SVG and as PNG. */
import type { DomainResults } from '@equilibria/core';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { drawPanel } from './chart.ts';
import { panelsOf } from './panels.ts';

const PANEL = { width: 590, height: 340 };
const HEADER_HEIGHT = 82;
const PADDING = 16;
const FONT_FAMILY = 'DejaVu Sans';

/** Pixels of the PNG for each of the SVG: sharp on screens of high resolution. */
const PIXEL_RATIO = 2;

/** Draws a domain: quality and Lipschitz constants against evaluations. */
export function drawFigure(results: DomainResults, title: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const panels = panelsOf(results);
  const columns = Math.min(2, panels.length);
  // An odd panel out would leave a hole: the first, the quality, then takes a row of its own.
  const isWide = columns === 2 && panels.length % 2 === 1;
  const width = Math.max(1, columns) * PANEL.width + 2 * PADDING;
  const rows = Math.ceil((panels.length + (isWide ? 1 : 0)) / Math.max(1, columns));
  const height = HEADER_HEIGHT + rows * PANEL.height + PADDING;

  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [name, value] of Object.entries({
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    role: 'img',
  })) {
    svg.setAttribute(name, String(value));
  }
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.append(background(document, width, height), ...heading(document, results, title));
  panels.forEach((panel, i) => {
    const cell = isWide && i > 0 ? i + 1 : i;
    const panelWidth = isWide && i === 0 ? 2 * PANEL.width : PANEL.width;
    const drawn = drawPanel(panel, { width: panelWidth, height: PANEL.height, document });
    // Plot's style sheet is for pages; here everything is said by attributes.
    for (const style of drawn.querySelectorAll('style')) style.remove();
    drawn.setAttribute('x', String(PADDING + (cell % columns) * PANEL.width));
    drawn.setAttribute('y', String(HEADER_HEIGHT + Math.floor(cell / columns) * PANEL.height));
    svg.append(drawn);
  });
  return `${svg.outerHTML}\n`;
}

/**
 * Renders a figure with the system's fonts.
 * @returns the PNG, or null if the system has no font to write with.
 */
export function renderPng(svg: string): Uint8Array | null {
  const font = { loadSystemFonts: true, defaultFontFamily: FONT_FAMILY, sansSerifFamily: FONT_FAMILY };
  const options = { font, fitTo: { mode: 'zoom', value: PIXEL_RATIO } } as const;
  const sample = '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20"><text y="15">x</text></svg>';
  if (new Resvg(sample, options).getBBox() === undefined) return null;
  return new Resvg(svg, options).render().asPng();
}

function background(document: Document, width: number, height: number): Element {
  const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ width, height, fill: 'white' }))
    rect.setAttribute(name, String(value));
  return rect;
}

function heading(document: Document, { dataset }: DomainResults, title: string): Element[] {
  const legend =
    'Bold: implicit models. Thin: explicit and classical methods. Dashed: bound known from theory. Shaded: 95 % interval of the mean.';
  const line = (text: string, y: number, style: Record<string, string>) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    const attributes = {
      x: String(PADDING + 10),
      y: String(y),
      'font-family': `'${FONT_FAMILY}', Verdana, sans-serif`,
    };
    for (const [name, value] of Object.entries({ ...attributes, ...style }))
      element.setAttribute(name, value);
    element.textContent = text;
    return element;
  };
  return [
    line(title, 32, { 'font-size': '18', 'font-weight': 'bold', fill: '#222222' }),
    line(`${dataset.size} problems: ${dataset.name}`, 53, { 'font-size': '11', fill: '#555555' }),
    line(legend, 70, { 'font-size': '11', fill: '#555555' }),
  ];
}
