/** Figures: panels in a grid under a heading, as SVG and as PNG; and that of a domain. */
import type { DomainResults } from '@equilibria/core';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { drawPanel, labelWidth, MARGIN } from './chart.ts';
import { panelsOf, type Panel } from './panels.ts';

const PANEL_HEIGHT = 340;
const PADDING = 16;

/** Width of the axes of a panel, and the least for the names beside them. */
const PLOT_WIDTH = 350;
const LEAST_LABEL_WIDTH = 110;

/** Sizes of the heading's text, and pixels for a character, more than the mean of the font. */
const TITLE = { size: 18, lineHeight: 26, characterWidth: 11.5 } as const;
const SMALL = { size: 11, lineHeight: 17, characterWidth: 6.4 } as const;

const FONT_FAMILY = 'DejaVu Sans';

/** Pixels of the PNG for each of the SVG: sharp on screens of high resolution. */
const PIXEL_RATIO = 2;

/** What stands above the panels: a title, and lines of small print that are wrapped. */
export type Heading = { readonly title: string; readonly lines: readonly string[] };

/** Draws a domain: quality and Lipschitz constants against evaluations. */
export function drawFigure(results: DomainResults, title: string): string {
  const panels = panelsOf(results);
  const { size, name } = results.dataset;
  return drawPanels(panels, { title, lines: [`${size} problems: ${name}`, legendOf(panels)] });
}

/** Draws panels in two columns under a heading, as SVG. */
export function drawPanels(panels: readonly Panel[], { title, lines }: Heading): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const columns = Math.max(1, Math.min(2, panels.length));
  // An odd panel out would leave a hole: the first, the most important one, then takes a row of its own.
  const isWide = columns === 2 && panels.length % 2 === 1;
  // One width of labels for all, so that the axes stand below each other.
  const labels = Math.max(LEAST_LABEL_WIDTH, ...panels.map(labelWidth));
  const panelWidth = MARGIN.left + PLOT_WIDTH + MARGIN.right + labels;
  const width = columns * panelWidth + 2 * PADDING;
  const rows = Math.ceil((panels.length + (isWide ? 1 : 0)) / columns);
  const heading = layOutHeading({ title, lines }, width - 2 * PADDING - 20);
  const height = heading.height + rows * PANEL_HEIGHT + PADDING;

  const svg = element(document, 'svg', { xmlns: SVG, width, height, role: 'img' });
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.append(
    element(document, 'rect', { width, height, fill: 'white' }),
    ...heading.lines.map(({ text, ...attributes }) => element(document, 'text', attributes, text)),
  );
  panels.forEach((panel, i) => {
    const cell = isWide && i > 0 ? i + 1 : i;
    const drawn = drawPanel(panel, {
      width: isWide && i === 0 ? 2 * panelWidth : panelWidth,
      height: PANEL_HEIGHT,
      labelWidth: labels,
      document,
    });
    // Plot's style sheet is for pages; here everything is said by attributes.
    for (const style of drawn.querySelectorAll('style')) style.remove();
    drawn.setAttribute('x', String(PADDING + (cell % columns) * panelWidth));
    drawn.setAttribute('y', String(heading.height + Math.floor(cell / columns) * PANEL_HEIGHT));
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

const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Readonly<Record<string, string | number>>;

function element(document: Document, name: string, attributes: Attributes, text = ''): Element {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== '') made.textContent = text;
  return made;
}

type HeadingLine = { readonly text: string; readonly y: number } & Attributes;

/** Title and small print, in as many lines as they need. */
function layOutHeading(
  { title, lines: small }: Heading,
  width: number,
): { readonly lines: readonly HeadingLine[]; readonly height: number } {
  const parts = [
    { text: title, style: TITLE, look: { 'font-weight': 'bold', fill: '#222222' } },
    ...small.map((text) => ({ text, style: SMALL, look: { fill: '#555555' } })),
  ];
  const lines: HeadingLine[] = [];
  let y: number = PADDING;
  for (const { text, style, look } of parts) {
    for (const line of wrap(text, Math.floor(width / style.characterWidth))) {
      y += style.lineHeight;
      const font = { 'font-family': `'${FONT_FAMILY}', Verdana, sans-serif`, 'font-size': style.size };
      lines.push({ text: line, x: PADDING + 10, y: y - (style === TITLE ? 8 : 4), ...font, ...look });
    }
  }
  return { lines, height: y + 8 };
}

/** Explains what is to be seen, and nothing else. */
function legendOf(panels: readonly Panel[]): string {
  const series = panels.flatMap((panel) => panel.series);
  const sentences = [
    ['Bold names: implicit models.', series.some(({ emphasis }) => emphasis === 'strong')],
    [
      'Without dots: methods with one answer each.',
      series.some(({ isFlat, emphasis }) => isFlat && emphasis !== 'theory'),
    ],
    ['Wide lines lie under equal ones.', series.some(({ hiddenBy }) => hiddenBy > 0)],
    ['Shaded: 95 % interval of the mean.', series.some(({ band }) => band.length > 0)],
    [
      'Dashed, from theory: Lipschitz constant of the exact map (finite iterates may exceed it), or bound of a method.',
      series.some(({ emphasis }) => emphasis === 'theory'),
    ],
  ] as const;
  return sentences.flatMap(([text, isShown]) => (isShown ? [text] : [])).join(' ');
}

/** Breaks text between words into lines of at most so many characters; a longer word has a line of its own. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && Array.from(last).length + 1 + Array.from(word).length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
