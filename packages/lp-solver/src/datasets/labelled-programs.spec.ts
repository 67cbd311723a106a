import { fold, fromSeed, type Key, uniform } from '@equilibria/core';
import { asMinimization, linearProgram, type LinearProgramSpec } from '../problem/linear-program.ts';
import { dot, norm } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { createLabeller, isOnlyOptimum, type Labeller, type LabelledProgram } from './labelled-programs.ts';
import { errorOf } from './least-optimum.ts';
import { randomLinearProgram } from './random-linear-programs.ts';
import { shippedLinearPrograms } from './shipped.ts';
import { PROGRAM_FAMILIES, structuredProgram } from './structured-programs.ts';

const minimization = (spec: Omit<LinearProgramSpec, 'sense'>) =>
  asMinimization(linearProgram({ sense: 'minimize', ...spec }));

/** Every point of the line a + b = 2 between (0, 2) and (2, 0) is optimal; (1, 1) is the shortest. */
const line = minimization({
  name: 'line',
  variables: { a: { cost: 1 }, b: { cost: 1 } },
  constraints: { sum: { terms: { a: 1, b: 1 }, lower: 2 } },
});

/** The program with other costs, integers of so few values that many points are optimal. */
const withTies = (lp: Minimization, key: Key): Minimization => ({
  ...lp,
  objective: uniform(key, lp.matrix.columns, { low: 0, high: 3 }).data.map(Math.floor),
});

let label: Labeller;
beforeAll(async () => {
  label = await createLabeller();
});
const labelOf = (lp: Minimization): LabelledProgram => {
  const labelled = label(lp);
  if (labelled === undefined) throw new Error(`${lp.name} has no optimum`);
  return labelled;
};

describe('createLabeller', () => {
  it('gives optima of random and structured programs, and proves that they are the only ones', () => {
    const key = fromSeed(1);
    const drawn = [
      ...Array.from({ length: 8 }, (_, i) => asMinimization(randomLinearProgram(fold(key, i)))),
      ...PROGRAM_FAMILIES.map((family) => structuredProgram(family, key)),
    ];
    const labelled = drawn.map(label).filter((of) => of !== undefined);
    expect(labelled.length).toBeGreaterThan(5);
    for (const { lp, x, y, isUnique } of labelled) {
      expect(errorOf(lp, x, y)).toBeLessThan(1e-12);
      expect(isUnique).toBe(true);
    }
  });

  it('gives a basis of as many variables and rows as there are rows', () => {
    const { lp, basis } = labelOf(structuredProgram('blending', fromSeed(2)));
    const basic = [...basis.colStatus, ...basis.rowStatus].filter((place) => place === 1);
    expect(basic).toHaveLength(lp.matrix.rows);
  });

  it('finds the objectives of the shipped programs, and nothing where they have none', () => {
    for (const { lp, status, objective } of shippedLinearPrograms) {
      const labelled = label(asMinimization(lp));
      expect(labelled !== undefined).toBe(status === 'optimal');
      if (labelled === undefined) continue;
      expect(dot(lp.objective, labelled.x) + lp.objectiveConstant).toBeCloseTo(objective!, 8);
    }
  });

  it('gives of many optimal points the one of least norm', () => {
    const { x, isUnique } = labelOf(line);
    expect(isUnique).toBe(false);
    [1, 1].forEach((value, j) => expect(x[j]).toBeCloseTo(value, 12));
  });

  it('does so within bounds, and where a variable has no price at all', () => {
    const free = minimization({
      name: 'free',
      variables: { a: { cost: 1, lower: 0.5 }, b: { cost: 1 }, c: { lower: 3, upper: 9 }, d: { lower: -5 } },
      constraints: { sum: { terms: { a: 1, b: 3 }, lower: 4 }, other: { terms: { b: 1, d: 1 }, upper: 1 } },
    });
    // b is cheapest: a stays at its bound, b = 3.5/3, c at its bound next to 0, and d = −1/6 is as short as its row allows.
    const { x } = labelOf(free);
    [0.5, 3.5 / 3, 3, -1 / 6].forEach((value, j) => expect(x[j]).toBeCloseTo(value, 12));
  });

  it('gives everyone a part of everything where all assignments cost the same', () => {
    const size = 6;
    const all = structuredProgram('assignment', fromSeed(0), { variables: [size * size, size * size] });
    expect(all.matrix.columns).toBe(size * size);
    const { x } = labelOf({ ...all, objective: new Float64Array(size * size).fill(1) });
    for (const value of x) expect(value).toBeCloseTo(1 / size, 12);
  });

  it.each([0, 1, 2, 3])('gives a point from which no optimal vertex lies towards 0 (%i)', (seed) => {
    const key = fromSeed(seed);
    const lp = withTies(structuredProgram(PROGRAM_FAMILIES[seed % 2]!, key), fold(key, 'ties'));
    const { x, isUnique } = labelOf(lp);
    expect(isUnique).toBe(false);
    const lengths = Array.from({ length: 12 }, (_, i) => {
      // Costs that decide between the optimal vertices, and are too small to make others optimal.
      const extra = uniform(fold(key, i), lp.matrix.columns, { low: 0, high: 1e-5 }).data;
      const vertex = labelOf({ ...lp, objective: lp.objective.map((cost, j) => cost + extra[j]!) }).x;
      expect(dot(lp.objective, vertex)).toBeCloseTo(dot(lp.objective, x), 8);
      // The shortest point of a convex set: ⟨x, v − x⟩ ≥ 0 for all its points v.
      expect(dot(x, vertex)).toBeGreaterThan(norm(x) ** 2 * (1 - 1e-9));
      return norm(vertex);
    });
    expect(norm(x)).toBeLessThan(Math.max(...lengths) - 1e-3);
  });

  it('says in which state HiGHS gave up', async () => {
    const hasty = await createLabeller({ timeLimitMs: 1e-6 });
    expect(() => hasty(structuredProgram('blending', fromSeed(0)))).toThrow(
      'createLabeller: HiGHS must solve blending; it ended in the state timeLimit.',
    );
  });
});

describe('isOnlyOptimum', () => {
  const [LOWER, BASIC] = [0, 1];
  const basis = { colStatus: Int32Array.of(BASIC, LOWER), rowStatus: Int32Array.of(LOWER) };

  it('is false on an edge and true in a corner', () => {
    expect(isOnlyOptimum(line, Float64Array.of(1), basis)).toBe(false);
    const tilted = { ...line, objective: Float64Array.of(1, 2) };
    expect(isOnlyOptimum(tilted, Float64Array.of(1), basis)).toBe(true);
  });

  it('takes what cannot move for priced, and a free variable without a price for movable', () => {
    const fixed = { ...line, upper: Float64Array.of(Infinity, 0) };
    expect(isOnlyOptimum(fixed, Float64Array.of(1), basis)).toBe(true);
    const free = minimization({ name: 'free', variables: { a: { lower: -Infinity } }, constraints: {} });
    expect(labelOf(free)).toMatchObject({ isUnique: false });
    expect(labelOf(free).x[0]).toBe(0);
  });

  it('sees through degeneracy: an assignment has fewer positive variables than its basis', () => {
    const { lp, x, y, basis: optimal } = labelOf(structuredProgram('assignment', fromSeed(5)));
    expect(x.filter((value) => value > 1e-9).length).toBeLessThan(lp.matrix.rows);
    expect(isOnlyOptimum(lp, y, optimal)).toBe(true);
  });
});
