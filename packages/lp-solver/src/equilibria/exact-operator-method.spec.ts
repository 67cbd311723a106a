import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromSeed, toHostTree } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { verify } from '../evaluation/verify.ts';
import { asMinimization } from '../problem/linear-program.ts';
import type { LpMethod } from '../problem.ts';
import { parseLp } from '../reading/read-linear-program.ts';
import { exactOperator } from './exact-operator.ts';
import { exactOperatorMethod } from './exact-operator-method.ts';

const limits = { tolerance: 1e-7, maxEvaluations: 2e5, timeLimitMs: Infinity };

/** Networks that nobody trained: what they say must not matter but for the time. */
let methods: LpMethod[];
beforeAll(async () => {
  tf.env().set('PROD', true);
  const networks = await Promise.all(
    [0, 1].map((std) => toHostTree(exactOperator.init(fromSeed(2), { std }))),
  );
  methods = networks.map(exactOperatorMethod);
});

describe('exactOperatorMethod', () => {
  it.each(shippedLinearPrograms.map((known) => [known.lp.name, known] as const))(
    'gives %s its outcome',
    async (_name, { lp, status, objective }) => {
      for (const method of methods) {
        const answer = verify(lp, await method.solve(asMinimization(lp), limits), limits);
        expect(answer.status).toBe(status);
        const error = Math.abs((answer.objective ?? 0) - (objective ?? 0));
        expect(error).toBeLessThan(1e-5 * Math.max(1, Math.abs(objective ?? 0)));
      }
    },
  );

  it('keeps to its budget, and says what is too little', async () => {
    const diet = asMinimization(shippedLinearPrograms[0]!.lp);
    const [method] = methods as [LpMethod];
    const claim = await method.solve(diet, { ...limits, tolerance: 1e-15, maxEvaluations: 100 });
    expect(claim.claim).toBe('iteration-limit');
    expect(claim.evaluations).toBeLessThanOrEqual(100);
    expect(claim.x).toHaveLength(3);
    const none = await method.solve(diet, { ...limits, maxEvaluations: 10 });
    expect(none.message).toContain(
      'exact-operator runs in epochs of 48 evaluations; 10 are too few, 49 let one run',
    );
  });

  it.each([
    ['whose iterates run away', 'Maximize\n obj: x\nSubject To\n c: x - y = 1\nEnd\n', 'unbounded'],
    [
      'with a free column',
      'Minimize\n o: x1 - x2\nSubject To\n r: 2 x0 - 3 x2 = 1\nBounds\n -2 <= x1 <= 1\n x2 free\nEnd\n',
      'unbounded',
    ],
    [
      'that falls for ever, but has no point',
      'Minimize\n obj: - x\nSubject To\n c: y + 0 x >= 1\n d: y <= 0\nEnd\n',
      'infeasible',
    ],
  ])('decides a program %s', async (_name, text, status) => {
    const lp = await parseLp(text);
    for (const method of methods) {
      const claim = await method.solve(asMinimization(lp), { ...limits, maxEvaluations: 20_000 });
      expect(verify(lp, claim).status).toBe(status);
    }
  });

  it('solves a program without constraints', async () => {
    const diet = asMinimization(shippedLinearPrograms[0]!.lp);
    const none = new Float64Array();
    const matrix = {
      ...diet.matrix,
      rows: 0,
      starts: Int32Array.of(0),
      indices: new Int32Array(),
      values: none,
    };
    const free = { ...diet, matrix, rowLower: none, rowUpper: none, rowNames: [] };
    const answer = verify(free, await methods[0]!.solve(free, limits));
    expect([answer.status, answer.objective]).toEqual(['optimal', 0]);
  });
});
