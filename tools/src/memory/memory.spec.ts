import { type MemoryRow, memoryTable } from './memory-table.ts';
import { peakIncrement } from './peak-memory.ts';

const row = (method: string, iterations: number, peakBytes: number): MemoryRow => ({
  method,
  iterations,
  peakBytes,
  spreadBytes: [peakBytes - 1e6, peakBytes + 1e6],
});

describe('memoryTable', () => {
  it('has a line for each method, a column for each number of iterations, and the growth', () => {
    const table = memoryTable([
      row('unrolled', 100, 500e6),
      row('unrolled', 10, 50e6),
      row('phantom', 10, 40e6),
      row('phantom', 100, 41e6),
    ]);
    expect(table.split('\n')).toEqual([
      '| method | 10 iterations, MB | 100 iterations, MB | 100 : 10 |',
      '| --- | ---: | ---: | ---: |',
      '| unrolled | 50 (49–51) | 500 (499–501) | 10.00 |',
      '| phantom | 40 (39–41) | 41 (40–42) | 1.02 |',
    ]);
  });
});

describe('peakIncrement', () => {
  it('counts memory that is given back before the end, or says that the system cannot tell', async () => {
    const size = 256 * 2 ** 20;
    const filled = () => {
      Buffer.alloc(size, 1);
      return Promise.resolve();
    };
    const outcome = await peakIncrement(filled).then(
      // Some of it may be memory that the process had kept.
      (bytes) => (bytes > 0.5 * size && bytes < 1.5 * size ? 'counted' : `${bytes} bytes`),
      (error: unknown) => String(error),
    );
    const expected =
      process.platform === 'linux' ? /^counted$/ : /the system must let a process reset its peak/;
    expect(outcome).toMatch(expected);
  });
});
