import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { methods } from './methods.ts';
import { solveLinearProgram } from './solve-linear-program.ts';

const { lp } = shippedLinearPrograms[0]!;

describe('solveLinearProgram', () => {
  it.each(Object.keys(methods))('solves the diet by %s in a process of its own', async (method) => {
    const answer = await solveLinearProgram(lp, { method });
    expect(answer.status).toBe('optimal');
    expect(answer.objective).toBeCloseTo(27 / 13, 5);
  });
  it('refuses an unknown method and numbers that are not positive', async () => {
    await expect(solveLinearProgram(lp, { method: 'toString' })).rejects.toThrow('the method must be one of');
    for (const tolerance of [0, 1, 2, NaN, 9e-15]) {
      await expect(solveLinearProgram(lp, { tolerance })).rejects.toThrow(
        `tolerance must lie in [1e-14, 1): every point is within 1, and float64 rounds; got ${tolerance}.`,
      );
    }
    const uncounted = solveLinearProgram(lp, { method: 'javascript-lp-solver', maxEvaluations: 5 });
    await expect(uncounted).rejects.toThrow('maxEvaluations needs a method that counts');
    await expect(solveLinearProgram(lp, { timeLimitMs: NaN })).rejects.toThrow(
      'timeLimitMs must be positive',
    );
  });
});
