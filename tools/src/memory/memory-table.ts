/** The measured peaks as a Markdown table. */

export type MemoryRow = {
  readonly method: string;
  readonly iterations: number;
  /** Median, least and largest of the processes that measured it. */
  readonly peakBytes: number;
  readonly spreadBytes: readonly [number, number];
};

/** One line for each method, one column for each number of iterations; the last tells by how much the peak has grown. */
export function memoryTable(rows: readonly MemoryRow[]): string {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const counts = [...new Set(rows.map(({ iterations }) => iterations))].toSorted((a, b) => a - b);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = methods.map((method) => {
    const own = counts.map((count) => rows.find((row) => row.method === method && row.iterations === count));
    const [first, last] = [own[0]?.peakBytes, own.at(-1)?.peakBytes];
    const growth = first === undefined || last === undefined ? '–' : (last / first).toFixed(2);
    return line([method, ...own.map((row) => (row === undefined ? '–' : megabytes(row))), growth]);
  });
  const heads = counts.map((count) => `${count} iterations, MB`);
  return [
    line(['method', ...heads, `${counts.at(-1)} : ${counts[0]}`]),
    line(['---', ...counts.map(() => '---:'), '---:']),
    ...lines,
  ].join('\n');
}

function megabytes({ peakBytes, spreadBytes: [least, largest] }: MemoryRow): string {
  const [median, low, high] = [peakBytes, least, largest].map((bytes) => (bytes / 1e6).toFixed(0));
  return `${median} (${low}–${high})`;
}
