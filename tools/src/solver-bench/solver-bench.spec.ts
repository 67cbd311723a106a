import { solve } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { compareSolvers, type SolverRow } from './compare-solvers.ts';
import { PROBLEMS } from './problems.ts';
import { solverTable } from './solver-table.ts';
import { COMPARED } from './solvers.ts';

const row = (solver: string, found: Partial<SolverRow>): SolverRow => ({
  problem: 'p',
  solver,
  batch: 3,
  status: { converged: 3 },
  evaluations: { largest: 10, mean: 8 },
  residual: 1e-5,
  medianMs: 1.234,
  lowMs: 1,
  highMs: 2,
  ...found,
});

describe('solverTable', () => {
  it('tells evaluations and time of what is solved, the least in bold, and how the rest ended', () => {
    const rows = [
      row('a', {}),
      row('b', { evaluations: { largest: 7, mean: 7 }, medianMs: 345.6 }),
      row('c', { status: { converged: 1, budget: 2 }, evaluations: { largest: 1, mean: 1 }, medianMs: 0.1 }),
      row('a', { problem: 'q', status: { diverged: 3 } }),
    ];
    expect(solverTable(rows).split('\n')).toEqual([
      '| problem | a | b | c |',
      '| --- | ---: | ---: | ---: |',
      '| p | 10 · **1.23 ms** | **7** · 346 ms | 1/3 (2 budget) |',
      '| q | 0/3 (3 diverged) | – | – |',
    ]);
  });
});

describe('PROBLEMS', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('are listed under their names, and keep the form of their state', () => {
    for (const [name, make] of Object.entries(PROBLEMS)) {
      const { name: own, map, context, z0 } = make();
      expect(own).toBe(name);
      const image = map(context)(z0);
      expect(Object.keys(image)).toEqual(Object.keys(z0));
      for (const leaf of Object.keys(z0)) expect(image[leaf]!.shape).toEqual(z0[leaf]!.shape);
    }
  });

  it('have the fixed points that their characters tell', async () => {
    const options = { maxSteps: 40 };
    const solver = COMPARED['broyden']!();
    const reciprocal = PROBLEMS['stiff reciprocal']!();
    const { value } = await solve(reciprocal.map(reciprocal.context), reciprocal.z0, solver, options);
    const ones = tf.mul(value['z']!, reciprocal.context['x']!).dataSync();
    expect(Math.max(...ones.map((one) => Math.abs(one - 1)))).toBeLessThan(1e-3);
    const radiation = PROBLEMS['Chandrasekhar H']!();
    const H = await solve(radiation.map(radiation.context), radiation.z0, solver, options);
    expect(H.status).toEqual(['converged', 'converged', 'converged', 'converged']);
    // ∫H = (2/c)(1 − √(1 − c)).
    const means = tf.mean(H.value['z']!, 1).dataSync();
    [0.5, 0.9, 0.99].forEach((c, i) => {
      expect(means[i]).toBeCloseTo((2 / c) * (1 - Math.sqrt(1 - c)), 2);
    });
  });
});

describe('compareSolvers', () => {
  it('solves within the evaluations, and times each solver', async () => {
    const solvers = ['picard', 'newton-krylov'];
    const rows = await compareSolvers(PROBLEMS['rotation']!(), { solvers, evaluations: 90, rounds: 1 });
    expect(rows.map(({ solver }) => solver)).toEqual(solvers);
    expect(rows[1]!.status).toEqual({ converged: 16 });
    expect(rows[0]!.status.converged).toBeUndefined();
    for (const { evaluations, medianMs } of rows) {
      expect(evaluations.largest).toBeLessThanOrEqual(90);
      expect(medianMs).toBeGreaterThan(0);
    }
  });
});
