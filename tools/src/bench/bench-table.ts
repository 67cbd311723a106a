/** The measured cases as a Markdown table. */
import type { PeerThreads } from './peer.ts';

export type BenchRow = {
  readonly case: string;
  readonly oursMs: number;
  /** Least and largest of the rounds. */
  readonly spreadMs: readonly [number, number];
  /** Null without PyTorch. */
  readonly peerMs: number | null;
  readonly peerThreads: PeerThreads | null;
  /** `peerMs / oursMs`: above 1 ours is ahead. */
  readonly ratio: number | null;
  readonly flops: number;
  readonly bytes: number;
  /** Least possible time, by operations or by the bytes of inputs and outputs, over ours. */
  readonly limitFraction: number;
};

export function benchTable(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => {
    const { oursMs, spreadMs, peerMs, peerThreads, ratio, flops, bytes, limitFraction } = row;
    const cells = [
      row.case,
      `${formatMs(oursMs)} (${formatMs(spreadMs[0])}–${formatMs(spreadMs[1])})`,
      peerMs === null ? '–' : formatMs(peerMs),
      peerThreads === null ? '–' : `${peerThreads.torch} + ${peerThreads.openblas}`,
      ratio === null ? '–' : ratio.toFixed(2),
      (flops / 1e9).toPrecision(3),
      (bytes / 1e6).toPrecision(3),
      `${Math.round(100 * limitFraction)} %`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| case | ours, ms (least–largest) | PyTorch, ms | its threads | ratio | GFLOP | MB moved | of the limit |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

function formatMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}
