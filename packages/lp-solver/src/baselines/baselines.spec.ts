import { fromSeed, split, uniform } from '@equilibria/core';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { verify } from '../evaluation/verify.ts';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import type { Answer, LinearProgram, LpMethod, Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import { highsIpm } from './highs-ipm.ts';
import { highsPdlp } from './highs-pdlp.ts';
import { highs } from './highs.ts';
import { javascriptLpSolver } from './javascript-lp-solver.ts';
import { claimOf, runHighs } from './run-highs.ts';

const withCertificates = [highs, highsIpm, highsPdlp];
const baselines = [...withCertificates, javascriptLpSolver];
const optimal = shippedLinearPrograms.filter(({ status }) => status === 'optimal');
const others = shippedLinearPrograms.filter(({ status }) => status !== 'optimal');

async function solve(lp: LinearProgram, method: LpMethod, maxEvaluations = Infinity): Promise<Answer> {
  const options = { tolerance: 1e-7, maxEvaluations, timeLimitMs: Infinity };
  return verify(lp, await method.solve(asMinimization(lp), options), { tolerance: 1e-6 });
}

describe.each(baselines)('$name', (method) => {
  it.each(optimal.map((known) => [known.lp.name, known] as const))(
    'finds the optimum of %s',
    async (_, known) => {
      const answer = await solve(known.lp, method);
      expect(answer).toMatchObject({ status: 'optimal' });
      expect(Math.abs(answer.objective! - known.objective!)).toBeLessThanOrEqual(
        2e-6 * (1 + Math.abs(known.objective!)),
      );
    },
  );
});

describe.each(withCertificates)('$name', (method) => {
  it.each(others.map((known) => [known.lp.name, known.status, known] as const))(
    'says of %s that it is %s',
    async (_, status, known) => {
      expect(await solve(known.lp, method)).toMatchObject({ status, objective: null });
    },
  );
  it('says infeasible of crossed bounds', async () => {
    const variables = { x: { lower: 2, upper: 1 } };
    const crossed = linearProgram({ name: 'crossed', sense: 'minimize', variables, constraints: {} });
    expect((await solve(crossed, method)).status).toBe('infeasible');
  });
  it('says unbounded of a program without rows', async () => {
    const variables = { x: { cost: 1, lower: -Infinity } };
    const free = linearProgram({ name: 'free', sense: 'minimize', variables, constraints: {} });
    expect((await solve(free, method)).status).toBe('unbounded');
  });
});

describe('highs', () => {
  it('stops at the iteration limit and hands over where it was', async () => {
    const names = Array.from({ length: 20 }, (_, k) => `x${k}`);
    const weights = uniform(fromSeed(6), 20 * 20, { low: 1, high: 2 }).data;
    const packing = linearProgram({
      name: 'packing',
      sense: 'maximize',
      variables: Object.fromEntries(names.map((name, j) => [name, { cost: weights[j]! }])),
      constraints: Object.fromEntries(
        names.map((name, i) => {
          const terms = Object.fromEntries(names.map((column, j) => [column, weights[20 * i + j]!]));
          return [`row_${name}`, { terms, upper: 1 }];
        }),
      ),
    });
    expect((await solve(packing, highs)).status).toBe('optimal');
    const answer = await solve(packing, highs, 1);
    expect(answer.status).toBe('iteration-limit');
    expect(answer.evaluations).toBe(1);
    expect(answer.x).toHaveLength(20);
  });
});

describe('javascript-lp-solver', () => {
  it.each(others.map((known) => [known.lp.name, known] as const))(
    'fails on %s: it has no certificate',
    async (_, known) => {
      const answer = await solve(known.lp, javascriptLpSolver);
      expect(answer.status).toBe('failed');
      expect(answer.message).toContain(`says ${known.status}, without a certificate`);
    },
  );
  it('agrees with HiGHS on random programs wherever it has an answer', async () => {
    const lps = split(fromSeed(4), 12).map((key) => randomLinearProgram(key));
    const pairs = await Promise.all(
      lps.map(async (lp) => [await solve(lp, highs), await solve(lp, javascriptLpSolver)] as const),
    );
    const solved = pairs.filter(([, answer]) => answer.status === 'optimal');
    expect(solved.length).toBeGreaterThan(3);
    for (const [reference, answer] of solved) expect(answer.objective).toBeCloseTo(reference.objective!, 6);
    for (const [reference] of pairs) expect(['optimal', 'infeasible']).toContain(reference.status);
  });
});

describe('claimOf', () => {
  const program = (status: string) =>
    asMinimization(shippedLinearPrograms.find((known) => known.status === status)!.lp);
  const judged = async (state: 'unknown' | 'unboundedOrInfeasible', lp: Minimization) => {
    const engine = await createHighs();
    const reading = {
      x: new Float64Array(lp.matrix.columns),
      y: new Float64Array(lp.matrix.rows),
      evaluations: 3,
    };
    return verify(lp, claimOf(engine, lp, engine.constants.modelStatus[state], reading));
  };
  it('lets a feasible point decide what HiGHS leaves open', async () => {
    for (const status of ['infeasible', 'unbounded']) {
      const answer = await judged('unboundedOrInfeasible', program(status));
      expect(answer).toMatchObject({ status, evaluations: 3 });
      expect(answer.message).toBe('HiGHS said unbounded or infeasible; a feasibility problem decided');
    }
  });
  it('names the state that says nothing, and lets its point be judged', async () => {
    const lp = program('infeasible');
    expect(await judged('unknown', lp)).toMatchObject({
      status: 'failed',
      message: 'HiGHS ended in the state unknown',
      primalResidual: expect.any(Number),
    });
  });
  it('says failed of a run that throws', async () => {
    const solver = { options: () => ({ solver: 'none of its own' }), iterations: 'simplex_iteration_count' };
    const options = { tolerance: 1e-6, maxEvaluations: Infinity, timeLimitMs: Infinity };
    const claim = await runHighs(program('infeasible'), solver, options);
    expect(claim).toMatchObject({ claim: 'failed', evaluations: null });
    expect(claim.message).toMatch(/^HiGHS stopped: /);
  });
});
