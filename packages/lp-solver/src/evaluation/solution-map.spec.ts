import { describe, expect, it } from '@jest/globals';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { createSolutionMap, isSameBasis } from './solution-map.ts';

/** min x + price·y on x + y ≥ 2, x ≤ 5, y ≤ 5, and a fixed variable; the cheaper of x and y is 2. */
const choice = (price: number, demand = 2): Minimization =>
  asMinimization(
    linearProgram({
      name: 'choice',
      sense: 'minimize',
      variables: { x: { cost: 1, upper: 5 }, y: { cost: price, upper: 5 }, fixed: { lower: 1, upper: 1 } },
      constraints: { demand: { terms: { x: 1, y: 1 }, lower: demand } },
    }),
  );

describe('createSolutionMap', () => {
  it('gives the optimal vertex, and none of a program without an optimum', async () => {
    const solve = await createSolutionMap();
    expect(Array.from(solve(choice(2))!.x)).toEqual([2, 0, 1]);
    expect(Array.from(solve(choice(0.5))!.x)).toEqual([0, 2, 1]);
    expect(solve(choice(2, 11))).toBeUndefined();
  });

  it('keeps the basis it begins with while that is optimal', async () => {
    const solve = await createSolutionMap();
    const { basis } = solve(choice(2))!;
    const same = solve(choice(1.5, 3), basis)!;
    expect(Array.from(same.x)).toEqual([3, 0, 1]);
    expect(isSameBasis(choice(2), same.basis, basis)).toBe(true);
    const other = solve(choice(0.5), basis)!;
    expect(Array.from(other.x)).toEqual([0, 2, 1]);
    expect(isSameBasis(choice(2), other.basis, basis)).toBe(false);
  });
});

describe('isSameBasis', () => {
  const basis = (colStatus: readonly number[], rowStatus: readonly number[]) => ({
    colStatus: Int32Array.from(colStatus),
    rowStatus: Int32Array.from(rowStatus),
  });

  it('tells the bounds apart, but for those of what is fixed', () => {
    const [lower, basic, upper] = [0, 1, 2];
    const first = basis([basic, lower, lower], [lower]);
    expect(isSameBasis(choice(2), first, basis([basic, lower, upper], [lower]))).toBe(true);
    expect(isSameBasis(choice(2), first, basis([basic, upper, lower], [lower]))).toBe(false);
    expect(isSameBasis(choice(2), first, basis([basic, lower, lower], [upper]))).toBe(false);
    expect(isSameBasis(choice(2), first, basis([lower, lower, basic], [lower]))).toBe(false);
  });
});
