/** What predicted bases save as Markdown tables: over all programs, and by what the programs are. */
import { summarizeWarmStarts, type WarmStarts, type WarmStartSummary } from '@equilibria/lp-solver';

/** Programs that are summed up together. */
export type ProgramGroup = { readonly name: string; readonly places: readonly number[] };

type Column = { readonly head: string; readonly cell: (summary: WarmStartSummary) => string };

const COLUMNS: readonly Column[] = [
  {
    head: 'iterations saved (quartiles)',
    cell: ({ iterationsSaved }) => spread(iterationsSaved),
  },
  {
    head: 'iterations, alone → from there',
    cell: ({ aloneIterations, iterations }) => `${count(aloneIterations)} → ${count(iterations)}`,
  },
  { head: 'time saved (quartiles)', cell: ({ timeSaved }) => spread(timeSaved) },
  {
    head: 'ms, alone → from there',
    cell: ({ aloneTimeMs, timeMs }) => `${formatMs(aloneTimeMs)} → ${formatMs(timeMs)}`,
  },
  {
    head: 'prediction, ms',
    cell: ({ predictionTimeMs }) => (predictionTimeMs === 0 ? NONE : formatMs(predictionTimeMs)),
  },
  {
    head: 'time saved with it',
    cell: ({ predictionTimeMs, wholeTimeSaved }) =>
      predictionTimeMs === 0 ? NONE : percent(wholeTimeSaved[1] ?? null),
  },
  { head: 'used', cell: ({ predicted, programs }) => `${predicted}/${programs}` },
  { head: 'failed', cell: ({ failures }) => String(failures) },
];

const NONE = '–';

/** One row for each start, over all programs. */
export function startsTable(all: readonly WarmStarts[]): string {
  return table(
    ['simplex from'],
    all.map((starts) => ({
      heads: [nameOf(starts)],
      summary: summarizeWarmStarts(starts, [...starts.iterations.keys()]),
    })),
  );
}

/** One row for each group of programs and each start. */
export function groupsTable(all: readonly WarmStarts[], groups: readonly ProgramGroup[]): string {
  return table(
    ['programs', 'simplex from'],
    groups.flatMap(({ name, places }) =>
      all.map((starts) => ({
        heads: [name, nameOf(starts)],
        summary: summarizeWarmStarts(starts, places),
      })),
    ),
  );
}

type Row = { readonly heads: readonly string[]; readonly summary: WarmStartSummary };

function table(heads: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([...heads, ...COLUMNS.map(({ head }) => head)]),
    line([...heads.map(() => '---'), ...COLUMNS.map(() => '---:')]),
    ...rows.map((row) => line([...row.heads, ...COLUMNS.map(({ cell }) => cell(row.summary))])),
  ].join('\n');
}

function nameOf({ from, evaluations }: WarmStarts): string {
  return evaluations === null ? from : `${from}, ${evaluations} evaluations`;
}

function spread([first, middle, third]: readonly (number | null)[]): string {
  return `${percent(middle ?? null)} (${percent(first ?? null)} to ${percent(third ?? null)})`;
}

function percent(part: number | null): string {
  return part === null ? NONE : `${Math.round(100 * part)} %`.replace('-', '−');
}

function count(value: number | null): string {
  return value === null ? NONE : String(value);
}

function formatMs(ms: number | null): string {
  if (ms === null) return NONE;
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2);
}
