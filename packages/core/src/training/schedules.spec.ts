import { constantRate, cosineRate, steppedRate, warmedUp } from './schedules.ts';

describe('schedules', () => {
  it('are a constant, half a cosine, steps, and a ramp before another', () => {
    expect([0, 9].map(constantRate(0.5))).toEqual([0.5, 0.5]);
    expect([0, 5, 10, 99].map(cosineRate(2, { steps: 10, floor: 0.5 }))).toEqual([2, 1.5, 1, 1]);
    expect([0, 2, 3, 7].map(steppedRate(1, [3, 7], 0.5))).toEqual([1, 1, 0.5, 0.25]);
    expect([0, 1, 3, 4].map(warmedUp(constantRate(1), 4))).toEqual([0.25, 0.5, 1, 1]);
  });

  it('refuse what makes no rate', () => {
    expect(() => constantRate(0)).toThrow('constantRate: rate must be positive and finite; got 0.');
    expect(() => cosineRate(NaN, { steps: 1 })).toThrow(
      'cosineRate: peak must be positive and finite; got NaN.',
    );
    expect(() => cosineRate(1, { steps: 0 })).toThrow('cosineRate: steps must be an integer >= 1; got 0.');
    expect(() => cosineRate(1, { steps: 1, floor: 2 })).toThrow(
      'cosineRate: floor must be in [0, 1]; got 2.',
    );
    expect(() => warmedUp(constantRate(1), 0.5)).toThrow('warmedUp: steps must be an integer >= 1; got 0.5.');
    expect(() => steppedRate(1, [3, 3])).toThrow('steppedRate: milestones must increase; got [3, 3].');
    expect(() => steppedRate(1, [3], -1)).toThrow('steppedRate: factor must be positive and finite; got -1.');
  });
});
