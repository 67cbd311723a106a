/** Programs a second as a Markdown table. */
import type { Rate, ThroughputRow } from './measure-throughput.ts';

const NONE = '–';

/**
 * One row for each answerer, a column for each batch; what has no batches is as fast in all. The last but one tells how much faster than a
 * solver it is in the largest batch.
 * @param beside - the name of the solver.
 */
export function throughputTable(rows: readonly ThroughputRow[], beside: string): string {
  const batches = [...new Set(rows.flatMap(({ rates }) => rates.map(({ batch }) => batch)))];
  const of = rows.find(({ name }) => name === beside)?.rates.at(-1);
  const heads = [
    'evaluations',
    ...batches.map((batch) => (batch === 1 ? 'one at a time' : `${batch} at once`)),
    `times ${beside}`,
    'mean error',
  ];
  return [
    line(['method', ...heads]),
    line(['---', ...heads.map(() => '---:')]),
    ...rows.map(({ name, evaluations, rates, error }) =>
      line([
        name,
        evaluations === null ? NONE : String(evaluations),
        ...batches.map((batch) => formatRate(rates.find((rate) => rate.batch === batch))),
        of === undefined ? NONE : (rates.at(-1)!.perSecond / of.perSecond).toPrecision(2),
        error === null ? NONE : formatError(error),
      ]),
    ),
  ].join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function formatRate(rate: Rate | undefined): string {
  if (rate === undefined) return NONE;
  const [least, most] = rate.spread.map(formatCount);
  return `${formatCount(rate.perSecond)} (${least}–${most})`;
}

/** To three digits. */
function formatCount(perSecond: number): string {
  return String(Number(perSecond.toPrecision(3)));
}

function formatError(error: number): string {
  return error === 0 || error >= 1e-3 ? error.toPrecision(3) : error.toExponential(0);
}
