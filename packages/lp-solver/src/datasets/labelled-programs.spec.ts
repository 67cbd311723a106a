import { fromSeed } from '@equilibria/core';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { asMinimization, linearProgram, type LinearProgramSpec } from '../problem/linear-program.ts';
import { createLabeller, isOnlyOptimum } from './labelled-programs.ts';
import { randomLinearProgram } from './random-linear-programs.ts';

const minimization = (spec: Omit<LinearProgramSpec, 'sense'>) =>
  asMinimization(linearProgram({ sense: 'minimize', ...spec }));

/** Every point of the line a + b = 2 between (0, 2) and (2, 0) is optimal; (1, 1) is the shortest. */
const line = minimization({
  name: 'line',
  variables: { a: { cost: 1 }, b: { cost: 1 } },
  constraints: { sum: { terms: { a: 1, b: 1 }, lower: 2 } },
});

describe('createLabeller', () => {
  it('gives the optimum, and says that it is the only one', async () => {
    const label = await createLabeller();
    for (const seed of [2, 4, 5, 8]) {
      const labelled = label(asMinimization(randomLinearProgram(fromSeed(seed))));
      if (labelled === undefined) continue;
      const { lp, x, y, isUnique } = labelled;
      const { primalResidual, dualResidual, gap } = kktErrors(lp, x, y);
      expect(Math.max(primalResidual, dualResidual, gap)).toBeLessThan(1e-9);
      expect(isUnique).toBe(true);
    }
    expect.hasAssertions();
  });

  it('gives of many optimal points the one of least norm', async () => {
    const labelled = (await createLabeller())(line);
    expect(labelled?.isUnique).toBe(false);
    expect(labelled?.x[0]).toBeCloseTo(1, 7);
    expect(labelled?.x[1]).toBeCloseTo(1, 7);
  });

  it('does so within bounds, and where a variable has no price at all', async () => {
    const free = minimization({
      name: 'free',
      variables: { a: { cost: 1, lower: 0.5 }, b: { cost: 1 }, c: { lower: 3, upper: 9 }, d: { lower: -5 } },
      constraints: { sum: { terms: { a: 1, b: 3 }, lower: 4 }, other: { terms: { b: 1, d: 1 }, upper: 1 } },
    });
    const labelled = (await createLabeller())(free);
    // b is cheapest: a stays at its bound, b = 3.5/3, c at its bound next to 0, and d = −1/6 is as short as its row allows.
    [0.5, 3.5 / 3, 3, -1 / 6].forEach((value, j) => expect(labelled?.x[j]).toBeCloseTo(value, 6));
  });

  it('gives nothing where there is no optimum', async () => {
    const label = await createLabeller();
    const infeasible = minimization({
      name: 'infeasible',
      variables: { a: { cost: 1 } },
      constraints: { low: { terms: { a: 1 }, lower: 2 }, high: { terms: { a: 1 }, upper: 1 } },
    });
    const unbounded = minimization({
      name: 'unbounded',
      variables: { a: { cost: -1 } },
      constraints: { low: { terms: { a: 1 }, lower: 2 } },
    });
    expect(label(infeasible)).toBeUndefined();
    expect(label(unbounded)).toBeUndefined();
    expect(label(line)).toBeDefined();
  });
});

describe('isOnlyOptimum', () => {
  it('is false on an edge and true in a corner', () => {
    expect(isOnlyOptimum(line, Float64Array.of(2, 0), Float64Array.of(1))).toBe(false);
    const tilted = { ...line, objective: Float64Array.of(1, 2) };
    expect(isOnlyOptimum(tilted, Float64Array.of(2, 0), Float64Array.of(1))).toBe(true);
  });
});
