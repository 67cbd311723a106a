import { fromSeed } from '@equilibria/core';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import type { Minimization } from '../problem.ts';
import { fromEntries, maximumNorm, multiply } from '../problem/sparse-matrix.ts';
import { matrixNorm, precondition } from './precondition.ts';

const lp = randomLinearProgram(fromSeed(3), { rows: 20, columns: 30, nonzeros: 150 }) as Minimization;

describe('precondition', () => {
  it('scales the matrix to D A E with the factors it returns', () => {
    const { scaled, rowScale, columnScale } = precondition(lp);
    const x = Float64Array.from({ length: 30 }, (_, j) => Math.sin(j));
    const direct = multiply(
      lp.matrix,
      x.map((value, j) => value * columnScale[j]!),
    ).map((value, i) => value * rowScale[i]!);
    const product = multiply(scaled.matrix, x);
    expect(maximumNorm(product.map((value, i) => value - direct[i]!))).toBeLessThan(1e-12);
  });

  it('keeps x = columnScale ∘ x̂ between the bounds', () => {
    const { scaled, columnScale } = precondition(lp);
    lp.lower.forEach((bound, j) => expect(scaled.lower[j]! * columnScale[j]!).toBeCloseTo(bound, 10));
  });

  it('scales the costs with the columns and the sides with the rows', () => {
    const { scaled, rowScale, columnScale } = precondition(lp);
    const expected = {
      objective: lp.objective.map((value, j) => value * columnScale[j]!),
      upper: lp.upper.map((value, j) => value / columnScale[j]!),
      rowLower: lp.rowLower.map((value, i) => value * rowScale[i]!),
      rowUpper: lp.rowUpper.map((value, i) => value * rowScale[i]!),
    };
    expect(scaled).toMatchObject(expected);
    // The factors are not all 1, or the above would say nothing.
    expect(Math.max(...columnScale) / Math.min(...columnScale)).toBeGreaterThan(1.5);
    expect(Math.max(...rowScale) / Math.min(...rowScale)).toBeGreaterThan(1.5);
  });

  it('makes the norm of the matrix at most 1', () => {
    expect(matrixNorm(precondition(lp).scaled.matrix)).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('leaves empty rows and columns alone', () => {
    const matrix = fromEntries([2, 2], [[0, 0, 4]]);
    const sides = new Float64Array(2);
    const { scaled, rowScale, columnScale } = precondition({
      ...lp,
      matrix,
      rowLower: sides,
      rowUpper: sides,
      lower: sides,
      upper: sides,
      objective: sides,
    });
    expect([...scaled.matrix.values]).toEqual([1]);
    expect(rowScale[1]).toBe(1);
    expect(columnScale[1]).toBe(1);
  });
});

describe('matrixNorm', () => {
  it('is the largest singular value', () => {
    // Singular values of [[3, 0], [4, 5]] are √45 and √5.
    const matrix = fromEntries(
      [2, 2],
      [
        [0, 0, 3],
        [1, 0, 4],
        [1, 1, 5],
      ],
    );
    expect(matrixNorm(matrix)).toBeCloseTo(Math.sqrt(45), 10);
  });

  it('is 0 for a matrix without entries', () => {
    expect(matrixNorm(fromEntries([2, 3], []))).toBe(0);
  });
});
