import { evaluationPoints } from './evaluation-points.ts';

describe('evaluationPoints', () => {
  it('doubles from 1, with 0 before and the last itself', () => {
    expect(evaluationPoints(8)).toEqual([0, 1, 2, 4, 8]);
    expect(evaluationPoints(10)).toEqual([0, 1, 2, 4, 8, 10]);
    expect(evaluationPoints(0)).toEqual([0]);
  });

  it('adds what is asked for, in order and once', () => {
    expect(evaluationPoints(4, [3, 100, 4])).toEqual([0, 1, 2, 3, 4, 100]);
  });

  it.each([-1, 1.5, NaN])('refuses %d', (point) => {
    expect(() => evaluationPoints(4, [point])).toThrow(
      `evaluationPoints: every point must be an integer >= 0; got ${point}.`,
    );
  });
});
