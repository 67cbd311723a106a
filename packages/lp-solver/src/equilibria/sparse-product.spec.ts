import { compile, spec } from '@equilibria/compile';
import { fromSeed, uniform } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { SparseMatrix } from '../problem.ts';
import { fromEntries, maximumNorm, multiply, multiplyTransposed } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { sortProgram, unsort } from './sorted-program.ts';
import { applyProduct, planProduct, productValues, rowsByDegree } from './sparse-product.ts';

beforeAll(() => {
  tf.env().set('PROD', true);
});

/** A matrix whose rows have from none to very many entries. */
function uneven(rows: number, columns: number, seed: number): SparseMatrix {
  const draws = uniform(fromSeed(seed), rows * 3).data;
  const entries = Array.from({ length: rows }, (_, i) => {
    const degree = Math.floor(draws[3 * i]! ** 4 * columns);
    return Array.from(
      { length: degree },
      (_unused, d) => [i, (d * 7 + i) % columns, draws[3 * i + 1]! - 0.5 + d / 9] as const,
    );
  });
  return fromEntries([rows, columns], entries.flat());
}

function programOf(matrix: SparseMatrix): Minimization {
  const row = new Float64Array(matrix.rows);
  const column = Float64Array.from({ length: matrix.columns }, (_, j) => j);
  return {
    name: 'test',
    sense: 'minimize',
    objective: column,
    objectiveConstant: 0,
    matrix,
    rowLower: row,
    rowUpper: row,
    lower: column,
    upper: column,
    columnNames: Array.from(column, (j) => `x${j}`),
    rowNames: Array.from(row, (_, i) => `c${i}`),
    integerColumns: [],
  };
}

const apply = async (matrix: SparseMatrix, x: Float64Array): Promise<Float64Array> => {
  const plan = planProduct(matrix);
  const values = productValues(plan, matrix.values);
  const compiled = await compile(
    (v: tf.Tensor, z: tf.Tensor) => applyProduct(plan, v, z),
    [spec(values.shape), spec([1, x.length])],
    { precision: 'float64' },
  );
  const product = await compiled.run(values, { data: x, shape: [1, x.length] });
  await compiled.dispose();
  return product.data as Float64Array;
};

describe.each([
  ['dense', 20, 30],
  ['bands', 300, 400],
])('a product planned as %s', (kind, rows, columns) => {
  it('is A x and Aᵀ y of the program it came from, in the order of the sorted one', async () => {
    const program = programOf(uneven(rows, columns, 5));
    const { sorted, transposed, rowOrder, columnOrder } = sortProgram(program);
    expect([planProduct(sorted.matrix).kind, planProduct(transposed).kind]).toEqual([kind, kind]);
    const x = uniform(fromSeed(1), columns).data;
    const y = uniform(fromSeed(2), rows).data;
    const forward = unsort(
      await apply(
        sorted.matrix,
        x.map((_, j) => x[columnOrder[j]!]!),
      ),
      rowOrder,
    );
    const backward = unsort(
      await apply(
        transposed,
        y.map((_, i) => y[rowOrder[i]!]!),
      ),
      columnOrder,
    );
    const expected = [multiply(program.matrix, x), multiplyTransposed(program.matrix, y)] as const;
    expect(maximumNorm(forward.map((value, i) => value - expected[0][i]!))).toBeLessThan(1e-10);
    expect(maximumNorm(backward.map((value, j) => value - expected[1][j]!))).toBeLessThan(1e-10);
  });
});

describe('sortProgram', () => {
  it('keeps the values of the transposed matrix where it says they are', () => {
    const { sorted, transposed, transposedEntries } = sortProgram(programOf(uneven(40, 30, 9)));
    expect(Float64Array.from(transposedEntries, (k) => sorted.matrix.values[k]!)).toEqual(transposed.values);
  });

  it('moves costs and bounds with their columns', () => {
    const { sorted, columnOrder } = sortProgram(programOf(uneven(40, 30, 9)));
    expect([...sorted.objective]).toEqual([...columnOrder]);
    expect([...sorted.lower]).toEqual([...columnOrder]);
  });
});

describe('rowsByDegree', () => {
  it('is a permutation with degrees that do not fall', () => {
    const holds = (rows: number, columns: number, seed: number): void => {
      const matrix = uneven(rows, columns, seed);
      const order = rowsByDegree(matrix);
      const degrees = Array.from(order, (i) => matrix.starts[i + 1]! - matrix.starts[i]!);
      expect(degrees).toEqual(degrees.toSorted((a, b) => a - b));
      expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.nat(99), holds),
      { seed: 7 },
    );
  });
});
