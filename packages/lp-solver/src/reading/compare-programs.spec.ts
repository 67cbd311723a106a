import { linearProgram } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';
import { firstDifference } from './compare-programs.ts';

const lp: LinearProgram = {
  ...linearProgram({
    name: 'small',
    sense: 'minimize',
    variables: { x: { cost: 1, upper: 4 }, y: { cost: 2 } },
    constraints: { c: { terms: { x: 1, y: 3 }, upper: 5 }, d: { terms: { y: 1 }, lower: 1, upper: 2 } },
  }),
  integerColumns: [1],
};
const linted = { lp, text: '' };

function changed(array: Float64Array, at: number): Float64Array {
  return array.map((value, i) => (i === at ? value + 1 : value));
}

describe('firstDifference', () => {
  it('is none between equal programs', () => {
    expect(firstDifference({ ...lp }, linted)).toBeUndefined();
  });
  it.each<[string, Partial<LinearProgram>]>([
    ['the sense must be minimize; got maximize', { sense: 'maximize' }],
    ['the constant must be 0; got 3', { objectiveConstant: 3 }],
    ['the cost of y must be 2; got 3', { objective: changed(lp.objective, 1) }],
    ['the lower bound of x must be 0; got 1', { lower: changed(lp.lower, 0) }],
    ['the upper bound of x must be 4; got 5', { upper: changed(lp.upper, 0) }],
    ['the lower side of d must be 1; got 2', { rowLower: changed(lp.rowLower, 1) }],
    ['the upper side of c must be 5; got 6', { rowUpper: changed(lp.rowUpper, 0) }],
    [
      'the coefficient of c, y must be 3; got 4',
      { matrix: { ...lp.matrix, values: changed(lp.matrix.values, 1) } },
    ],
    [
      'the coefficient of d, x must be 0; got 1',
      { matrix: { ...lp.matrix, indices: Int32Array.of(0, 1, 0) } },
    ],
    ['the number of rows must be 2; got 3', { matrix: { ...lp.matrix, rows: 3 } }],
    ['the number of columns must be 2; got 3', { matrix: { ...lp.matrix, columns: 3 } }],
    [
      'the number of coefficients must be 3; got 4',
      { matrix: { ...lp.matrix, values: new Float64Array(4) } },
    ],
    ['the kind of y must be 1; got 0', { integerColumns: [] }],
  ])('says: %s', (difference, change) => {
    expect(firstDifference({ ...lp, ...change }, linted)).toBe(difference);
  });
  it('finds columns by name where their order differs, and a name that is none', () => {
    const turned: LinearProgram = {
      ...lp,
      columnNames: ['y', 'x'],
      objective: lp.objective.toReversed(),
      lower: lp.lower.toReversed(),
      upper: lp.upper.toReversed(),
      matrix: { ...lp.matrix, indices: Int32Array.of(0, 1, 0), values: Float64Array.of(3, 1, 1) },
      integerColumns: [0],
    };
    const byName = {
      ...linted,
      columnOf: new Map([
        ['x', 0],
        ['y', 1],
      ]),
    };
    expect(firstDifference(turned, byName)).toBeUndefined();
    expect(firstDifference({ ...turned, columnNames: ['z', 'x'] }, byName)).toBe(
      'its columns must be those of the file; got z',
    );
  });
  it('leaves out the sides that the text cannot say', () => {
    const unsaid = { rowLower: new Set([1]), rowUpper: new Set<number>() };
    expect(
      firstDifference({ ...lp, rowLower: changed(lp.rowLower, 1) }, { ...linted, unsaid }),
    ).toBeUndefined();
  });
});
