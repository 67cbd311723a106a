import { describe, expect, it } from '@jest/globals';
import { fromSeed } from '@equilibria/core';
import { loadMethod } from '../evaluation/methods.ts';
import { graphOf, type HostGraph } from '../equilibria/program-graph.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { asMinimization } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { flipVariables } from './flip-variables.ts';

const OPTIONS = { tolerance: 1e-9, maxEvaluations: Infinity, timeLimitMs: Infinity };

/** The only program of a batch, read back from its arrays. */
function programOf(lp: Minimization, { matrix, cost, lower, upper }: HostGraph): Minimization {
  const A = lp.matrix;
  const values = A.values.slice();
  for (let i = 0; i < A.rows; i++) {
    for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++) {
      values[k] = matrix.data[i * A.columns + A.indices[k]!]!;
    }
  }
  const wide = (data: ArrayLike<number>) => Float64Array.from(data);
  return {
    ...lp,
    matrix: { ...A, values },
    objective: wide(cost.data),
    lower: wide(lower.data),
    upper: wide(upper.data),
  };
}

describe('flipVariables', () => {
  it('gives a program whose optimum is the flipped one', async () => {
    const highs = await loadMethod('highs');
    for (const seed of [2, 4, 5]) {
      const lp = asMinimization(randomLinearProgram(fromSeed(seed)));
      const solved = await highs.solve(lp, OPTIONS);
      if (solved.claim !== 'optimal') continue;
      const optimum = { data: Float32Array.from(solved.x!), shape: [1, 50] };
      const isFlipped = (_: number, j: number): boolean => j % 3 !== 0;
      const flipped = flipVariables({ graph: graphOf([lp]), optimum }, isFlipped);
      const { x } = await highs.solve(programOf(lp, flipped.graph), OPTIONS);
      const expected = Array.from(solved.x!, (value, j) => (j % 3 === 0 ? value : -value));
      expect(Array.from(flipped.optimum.data)).toEqual(Array.from(expected, Math.fround));
      x!.forEach((value, j) => expect(value).toBeCloseTo(expected[j]!, 4));
    }
    expect.hasAssertions();
  });
});
