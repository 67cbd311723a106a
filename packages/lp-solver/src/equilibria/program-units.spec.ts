import { describe, expect, it } from '@jest/globals';
import { nearestToOrigin, programUnits } from './program-units.ts';

const program = {
  objective: Float64Array.of(3, -4, 0),
  lower: Float64Array.of(-1, 2, -Infinity),
  upper: Float64Array.of(3, Infinity, Infinity),
  rowLower: Float64Array.of(-Infinity, 1, 5),
  rowUpper: Float64Array.of(6, 1, Infinity),
};

describe('programUnits', () => {
  it('measures widths, costs and lengths', () => {
    const { inverseWidth, isEquality, costUnit, lengthUnit, width } = programUnits(program);
    expect(Array.from(inverseWidth)).toEqual([0.5, 0, 0]);
    expect(Array.from(isEquality)).toEqual([0, 1, 0]);
    expect(costUnit).toBeCloseTo(5 / Math.sqrt(3), 12);
    // The sides are larger than the point (0, 2, 0).
    expect(lengthUnit).toBeCloseTo(Math.sqrt((36 + 1 + 25) / 3), 12);
    expect(width).toBe(3);
  });

  it('has a unit where there is nothing to measure', () => {
    const none = new Float64Array(2);
    const free = {
      objective: none,
      lower: none,
      upper: none,
      rowLower: new Float64Array(),
      rowUpper: new Float64Array(),
    };
    const { costUnit, lengthUnit, inverseWidth } = programUnits(free);
    expect([costUnit, lengthUnit]).toEqual([1, 1]);
    // Fixed columns are as good as very narrow ones.
    expect(inverseWidth.every((value) => value > 1e5 && Number.isFinite(value))).toBe(true);
  });
});

describe('nearestToOrigin', () => {
  it('is the origin where the box holds it, else a bound', () => {
    expect(Array.from(nearestToOrigin(program))).toEqual([0, 2, 0]);
  });
});
