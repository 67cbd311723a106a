import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import { checkDirection, checkFarkas, hasCrossedSides } from './rays.ts';

/** a ≥ 4, b ≥ 3, a + b ≤ 6, a and b free. */
const overcommitted = asMinimization(
  linearProgram({
    name: 'overcommitted',
    sense: 'minimize',
    variables: { a: { lower: -Infinity }, b: { lower: -Infinity } },
    constraints: {
      first: { terms: { a: 1 }, lower: 4 },
      second: { terms: { b: 1 }, lower: 3 },
      budget: { terms: { a: 1, b: 1 }, upper: 6 },
    },
  }),
);

/** min −x with x − y ≤ 1: unbounded along (1, 1). */
const open = asMinimization(
  linearProgram({
    name: 'open',
    sense: 'minimize',
    variables: { x: { cost: -1 }, y: {} },
    constraints: { c: { terms: { x: 1, y: -1 }, upper: 1 } },
  }),
);

describe('checkFarkas', () => {
  it('accepts the multipliers that add the promises up, at any scale', () => {
    for (const scale of [1, 1e-9, 1e12]) {
      const ray = Float64Array.of(scale, scale, -scale);
      expect(checkFarkas(overcommitted, ray)).toEqual({ holds: true, ray, error: 0 });
    }
  });
  it('refuses multipliers of a feasible program', () => {
    const feasible = { ...overcommitted, rowUpper: Float64Array.of(Infinity, Infinity, 7) };
    const check = checkFarkas(feasible, Float64Array.of(1, 1, -1));
    expect(check).toMatchObject({ holds: false, reason: expect.stringContaining('bound nothing') });
  });
  it('refuses multipliers that are off by more than rounding, where no bound pays for it', () => {
    expect(checkFarkas(overcommitted, Float64Array.of(1 + 2e-13, 1, -1)).holds).toBe(true);
    const check = checkFarkas(overcommitted, Float64Array.of(1 + 2e-9, 1, -1));
    expect(check).toMatchObject({ holds: false, reason: expect.stringContaining('off by 1.00e-9') });
    expect(check).toMatchObject({ reason: expect.stringContaining('in column a') });
  });
  it('does not call a program infeasible whose only points are far away', () => {
    // x ≤ y and x ≥ 1 + 0.999999999 y: x = y = 1e9 and more.
    const far = asMinimization(
      linearProgram({
        name: 'far',
        sense: 'minimize',
        variables: { x: { cost: 1 }, y: {} },
        constraints: {
          a: { terms: { x: 1, y: -1 }, upper: 0 },
          b: { terms: { x: 1, y: -0.999999999 }, lower: 1 },
        },
      }),
    );
    expect(checkFarkas(far, Float64Array.of(-1, 1)).holds).toBe(false);
  });
  it('lets finite bounds pay', () => {
    const bounded = {
      ...overcommitted,
      lower: Float64Array.of(3.5, 3),
      rowLower: Float64Array.of(-9, -9, -9),
    };
    expect(checkFarkas(bounded, Float64Array.of(0, 0, -1)).holds).toBe(true);
  });
  it('refuses a contradiction smaller than its rounding error, zeros and NaN', () => {
    const barely = { ...overcommitted, rowUpper: Float64Array.of(Infinity, Infinity, 7 - 1e-15) };
    expect(checkFarkas(barely, Float64Array.of(1, 1, -1)).holds).toBe(false);
    expect(checkFarkas(overcommitted, new Float64Array(3)).holds).toBe(false);
    expect(checkFarkas(overcommitted, Float64Array.of(1, NaN, -1)).holds).toBe(false);
  });
});

describe('checkDirection', () => {
  it('accepts a direction that nothing stops, at any scale', () => {
    for (const scale of [1, 1e-9, 1e12])
      expect(checkDirection(open, Float64Array.of(scale, scale)).holds).toBe(true);
  });
  it('refuses a direction that leaves a row, names the row, and allows 1e-8', () => {
    const check = checkDirection(open, Float64Array.of(1, 0.5));
    expect(check).toMatchObject({ holds: false, reason: expect.stringContaining('leaves row c') });
    expect(checkDirection(open, Float64Array.of(1, 1 - 1e-9)).holds).toBe(true);
  });
  it('refuses a direction along which the objective does not fall, zeros and NaN', () => {
    expect(checkDirection(open, Float64Array.of(0, 1)).holds).toBe(false);
    expect(checkDirection(open, new Float64Array(2)).holds).toBe(false);
    expect(checkDirection(open, Float64Array.of(NaN, 1)).holds).toBe(false);
  });
  it('does not follow a direction through a finite bound', () => {
    const closed = { ...open, upper: Float64Array.of(5, Infinity) };
    expect(checkDirection(closed, Float64Array.of(1, 1)).holds).toBe(false);
  });
});

describe('hasCrossedSides', () => {
  it('sees crossed rows and crossed bounds, and lets equal ones pass', () => {
    expect(hasCrossedSides(open)).toBe(false);
    expect(hasCrossedSides({ ...open, rowLower: Float64Array.of(2) })).toBe(true);
    expect(hasCrossedSides({ ...open, rowLower: Float64Array.of(1) })).toBe(false);
    expect(hasCrossedSides({ ...open, upper: Float64Array.of(-1, 4) })).toBe(true);
  });
});
