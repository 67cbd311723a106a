import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, uniform } from '@equilibria/core';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { asMinimization, linearProgram, type Variable } from '../problem/linear-program.ts';
import type { LinearProgram, Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import { simplex } from './highs.ts';
import { type Basis, predictBasis, type PrimalDualPair } from './predict-basis.ts';
import { runOn } from './run-highs.ts';

const runtime = await createHighs();
const limits = { tolerance: 1e-7, maxEvaluations: Infinity, timeLimitMs: Infinity };

/** A vertex and its multipliers, or null where there is no optimum. */
function optimumOf(lp: Minimization): PrimalDualPair | null {
  const { status, reading } = runOn(runtime, lp, simplex, limits);
  return status === runtime.constants.modelStatus.optimal ? reading : null;
}

/** Iterations of HiGHS's simplex from a basis. */
function iterationsFrom(lp: Minimization, basis: Basis): number {
  const withoutPresolve = {
    ...simplex,
    options: () => ({ ...simplex.options(limits), presolve: 'off' }),
  };
  const { status, reading } = runOn(runtime, lp, withoutPresolve, { ...limits, basis });
  expect(status).toBe(runtime.constants.modelStatus.optimal);
  return reading.evaluations;
}

function basicsOf({ colStatus, rowStatus }: Basis): number {
  return [...colStatus, ...rowStatus].filter((place) => place === runtime.constants.basisStatus.basic).length;
}

/** Each worker has one task: 2 n rows, of which n columns that are not 0 are a vertex. */
function assignment(n: number, seed: number): LinearProgram {
  const costs = uniform(fold(fromSeed(seed), 'costs'), n * n).data;
  const names = Array.from({ length: n * n }, (_, k) => `x${k}`);
  const sum = (isIn: (k: number) => boolean) => ({
    terms: Object.fromEntries(names.filter((_, k) => isIn(k)).map((name) => [name, 1])),
    lower: 1,
    upper: 1,
  });
  const each = Array.from({ length: n }, (_, i) => i);
  return linearProgram({
    name: 'assignment',
    sense: 'minimize',
    variables: Object.fromEntries(names.map((name, k): [string, Variable] => [name, { cost: costs[k]! }])),
    constraints: {
      ...Object.fromEntries(each.map((i) => [`worker${i}`, sum((k) => Math.floor(k / n) === i)])),
      ...Object.fromEntries(each.map((i) => [`task${i}`, sum((k) => k % n === i)])),
    },
  });
}

describe('predictBasis', () => {
  const optimal = shippedLinearPrograms.filter(({ status }) => status === 'optimal').map(({ lp }) => lp);
  it.each([
    ...optimal.map((lp) => [lp.name, lp] as const),
    ...[1, 2, 3].map((seed) => [`a degenerate assignment ${seed}`, assignment(6, seed)] as const),
  ])('tells the optimal basis of %s from a vertex and its multipliers', (_, lp) => {
    const program = asMinimization(lp);
    const basis = predictBasis(program, optimumOf(program)!);
    expect(basicsOf(basis!)).toBe(lp.matrix.rows);
    expect(iterationsFrom(program, basis!)).toBe(0);
  });
  it('tells the optimal basis of random programs', () => {
    let told = 0;
    for (let seed = 0; seed < 24; seed++) {
      const program = asMinimization(randomLinearProgram(fromSeed(seed)));
      const optimum = optimumOf(program);
      if (optimum === null) continue;
      told += 1;
      expect(iterationsFrom(program, predictBasis(program, optimum)!)).toBe(0);
    }
    expect(told).toBeGreaterThan(6);
  });
  it('makes a basis where the point has more variables between their bounds than rows, and dependent ones', () => {
    // Any x with a + b = 2 is optimal, and the columns of a, b and of c, d are the same.
    const program = asMinimization(
      linearProgram({
        name: 'twins',
        sense: 'minimize',
        variables: { a: { cost: 1 }, b: { cost: 1 }, c: { cost: 2 }, d: { cost: 2 } },
        constraints: {
          first: { terms: { a: 1, b: 1 }, lower: 2 },
          second: { terms: { a: 2, b: 2, c: 1, d: 1 }, lower: 9 },
        },
      }),
    );
    const pair = { x: Float64Array.of(2, 2.5, 0, 0), y: Float64Array.of(0, 0.5) };
    const basis = predictBasis(program, pair)!;
    expect(basicsOf(basis)).toBe(2);
    expect(iterationsFrom(program, basis)).toBe(0);
  });
  it('keeps free variables in the basis, and nonbasic ones at the bound that they pass', () => {
    const program = asMinimization(
      linearProgram({
        name: 'places',
        sense: 'minimize',
        variables: { free: { cost: 1, lower: -Infinity }, low: { cost: 3 }, high: { cost: -3, upper: 4 } },
        constraints: { sum: { terms: { free: 1, low: 1, high: 1 }, lower: 6 } },
      }),
    );
    const { lower, basic, upper } = runtime.constants.basisStatus;
    const basis = predictBasis(program, { x: Float64Array.of(2.1, 0.1, 3.9), y: Float64Array.of(0.9) })!;
    expect([...basis.colStatus]).toEqual([basic, lower, upper]);
    expect([...basis.rowStatus]).toEqual([lower]);
  });
  it('sees nothing in coefficients that are 0', () => {
    const program = asMinimization(optimal[0]!);
    const { matrix, rowLower, rowUpper, rowNames } = program;
    const { x, y } = optimumOf(program)!;
    const without = predictBasis(program, { x, y })!;
    const more: Minimization = {
      ...program,
      matrix: {
        ...matrix,
        rows: matrix.rows + 1,
        starts: Int32Array.of(...matrix.starts, matrix.values.length + 1),
        indices: Int32Array.of(...matrix.indices, 0),
        values: Float64Array.of(...matrix.values, 0),
      },
      rowLower: Float64Array.of(...rowLower, -1),
      rowUpper: Float64Array.of(...rowUpper, 1),
      rowNames: [...rowNames, 'nothing'],
    };
    const { colStatus, rowStatus } = predictBasis(more, { x, y: Float64Array.of(...y, 0) })!;
    expect(colStatus).toEqual(without.colStatus);
    expect([...rowStatus]).toEqual([...without.rowStatus, runtime.constants.basisStatus.basic]);
  });
  it('tells nothing from a pair that is far off or not finite', () => {
    const program = asMinimization(optimal[0]!);
    const { rows, columns } = program.matrix;
    const y = new Float64Array(rows);
    expect(predictBasis(program, { x: new Float64Array(columns).fill(1e3), y })).toBeNull();
    expect(predictBasis(program, { x: new Float64Array(columns).fill(NaN), y })).toBeNull();
    expect(predictBasis(program, { x: new Float64Array(columns).fill(Infinity), y })).toBeNull();
  });
  it('refuses a pair of other lengths', () => {
    const program = asMinimization(optimal[0]!);
    const { rows, columns } = program.matrix;
    expect(() =>
      predictBasis(program, { x: new Float64Array(rows + columns), y: new Float64Array(rows) }),
    ).toThrow(
      `predictBasis: x and y must have lengths ${columns} and ${rows}; got ${rows + columns} and ${rows}.`,
    );
  });
});
