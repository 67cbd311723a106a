import { judgeOutcome } from './outcome.ts';

describe('judgeOutcome', () => {
  it('compares the objective relative to its magnitude, or to 1', () => {
    const expected = { status: 'optimal', objective: 1000 } as const;
    expect(judgeOutcome({ status: 'optimal', objective: 1001 }, expected, 1e-3)).toEqual({
      correct: true,
      objectiveError: 1e-3,
    });
    expect(judgeOutcome({ status: 'optimal', objective: 1001 }, expected, 1e-4).correct).toBe(false);
    const zero = { status: 'optimal', objective: 0 } as const;
    expect(judgeOutcome({ status: 'optimal', objective: 1e-7 }, zero, 1e-6).correct).toBe(true);
  });
  it('asks for the status', () => {
    const expected = { status: 'infeasible', objective: null } as const;
    expect(judgeOutcome({ status: 'infeasible', objective: null }, expected, 1e-6).correct).toBe(true);
    expect(judgeOutcome({ status: 'optimal', objective: 3 }, expected, 1e-6).correct).toBe(false);
    const optimal = { status: 'optimal', objective: 3 } as const;
    expect(judgeOutcome({ status: 'time-limit', objective: 3 }, optimal, 1e-6).correct).toBe(false);
    expect(judgeOutcome({ status: 'optimal', objective: null }, optimal, 1e-6).correct).toBe(false);
  });
});
