import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, type Solving } from '@equilibria/core';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { watchRestarted } from '../equilibria/pdhg-trajectory.ts';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { parseLipschitzStudy } from './lipschitz-record.ts';
import { lipschitzStudy, type StudiedMethod } from './lipschitz-study.ts';
import { createSolutionMap } from './solution-map.ts';
import { watchPrograms } from './watched-programs.ts';

/** Nothing but bounds and a row that does not bind: with positive costs, the optimum is the lower bounds. */
const boxed = (cost: number): Minimization =>
  asMinimization(
    linearProgram({
      name: 'boxed',
      sense: 'minimize',
      variables: { x: { cost, lower: -1, upper: 4 }, y: { cost, lower: 2, upper: 3 } },
      constraints: { slack: { terms: { x: 1, y: 1 }, upper: 100 } },
    }),
  );

/** Answers `t·c` and `l`, so that its ratios are `t` for costs, 1 for lower bounds, and 0 for all else. */
const linear: Pick<Solving<Minimization>, 'iterate'> = {
  iterate: (programs, evaluations) =>
    Promise.resolve(
      evaluations.map((count) => ({
        evaluations: count,
        answers: programs.map(({ objective, lower }) =>
          Float64Array.from([...objective.map((cost) => count * cost), ...lower]),
        ),
        residuals: Float64Array.from(programs, ({ objective }) => objective[0]!),
        wallTimeMs: 0,
      })),
    ),
};
const method: StudiedMethod = { name: 'linear', trainingDepth: 3, evaluations: [0, 3, 30], solving: linear };

async function solvable(count: number): Promise<Minimization[]> {
  const solve = await createSolutionMap();
  const found: Minimization[] = [];
  for (let i = 0; found.length < count; i++) {
    const lp = asMinimization(randomLinearProgram(fold(fromSeed(0), i)));
    if (solve(lp) !== undefined) found.push(lp);
  }
  return found;
}

