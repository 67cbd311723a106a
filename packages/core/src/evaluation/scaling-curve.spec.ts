import { ShapeError } from '@equilibria/compile';
import { fromSeed } from '../random/key.ts';
import { normal } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import type { Metric, Perturbation, Snapshot, Solving } from './domain.ts';
import { scalingCurve, type ScalingOptions } from './scaling-curve.ts';

/** A problem in the plane; its answer is the fixed point `x/(1 − a)` of `G(y, x) = ay + x`. */
type Plane = readonly [number, number];

const A = 0.75;
const growth = (t: number) => (1 - A ** t) / (1 - A);

/** The contraction `G(y, x) = ay + x` from 0, with `y_t = x(1 − aᵗ)/(1 − a)` and so `L_t = (1 − aᵗ)/(1 − a)` for every pair. */
const linear: Solving<Plane> = {
  iterate: (problems, evaluations) =>
    Promise.resolve(
      evaluations.map((t) => ({
        evaluations: t,
        answers: problems.map((x) => Float64Array.from(x, (value) => growth(t) * value)),
        residuals: Float64Array.from(problems, (x) => A ** t * Math.hypot(...x)),
        contraction: A,
        flops: 4 * t,
        wallTimeMs: t,
      })),
    ),
};

const metric: Metric<Plane> = {
  name: 'distance',
  unit: '1',
  better: 'lower',
  score: (x, answer) => Math.hypot(answer[0]! - x[0] / (1 - A), answer[1]! - x[1] / (1 - A)),
};

const noise: Perturbation<Plane> = {
  name: 'noise',
  ceiling: 1 / (1 - A),
  perturb: ([a, b], key) => {
    const [da, db] = normal(key, 2, { std: 0.01 }).data as unknown as Plane;
    return { problem: [a + da, b + db], size: Math.hypot(da, db) };
  },
};

const problems: Plane[] = [
  [3, 4],
  [0, 1],
  [6, 8],
];

const options: ScalingOptions<Plane> = {
  metric,
  perturbations: [noise],
  points: [0, 1, 2, 4, 8],
  pairs: 10,
  key: fromSeed(0),
};

/** The linear method with one of its snapshots changed. */
const spoilt = (change: (snapshot: Snapshot) => Snapshot): Solving<Plane> => ({
  iterate: async (...args) => (await linear.iterate(...args)).map(change),
});

