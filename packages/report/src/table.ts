/** The results as a table in plain text. */
import type { DomainResults, MethodResults } from '@equilibria/core';
import { formatDuration, formatNumber } from './numbers.ts';

const HEADER = ['method', 'kind', 'parameters', 'start', 'best', 'last', 'median', 'max L', 't', 'time'];

/** Columns that hold words are set left, numbers right. */
const WORD_COLUMNS = 2;

/** What the columns are; goes under the tables, once. */
export const TABLE_LEGEND = [
  'start, best, last: mean score at the first look, the best and the last; median: at the last;',
  'max L: largest Lipschitz ratio of all perturbations at the last look;',
  't: evaluations of the operator at the last look, own iterations of classical methods, 0 if they count none;',
  'time: all problems up to there, loading and compiling left out.',
].join('\n');

/**
 * A table of one domain: for each method the mean score at its first look, at its best and at its last, the median there, the
 * largest Lipschitz ratio of all perturbations there, the evaluations, and the time for all problems.
 */
export function formatTable({ name, dataset, methods }: DomainResults, title: string): string {
  const { metric } = methods[0] ?? {};
  const scores =
    metric &&
    `scores: ${metric.name}${metric.unit === '1' ? '' : ` in ${metric.unit}`}, ${metric.better} is better`;
  return [
    `${name}: ${title}`,
    `  ${[`${dataset.size} problems`, scores].filter(Boolean).join('; ')}`,
    ...layOut([HEADER, ...methods.map(rowOf)]).map((line) => `  ${line}`),
  ].join('\n');
}

function rowOf({ name, kind, parameters, metric, scaling, test }: MethodResults): string[] {
  const means = scaling.map(({ quality }) => quality.mean);
  const known = means.filter((mean) => mean !== null);
  const best = metric.better === 'lower' ? Math.min(...known) : Math.max(...known);
  const last = scaling.at(-1);
  const ratios = last?.lipschitz.map(({ max }) => max) ?? [];
  const L = ratios.length === 0 || ratios.includes(null) ? null : Math.max(...ratios.map(Number));
  const doesIterate = scaling.length > 1;
  return [
    name,
    kind,
    String(parameters),
    doesIterate ? formatNumber(means[0]!) : '',
    doesIterate ? formatNumber(known.length > 0 ? best : null) : '',
    formatNumber(test.mean) + (test.failures > 0 ? ` (${test.failures} failed)` : ''),
    formatNumber(test.median),
    formatNumber(L),
    String(last?.evaluations ?? ''),
    last === undefined ? '' : formatDuration(last.wallTimeMs),
  ];
}

function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column]!))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - lengthOf(cell));
        return column < WORD_COLUMNS ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** In characters, not in units of UTF-16. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
