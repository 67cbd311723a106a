import * as tf from '@tensorflow/tfjs';
import { affine, column } from '../testing/sample-maps.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { budget, type Budget } from './budget.ts';
import { newtonKrylov } from './newton-krylov.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

const never = { stop: residualBelow<tf.Tensor>({ absolute: 0, relative: 0 }), stagnation: false } as const;

describe('budget', () => {
  it('makes as many steps as the evaluations allow, one being for the returned point', () => {
    expect(budget({ evaluations: 500, per: picard() })).toEqual({ maxSteps: 499 });
    const newton = newtonKrylov({ krylovSteps: 4, trials: 3 }); // 12 a step
    expect(budget({ evaluations: 25, per: newton })).toEqual({ maxSteps: 2 });
    expect(budget({ evaluations: 24, per: newton })).toEqual({ maxSteps: 1 });
    expect(budget({ evaluations: 1, per: newton })).toEqual({ maxSteps: 0 });
  });

  it('makes whole tests only', () => {
    expect(budget({ evaluations: 500, per: picard(), checkEvery: 8 })).toEqual({
      maxSteps: 496,
      checkEvery: 8,
    });
    expect(budget({ milliseconds: 5, checkEvery: 2 }).maxSteps % 2).toBe(0);
  });

  it('has a deadline where milliseconds are given, and no bound on steps but that of int32 without evaluations', () => {
    expect(budget({ milliseconds: 200 })).toEqual({ maxSteps: 2 ** 31 - 1, deadlineMs: 200 });
    const both = budget({ evaluations: 9, milliseconds: 200, per: picard() });
    expect(both).toEqual({ maxSteps: 8, deadlineMs: 200 });
  });

  it.each(SOLVERS)('is kept by $name', async ({ solver }) => {
    const own = solver<tf.Tensor>();
    const evaluations = 3 * own.evaluationsPerStep;
    const options = { ...never, ...budget({ evaluations, per: own }) };
    const result = await solve(affine([0.999]), column(-1e6), own, options);
    expect(result.evaluations[0]).toBeLessThanOrEqual(evaluations);
    expect(result.steps[0]).toBe(2);
  });

  it('ends a solve after its milliseconds', async () => {
    const options = { ...never, ...budget({ milliseconds: 1e-3 }), chunk: 3 };
    const result = await solve(affine([0.999]), column(0), picard(), options);
    expect([result.status, result.steps[0]]).toEqual([['budget'], 3]);
  });

  it.each([
    [{}, 'budget: evaluations or milliseconds must be given; got neither.'],
    [{ evaluations: 5 }, 'budget: per must be the solver, with evaluations; got none. Name it'],
    [{ evaluations: 0, per: picard() }, 'budget: evaluations must be an integer >= 1; got 0.'],
    [{ milliseconds: 0 }, 'budget: milliseconds must be > 0; got 0.'],
    [{ milliseconds: NaN }, 'budget: milliseconds must be > 0; got NaN.'],
    [{ milliseconds: 1, checkEvery: 0 }, 'budget: checkEvery must be an integer >= 1; got 0.'],
    [
      { seconds: 1 } as Budget,
      "budget: 'seconds' must be one of evaluations, milliseconds, per, checkEvery; got 'seconds'.",
    ],
  ])('refuses %j', (limits, message) => {
    expect(() => budget(limits)).toThrow(message);
  });
});