describe('scalingCurve', () => {
  it('has the closed-form error, Lipschitz constant and residual of a linear contraction', async () => {
    const { scaling, test, failures } = await scalingCurve(linear, problems, options);
    expect(failures).toEqual([]);
    expect(scaling.map(({ evaluations }) => evaluations)).toEqual([0, 1, 2, 4, 8]);
    for (const { evaluations: t, quality, lipschitz, residual, contraction, flops } of scaling) {
      const error = A ** t / (1 - A);
      const { max, mean, low, high, ceiling } = lipschitz[0]!;
      expectClose([quality.mean!, quality.median!], [error * (16 / 3), error * 5], { rtol: 1e-10 });
      expectClose([max!, mean!, low!, high!], Array(4).fill(growth(t)), { rtol: 1e-10 });
      expectClose(residual!, (A ** t * 16) / 3, { rtol: 1e-10 });
      expect({ contraction, flops, ceiling }).toEqual({ contraction: A, flops: 4 * t, ceiling: 4 });
      expect(quality.low!).toBeLessThan(quality.mean!);
      expect(quality.high!).toBeGreaterThan(quality.mean!);
    }
    expect(test).toMatchObject({ n: 3, failures: 0 });
    expect(test.mean).toBe(scaling.at(-1)!.quality.mean);
  });

  it('takes the maximum over all pairs and the mean with an interval around it', async () => {
    const square: Solving<Plane> = {
      iterate: (of) =>
        Promise.resolve([
          {
            evaluations: 1,
            answers: of.map(([a]) => Float64Array.of(a * a)),
            residuals: null,
            wallTimeMs: 0,
          },
        ]),
    };
    const right: Perturbation<Plane> = {
      name: 'right',
      perturb: ([a, b]) => ({ problem: [a + 1, b], size: 1 }),
    };
    const { scaling } = await scalingCurve(square, problems, {
      ...options,
      perturbations: [right],
      pairs: 6,
    });
    // (a + 1)² − a² = 2a + 1 for a = 3, 0, 6, each twice.
    const { max, mean, low, high } = scaling[0]!.lipschitz[0]!;
    expect([max, mean]).toEqual([13, 7]);
    // One problem in three: a resample of it alone comes up once in 27 times, more often than the 2.5 % that are cut off.
    expect([low, high]).toEqual([1, 13]);
    expect(scaling[0]!.residual).toBeNull();
    expect(scaling[0]!.lipschitz[0]).not.toHaveProperty('ceiling');
  });

  it('is not made surer by more pairs of the same problems', async () => {
    const square = spoilt((snapshot) => ({
      ...snapshot,
      answers: snapshot.answers.map((y) => y.map((v) => v * v)),
    }));
    const right: Perturbation<Plane> = {
      name: 'right',
      perturb: ([a, b]) => ({ problem: [a + 1, b], size: 1 }),
    };
    const many: Plane[] = Array.from({ length: 8 }, (_, i) => [i, 1]);
    const intervalOf = async (pairs: number) => {
      const curve = await scalingCurve(square, many, { ...options, perturbations: [right], pairs });
      const { low, high } = curve.scaling.at(-1)!.lipschitz[0]!;
      return [low!, high!] as const;
    };
    const [once, often] = [await intervalOf(8), await intervalOf(800)];
    expect(often[1] - often[0]).toBeCloseTo(once[1] - once[0], 6);
  });

  it('compares the answers of a method that draws noise under the same noise', async () => {
    const noisy: Solving<Plane> = {
      iterate: (of, _points, { key }) => {
        const drawn = normal(key, [of.length, 1]).data;
        const answers = of.map(([a], i) => Float64Array.of(a + drawn[i]!));
        return Promise.resolve([{ evaluations: 1, answers, residuals: null, wallTimeMs: 0 }]);
      },
    };
    const right: Perturbation<Plane> = {
      name: 'right',
      perturb: ([a, b]) => ({ problem: [a + 1e-3, b], size: 1e-3 }),
    };
    const { scaling } = await scalingCurve(noisy, problems, { ...options, perturbations: [right], pairs: 8 });
    expect(scaling[0]!.lipschitz[0]!.max).toBeCloseTo(1, 6);
  });

  it('gives null, and no document that cannot be written, where numbers overflow', async () => {
    const huge: Solving<Plane> = {
      iterate: (of) =>
        Promise.resolve([
          {
            evaluations: 1,
            answers: of.map((_, i) => Float64Array.of((i + 1) * 1e160)),
            residuals: null,
            wallTimeMs: 0,
          },
        ]),
    };
    const { scaling, test, failures } = await scalingCurve(huge, problems, {
      ...options,
      metric: { ...metric, score: (_, answer) => answer[0]! },
      perturbations: [],
    });
    expect(failures).toEqual([]);
    expect(test.std).toBeNull();
    expect(test.mean).toBeCloseTo(2e160, -150);
    expect(JSON.stringify(scaling)).not.toContain('Infinity');
  });

  it("puts the method's own ceiling before the perturbation's", async () => {
    const ceiling = (name: string, t: number) => (name === 'noise' && t < 4 ? t : undefined);
    const { scaling } = await scalingCurve(linear, problems, { ...options, ceiling });
    expect(scaling.map(({ lipschitz }) => lipschitz[0]!.ceiling)).toEqual([0, 1, 2, 4, 4]);
  });

  it('counts failures, gives no mean over them and ranks them last', async () => {
    const broken = spoilt((snapshot) =>
      snapshot.evaluations === 8
        ? { ...snapshot, answers: snapshot.answers.map((y, i) => (i === 1 ? Float64Array.of(NaN, 0) : y)) }
        : snapshot,
    );
    const { scaling, test, failures } = await scalingCurve(broken, problems, { ...options, pairs: 3 });
    expect(failures).toEqual([
      { evaluations: 8, perturbation: null, count: 1 },
      { evaluations: 8, perturbation: 'noise', count: 1 },
    ]);
    const last = scaling.at(-1)!;
    const error = A ** 8 / (1 - A);
    expect(last.quality).toEqual({
      mean: null,
      median: expect.closeTo(10 * error, 10),
      low: null,
      high: null,
    });
    expect(last.lipschitz[0]).toMatchObject({ max: null, mean: null, low: null, high: null });
    expect(test).toMatchObject({ mean: expect.closeTo(7.5 * error, 10), n: 2, failures: 1 });
    expect(scaling[3]!.quality.mean).not.toBeNull();
  });

  it('repeats itself for a key and draws other pairs for another', async () => {
    const curved = spoilt((snapshot) => ({
      ...snapshot,
      answers: snapshot.answers.map((y) => y.map((v) => v * v)),
    }));
    const curve = (seed: number) => scalingCurve(curved, problems, { ...options, key: fromSeed(seed) });
    expect(await curve(1)).toEqual(await curve(1));
    expect((await curve(1)).scaling[4]!.lipschitz).not.toEqual((await curve(2)).scaling[4]!.lipschitz);
  });

  it('reports its passes and stops between them', async () => {
    const seen: number[] = [];
    await scalingCurve(linear, problems, {
      ...options,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    // One pass for the quality, and 10 pairs of 3 problems in four.
    expect(seen).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(
      scalingCurve(linear, problems, { ...options, signal: stop.signal, onProgress }),
    ).rejects.toThrow('enough');
  });

  it('refuses nothing to measure and perturbations without a size', async () => {
    await expect(scalingCurve(linear, [], options)).rejects.toThrow(
      'needs at least one problem and one point.',
    );
    await expect(scalingCurve(linear, problems, { ...options, points: [] })).rejects.toThrow(RangeError);
    await expect(scalingCurve(linear, problems, { ...options, pairs: 0 })).rejects.toThrow(
      'scalingCurve: pairs must be an integer >= 1; got 0.',
    );
    await expect(scalingCurve(linear, problems, { ...options, points: [4, 2] })).rejects.toThrow(
      'scalingCurve: points must be increasing integers >= 0; got [4, 2].',
    );
    const still = { ...noise, perturb: (problem: Plane) => ({ problem, size: 0 }) };
    await expect(scalingCurve(linear, problems, { ...options, perturbations: [still] })).rejects.toThrow(
      "scalingCurve: perturbation 'noise' must have a positive, finite size; got 0.",
    );
  });

  it('refuses snapshots other than asked for', async () => {
    const late = spoilt((snapshot) => ({ ...snapshot, evaluations: snapshot.evaluations + 1 }));
    await expect(scalingCurve(late, problems, options)).rejects.toThrow(
      'iterate must give a snapshot for each of [0, 1, 2, 4, 8] or a single one; got [1, 2, 3, 5, 9].',
    );
    const short = spoilt((snapshot) => ({ ...snapshot, answers: snapshot.answers.slice(1) }));
    await expect(scalingCurve(short, problems, options)).rejects.toThrow(ShapeError);
  });
});
