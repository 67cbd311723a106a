/** The measured cases as a Markdown table. */
import type { PeerThreads } from './peer.ts';

export type BenchRow = {
  readonly case: string;
  /** Of a solve, and of its adjoint. */
  readonly steps?: readonly number[];
  readonly oursMs: number;
  /** Least and largest of the rounds. */
  readonly spreadMs: readonly [number, number];
  /** Null without PyTorch. */
  readonly peerMs: number | null;
  readonly peerSpreadMs: readonly [number, number] | null;
  readonly peerThreads: PeerThreads | null;
  /** The fastest of several forms; only of cases that have them. */
  readonly peerForm?: string;
  /** Only where torchdeq is installed and has the case. */
  readonly torchdeqMs?: number;
  /** `peerMs / oursMs`: above 1 ours is ahead. */
  readonly ratio: number | null;
  readonly flops: number;
  readonly bytes: number;
  /** Least possible time, by operations or by the bytes of inputs and outputs, over ours. */
  readonly limitFraction: number;
};

type Column = {
  readonly head: string;
  readonly cell: (row: BenchRow) => string;
  /** Default: always. */
  readonly isShown?: (rows: readonly BenchRow[]) => boolean;
};

const NONE = '–';

const COLUMNS: readonly Column[] = [
  {
    head: 'steps',
    cell: ({ steps }) => steps?.join(' + ') ?? NONE,
    isShown: (rows) => rows.some(({ steps }) => steps !== undefined),
  },
  { head: 'ours, ms (least–largest)', cell: ({ oursMs, spreadMs }) => formatSpread(oursMs, spreadMs) },
  {
    head: 'PyTorch, ms (least–largest)',
    cell: ({ peerMs, peerSpreadMs }) =>
      peerMs === null || peerSpreadMs === null ? NONE : formatSpread(peerMs, peerSpreadMs),
  },
  {
    head: 'its threads',
    cell: ({ peerThreads }) =>
      peerThreads === null ? NONE : `${peerThreads.torch} + ${peerThreads.openblas}`,
  },
  {
    head: 'its form',
    cell: ({ peerForm }) => peerForm ?? NONE,
    isShown: (rows) => rows.some(({ peerForm }) => peerForm !== undefined),
  },
  {
    head: 'torchdeq, ms',
    cell: ({ torchdeqMs }) => (torchdeqMs === undefined ? NONE : formatMs(torchdeqMs)),
    isShown: (rows) => rows.some(({ torchdeqMs }) => torchdeqMs !== undefined),
  },
  { head: 'ratio', cell: ({ ratio }) => ratio?.toFixed(2) ?? NONE },
  { head: 'GFLOP', cell: ({ flops }) => (flops / 1e9).toPrecision(3) },
  { head: 'MB moved', cell: ({ bytes }) => formatMegabytes(bytes) },
  { head: 'of the limit', cell: ({ limitFraction }) => `${Math.round(100 * limitFraction)} %` },
];

export function benchTable(rows: readonly BenchRow[]): string {
  const columns = COLUMNS.filter(({ isShown }) => isShown?.(rows) ?? true);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['case', ...columns.map(({ head }) => head)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row.case, ...columns.map(({ cell }) => cell(row))])),
  ].join('\n');
}

function formatSpread(ms: number, [least, largest]: readonly [number, number]): string {
  return `${formatMs(ms)} (${formatMs(least)}–${formatMs(largest)})`;
}

function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return megabytes >= 100 ? megabytes.toFixed(0) : megabytes.toPrecision(3);
}

function formatMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}
