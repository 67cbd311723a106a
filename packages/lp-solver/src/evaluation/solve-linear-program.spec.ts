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
    await expect(solveLinearProgram(lp, { tolerance: 0 })).rejects.toThrow(
      'solveLinearProgram: tolerance must be positive; got 0.',
    );
    await expect(solveLinearProgram(lp, { timeLimitMs: NaN })).rejects.toThrow(
      'timeLimitMs must be positive',
    );
  });
});