describe('lipschitzStudy', () => {
  it('finds the ratios of a linear method and of the exact map, whatever the batches', async () => {
    const programs = [1, 2, 3, 4, 5].map(boxed);
    for (const batch of [2, 128]) {
      const study = await lipschitzStudy(programs, [method], { batch });
      expect(study).toMatchObject({ programs: 5, changeNorm: 1e-4, seed: 0 });
      const names = study.perturbations.map(({ name }) => name);
      expect(names).toEqual(['coefficients A', 'sides b', 'costs c', 'lower bounds l', 'upper bounds u']);
      study.perturbations.forEach(({ exact, exactInBasis, changedBasis, unsolved }) => {
        expect([exact.n, exactInBasis.n, changedBasis, unsolved]).toEqual([5, 5, 0, 0]);
      });
      const exact = study.perturbations.map((perturbation) => perturbation.exact);
      [0, 0, 0, 1, 0].forEach((ratio, k) => {
        expect(exact[k]!.max).toBeCloseTo(ratio, 8);
        expect(exact[k]!.mean).toBeCloseTo(ratio, 8);
      });
      const { along, trainingDepth, regularity } = study.methods[0]!;
      expect([trainingDepth, regularity]).toEqual([3, []]);
      for (const { evaluations, residual, lipschitz } of along) {
        expect(residual).toBe(3);
        [0, 0, evaluations, 1, 0].forEach((ratio, k) => {
          const { n, failures, max, low, high, quantiles } = lipschitz[k]!;
          expect([n, failures]).toEqual([5, 0]);
          for (const value of [max, low, high, quantiles.q50]) expect(value).toBeCloseTo(ratio, 8);
        });
      }
    }
  });

  it('counts where the basis changes, and gives the ratios of the rest apart', async () => {
    // Costs of 1e-9 change their sign with every other direction: x or y then jumps to its upper bound.
    const programs = Array.from({ length: 12 }, (_, i) => boxed(i < 6 ? 1e-9 : 1));
    const { perturbations } = await lipschitzStudy(programs, []);
    const costs = perturbations[2]!;
    expect(costs.changedBasis).toBeGreaterThan(2);
    expect(costs.changedBasis).toBeLessThanOrEqual(6);
    expect(costs.exactInBasis).toMatchObject({ n: 12 - costs.changedBasis, max: 0, mean: 0 });
    // Widths 5 and 1 over 1e-4.
    expect(
      [1e4, 5e4, Math.hypot(1, 5) * 1e4].some((jump) => Math.abs(costs.exact.max! / jump - 1) < 1e-9),
    ).toBe(true);
  });

  it('leaves out, and counts, programs that have no optimum any more', async () => {
    // x ≤ 1 by the row, x ≥ 1 by the bound: half of the changes of either make it infeasible.
    const tight = asMinimization(
      linearProgram({
        name: 'tight',
        sense: 'minimize',
        variables: { x: { cost: 1, lower: 1, upper: 2 } },
        constraints: { row: { terms: { x: 1 }, upper: 1 } },
      }),
    );
    const study = await lipschitzStudy(
      Array.from({ length: 20 }, () => tight),
      [method],
    );
    const { unsolved, exact } = study.perturbations[3]!;
    expect(unsolved).toBeGreaterThan(3);
    expect(exact.n).toBe(20 - unsolved);
    expect(study.methods[0]!.along[0]!.lipschitz[3]!.n).toBe(20 - unsolved);
  });

  it('sees the restarted PDHG arrive at the ratios of the exact map', async () => {
    const programs = await solvable(2);
    const watched = watchPrograms(watchRestarted());
    const evaluations = [0, 4096];
    const study = await lipschitzStudy(programs, [
      { name: 'pdhg', trainingDepth: null, evaluations, solving: watched },
    ]);
    await watched.dispose();
    const { along } = study.methods[0]!;
    expect(along[1]!.residual).toBeLessThan(1e-9);
    study.perturbations.forEach(({ exact }, k) => {
      // PDHG rests at a relative error of 1e-10: up to 1e-3 of the change.
      expect(Math.abs(along[1]!.lipschitz[k]!.max! - exact.max!)).toBeLessThan(0.01 * (1 + exact.max!));
      expect(Math.abs(along[1]!.lipschitz[k]!.mean! - exact.mean!)).toBeLessThan(0.01 * (1 + exact.mean!));
    });
  }, 20_000);

  it('is decided by its seed, and is a document of its schema', async () => {
    const programs = [1, 2].map(boxed);
    const study = await lipschitzStudy(programs, [method], { seed: 1 });
    expect(await lipschitzStudy(programs, [method], { seed: 1 })).toEqual(study);
    expect(parseLipschitzStudy(JSON.parse(JSON.stringify(study)))).toEqual(study);
    expect(() => parseLipschitzStudy({ ...study, extra: 1 })).toThrow(/equilibria.lp-lipschitz\/1[^]*extra/);
  });

  it('turns failures into nulls and counts them', async () => {
    const failing: StudiedMethod = {
      ...method,
      solving: {
        iterate: async (programs, evaluations, context) =>
          (await linear.iterate(programs, evaluations, context)).map((snapshot) => ({
            ...snapshot,
            answers: snapshot.answers.map((answer, i) => (i === 0 ? answer.fill(NaN) : answer)),
          })),
      },
    };
    const study = await lipschitzStudy([1, 2, 3].map(boxed), [failing]);
    expect(study.methods[0]!.along[1]!.lipschitz[3]).toMatchObject({
      n: 2,
      failures: 1,
      max: null,
      mean: null,
      low: null,
    });
    expect(() => parseLipschitzStudy(study)).not.toThrow();
  });

  it('refuses no program, one without an optimum, and a method that does not look where it should', async () => {
    await expect(lipschitzStudy([], [method])).rejects.toThrow('needs at least one program; got none.');
    const infeasible = { ...boxed(1), rowUpper: Float64Array.of(-100) };
    await expect(lipschitzStudy([boxed(1), infeasible], [])).rejects.toThrow(
      'every program must have an optimum; got none of number 1.',
    );
    const short = {
      ...method,
      solving: {
        iterate: async (...given: Parameters<typeof linear.iterate>) =>
          (await linear.iterate(...given)).slice(1),
      },
    };
    await expect(lipschitzStudy([boxed(1)], [short])).rejects.toThrow(
      'linear must give 3 snapshots of 1 answers; got 2 of 1.',
    );
  });

  it('stops at the signal, and says how far it is', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const onProgress = (fraction: number): void => {
      seen.push(fraction);
      if (fraction > 0.5) stop.abort(new Error('enough'));
    };
    const study = lipschitzStudy([boxed(1)], [method], { signal: stop.signal, onProgress });
    await expect(study).rejects.toThrow('enough');
    expect(seen).toEqual([1 / 7, 2 / 7, 3 / 7, 4 / 7]);
  });
});
