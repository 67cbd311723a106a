/** The measured cases as a Markdown table. */
import type { CompactedSide, CompactionRow, SideTime } from './compare-sides.ts';

export function compactionTable(rows: readonly CompactionRow[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const heads = [
    'steps, median and most',
    'without, ms (least–largest)',
    'with, ms (least–largest)',
    'ratio',
    'to one sample, ms (least–largest)',
    'ratio',
  ];
  return [
    line(['case', ...heads]),
    line(['---', ...heads.map(() => '---:')]),
    ...rows.map((row) =>
      line([
        row.case,
        row.steps.join(', '),
        formatTime(row.without),
        formatTime(row.toTwo),
        formatRatio(row.toTwo),
        formatTime(row.toOne),
        formatRatio(row.toOne),
      ]),
    ),
  ].join('\n');
}

function formatTime({ ms, spreadMs: [least, largest] }: SideTime): string {
  return `${ms.toFixed(0)} (${least.toFixed(0)}–${largest.toFixed(0)})`;
}

/** With a mark where not every number is that without compaction. */
function formatRatio({ ratio, isIdentical }: CompactedSide): string {
  return `${ratio.toFixed(2)}${isIdentical ? '' : ' ≈'}`;
}
