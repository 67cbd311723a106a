import { type BenchRow, benchTable } from './bench-table.ts';

const ROW: BenchRow = {
  case: 'product',
  oursMs: 2,
  spreadMs: [1.5, 150.2],
  peerMs: 5,
  peerSpreadMs: [4, 6],
  peerThreads: { torch: 2, openblas: 1 },
  ratio: 2.5,
  flops: 2e9,
  bytes: 3e6,
  limitFraction: 0.876,
};

const ALONE: BenchRow = { ...ROW, peerMs: null, peerSpreadMs: null, peerThreads: null, ratio: null };

const cells = (table: string, line: number): string[] => {
  const text = table.split('\n')[line]!;
  return text
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
};

describe('benchTable', () => {
  it('shows times with their spread, the ratio and the part of the limit', () => {
    const shown = cells(benchTable([ROW]), 2);
    expect(shown).toEqual([
      'product',
      '2.00 (1.50–150)',
      '5.00 (4.00–6.00)',
      '2 + 1',
      '2.50',
      '2.00',
      '3.00',
      '88 %',
    ]);
  });

  it('shows a dash for what was not measured', () => {
    expect(cells(benchTable([ALONE]), 2).slice(2, 5)).toEqual(['–', '–', '–']);
  });

  it('has columns for steps, forms and torchdeq only where a row has them, a dash in the others', () => {
    const heads = ['steps', 'its form', 'torchdeq, ms'];
    expect(cells(benchTable([ROW]), 0).filter((head) => heads.includes(head))).toEqual([]);
    const table = benchTable([ROW, { ...ROW, steps: [13, 12], peerForm: 'sparse', torchdeqMs: 40 }]);
    const columns = heads.map((head) => cells(table, 0).indexOf(head));
    expect([2, 3].map((line) => columns.map((column) => cells(table, line)[column]))).toEqual([
      ['–', '–', '–'],
      ['13 + 12', 'sparse', '40.0'],
    ]);
  });

  it('has as many cells in each line', () => {
    const lines = benchTable([ROW, ALONE, { ...ROW, steps: [1] }]).split('\n');
    expect(new Set(lines.map((line) => line.split('|').length)).size).toBe(1);
  });
});
