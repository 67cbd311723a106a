import { DataError } from '@equilibria/compile';
import { asMinimization, checkLinearProgram, linearProgram } from './linear-program.ts';

const lp = linearProgram({
  name: 'small',
  sense: 'maximize',
  objectiveConstant: 7,
  variables: { x: { cost: 3, upper: 4 }, y: { cost: -2, lower: -Infinity } },
  constraints: { c: { terms: { y: 2, x: 1 }, lower: -1, upper: 5 }, d: { terms: { x: 1 }, upper: 3 } },
});

describe('linearProgram', () => {
  it('keeps the order of names and fills in the default bounds', () => {
    expect(lp.columnNames).toEqual(['x', 'y']);
    expect(lp.rowNames).toEqual(['c', 'd']);
    expect([...lp.lower]).toEqual([0, -Infinity]);
    expect([...lp.upper]).toEqual([4, Infinity]);
    expect([...lp.rowLower]).toEqual([-1, -Infinity]);
    expect([...lp.matrix.values]).toEqual([1, 2, 1]);
  });
  it('refuses a term of an unknown variable', () => {
    const constraints = { c: { terms: { z: 1 } } };
    expect(() =>
      linearProgram({ name: 'bad', sense: 'minimize', variables: { x: {} }, constraints }),
    ).toThrow('linearProgram: constraint c names a variable; got unknown z.');
  });
});

describe('checkLinearProgram', () => {
  it.each([
    ['no column', { matrix: { ...lp.matrix, columns: 0 } }, 'at least one column'],
    ['a short array', { upper: Float64Array.of(1) }, 'upper must have length 2; got 1'],
    ['a cost that is NaN', { objective: Float64Array.of(1, NaN) }, 'cost of y must be finite; got NaN'],
    ['a lower bound of infinity', { lower: Float64Array.of(0, Infinity) }, 'bounds of y must be numbers'],
    ['a side that is NaN', { rowUpper: Float64Array.of(NaN, 1) }, 'bounds of c must be numbers'],
    [
      'an infinite coefficient',
      { matrix: { ...lp.matrix, values: Float64Array.of(1, 2, Infinity) } },
      'got Infinity',
    ],
    [
      'a column index too large',
      { matrix: { ...lp.matrix, indices: Int32Array.of(0, 1, 2) } },
      'must lie in [0, 2)',
    ],
    ['a constant that is NaN', { objectiveConstant: NaN }, 'objectiveConstant must be finite'],
  ])('refuses %s', (_, change, message) => {
    expect(() => checkLinearProgram({ ...lp, ...change })).toThrow(DataError);
    expect(() => checkLinearProgram({ ...lp, ...change })).toThrow(message);
  });
});

describe('asMinimization', () => {
  it('negates the objective and the constant of a maximisation, and nothing else', () => {
    const { objective, objectiveConstant, sense, ...rest } = asMinimization(lp);
    expect([...objective]).toEqual([-3, 2]);
    expect(objectiveConstant).toBe(-7);
    expect(sense).toBe('minimize');
    expect(rest.rowUpper).toBe(lp.rowUpper);
    expect([...lp.objective]).toEqual([3, -2]);
  });
  it('leaves a minimisation as it is', () => {
    const minimization = asMinimization({ ...lp, sense: 'minimize' });
    expect(minimization.objective).toBe(lp.objective);
  });
});
