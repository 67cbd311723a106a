import type { StudyRow, TestPoint } from './study.ts';
import { studyPage, studyTable } from './study-table.ts';

const look = (evaluations: number, mean: number | null, lipschitz: number | null): TestPoint => ({
  evaluations,
  mean,
  median: mean,
  lipschitz,
});

const rowOf = (model: string, seed: number, test: readonly TestPoint[]): StudyRow => ({
  target: 'sine-8',
  targetLipschitz: 8,
  model,
  seed,
  parameters: 212,
  steps: 100,
  validation: 0.1,
  test,
});

const implicit = [
  rowOf('implicit', 0, [look(0, 0.9, 0), look(1, 0.5, 2), look(2, 0.25, 4), look(4, 0.3, 8)]),
  rowOf('implicit', 1, [look(0, 0.9, 0), look(1, 0.75, 3), look(2, null, null), look(4, null, null)]),
];
const explicit = [rowOf('explicit', 0, [look(1, 0.125, 7.5)])];

/** The cells of the table's lines below its head. */
const cellsOf = (table: string): readonly (readonly string[])[] =>
  table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('studyTable', () => {
  it('has a line for each model with the best look of every seed, and their median', () => {
    expect(cellsOf(studyTable([...implicit, ...explicit]))).toEqual([
      ['sine-8', '8.00', 'implicit', '212', '2.50e-1, 7.50e-1', '5.00e-1', '4.00, 3.00', '2, 1'],
      ['sine-8', '8.00', 'explicit', '212', '1.25e-1', '1.25e-1', '7.50', '1'],
    ]);
  });

  it('tells of a model without a finite error that it has none', () => {
    const [cells] = cellsOf(studyTable([rowOf('lost', 0, [look(1, null, null)])]));
    expect(cells!.slice(4, 7)).toEqual(['–', '–', '–']);
  });
});

describe('studyPage', () => {
  it('follows the implicit models along their evaluations, and tells what was chosen by', () => {
    const page = studyPage(
      [...implicit, ...explicit],
      [
        {
          target: 'sine-8',
          kind: 'explicit',
          sizes: [1, 9, 1],
          parameters: 28,
          rate: 0.01,
          validation: null,
        },
      ],
    );
    expect(page).toContain('| target | seed | t = 1 | t = 4 |');
    expect(page).toContain('| sine-8 | 0 | 5.00e-1 / 2.0 | 3.00e-1 / 8.0 |');
    expect(page).toContain('| sine-8 | 1 | 7.50e-1 / 3.0 | – / – |');
    expect(page).toContain('| sine-8 | explicit | 1–9–1 | 28 | 0.01 | – |');
  });

  it('leaves out what nothing was measured for', () => {
    const page = studyPage(explicit, []);
    expect(page).not.toContain('## ');
    expect(page).toContain('| sine-8 | 8.00 | explicit |');
  });
});
