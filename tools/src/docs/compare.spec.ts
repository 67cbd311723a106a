import { agrees, matches } from './compare.ts';

describe('agrees', () => {
  it.each([
    [0.334, '0.33'],
    [0.3251, '0.33'],
    [-464.75314, '-464.753'],
    [1.4e-7, '1e-7'],
    [12_340, '1.23e4'],
    [3, '3'],
    [-0, '0'],
  ])('%p is printed as %p', (value, printed) => {
    expect(agrees(value, printed)).toBe(true);
  });

  it.each([
    [0.336, '0.33'],
    [-464.7536, '-464.753'],
    [1.6e-7, '1e-7'],
    [3.1, '3'],
    [0.33, '-0.33'],
    [12_360, '1.23e4'],
  ])('%p is not printed as %p', (value, printed) => {
    expect(agrees(value, printed)).toBe(false);
  });
});

describe('matches', () => {
  it.each([
    [{ status: 'converged', steps: 12 }, "{ status: 'converged', steps: 12 }"],
    [{ status: 'converged' }, '{"status":"converged"}'],
    ['converged', 'converged'],
    ['converged', '"converged"'],
    [[0.1 + 0.2, 1], '[0.30, 1]'],
    [Float32Array.of(0.1, 0.2), 'Float32Array(2) [0.1, 0.2]'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [-1.5, '−1.5'],
    [{ arraySync: () => [[1, 2]] }, '[[1, 2]]'],
    [{ a: { b: { c: { d: [1] } } } }, '{ a: { b: { c: { d: [1] } } } }'],
  ])('%p reads as %p', (value, expected) => {
    expect(matches(value, expected)).toBe(true);
  });

  it.each([
    [{ status: 'budget', steps: 12 }, "{ status: 'converged', steps: 12 }"],
    [[1, 2], '[1, 2, 3]'],
    [[1, 2, 3], '[1, 2]'],
    [Float64Array.of(1), 'Float32Array(1) [1]'],
    [Number.NaN, '0'],
    [Infinity, '-Infinity'],
    [0, 'NaN'],
    ['1', '2'],
    [1, ''],
  ])('%p does not read as %p', (value, expected) => {
    expect(matches(value, expected)).toBe(false);
  });
});
