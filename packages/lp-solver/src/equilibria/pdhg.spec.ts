import { compile } from '@equilibria/compile';
import { fold, fromSeed, normal } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { verify } from '../evaluation/verify.ts';
import type { Minimization } from '../problem.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { dot, norm } from '../problem/sparse-matrix.ts';
import { parseLp } from '../reading/read-linear-program.ts';
import { pdhg } from './pdhg.ts';
import { kktTensors, pdhgStep, type PrimalDual, type ProgramTensors, retuneWeight } from './pdhg-operator.ts';
import { watchPicard, watchRestarted } from './pdhg-trajectory.ts';
import { prepareProgram, specsOfProgram } from './prepared-program.ts';

const limits = { tolerance: 1e-7, maxEvaluations: 2e5, timeLimitMs: Infinity };
const diet = asMinimization(shippedLinearPrograms[0]!.lp);
const random = randomLinearProgram(fold(fromSeed(0), 5), {
  rows: 8,
  columns: 12,
  nonzeros: 40,
}) as Minimization;

beforeAll(() => {
  tf.env().set('PROD', true);
});

describe('pdhg', () => {
  it.each(shippedLinearPrograms.map((known) => [known.lp.name, known] as const))(
    'gives %s its outcome',
    async (_name, { lp, status, objective }) => {
      const answer = verify(lp, await pdhg.solve(asMinimization(lp), limits), {
        tolerance: limits.tolerance,
      });
      expect(answer.status).toBe(status);
      const error = Math.abs((answer.objective ?? 0) - (objective ?? 0));
      expect(error).toBeLessThan(1e-5 * Math.max(1, Math.abs(objective ?? 0)));
    },
  );

  it('says that the budget ended it, and keeps to it', async () => {
    const claim = await pdhg.solve(diet, { ...limits, tolerance: 1e-12, maxEvaluations: 100 });
    expect(claim.claim).toBe('iteration-limit');
    expect(claim.evaluations).toBeLessThanOrEqual(100);
    expect(claim.x).toHaveLength(3);
  });

  it('says that time ended it', async () => {
    const claim = await pdhg.solve(diet, {
      ...limits,
      tolerance: 1e-300,
      maxEvaluations: Infinity,
      timeLimitMs: 50,
    });
    expect(claim.claim).toBe('time-limit');
  });

  it('reports its evaluations while it runs, when there is a limit to watch', async () => {
    const seen: number[] = [];
    const onProgress = ({ evaluations }: { evaluations: number }): void => void seen.push(evaluations);
    const { evaluations } = await pdhg.solve(diet, { ...limits, timeLimitMs: 60_000, onProgress });
    expect(seen.at(-1)).toBe(evaluations! - 1);
  });

  it('has no point to show where not even one epoch fits', async () => {
    const claim = await pdhg.solve(diet, { ...limits, maxEvaluations: 10 });
    expect(claim).toMatchObject({ claim: 'iteration-limit', evaluations: 0 });
    expect(claim.message).toContain('epochs of 43 evaluations; 10 are too few, 44 let one run');
    expect(claim.x).toBeUndefined();
  });

  it.each([
    ['whose iterates run away', 'Maximize\n obj: x\nSubject To\n c: x - y = 1\nEnd\n', 'unbounded'],
    [
      'with a free column',
      'Minimize\n o: x1 - x2\nSubject To\n r: 2 x0 - 3 x2 = 1\nBounds\n -2 <= x1 <= 1\n x2 free\nEnd\n',
      'unbounded',
    ],
    [
      'that falls for ever, but has no point',
      'Minimize\n obj: - x\nSubject To\n c: y + 0 x >= 1\n d: y <= 0\nEnd\n',
      'infeasible',
    ],
    [
      'with a certificate that rounding undoes at first',
      `Minimize
 obj: 0 x0 + x1 + 0 x2 + x3 - 2 x4 + 2 x5 - 2
Subject To
 r0: 0 x0 <= -2
 r1: x1 + x5 >= 7
 r2: - 4 x0 + 2 x1 - x2 - 4 x5 = 9
 r3: - 2 x0 - 2 x1 + 2 x2 + 2 x3 + 4 x4 >= -5
 r4: 4 x4 - x5 = -3
Bounds
 1 <= x2 <= 4
 x3 free
 x5 free
End
`,
      'infeasible',
    ],
  ])('decides a program %s', async (_name, text, status) => {
    const lp = await parseLp(text);
    const claim = await pdhg.solve(asMinimization(lp), { ...limits, maxEvaluations: 20_000 });
    expect(verify(lp, claim).status).toBe(status);
  });

  it('does not call a program infeasible whose only points are far away, but goes on', async () => {
    const lp = asMinimization(
      await parseLp('Minimize\n o: x\nSubject To\n a: x - y <= 0\n b: x - 0.999999999 y >= 1\nEnd\n'),
    );
    const claim = await pdhg.solve(lp, { ...limits, maxEvaluations: 5000 });
    expect(claim.claim).toBe('iteration-limit');
    expect(claim.evaluations).toBeGreaterThan(4900);
  });

  it('solves a program without constraints', async () => {
    const free = {
      ...diet,
      matrix: {
        ...diet.matrix,
        rows: 0,
        starts: Int32Array.of(0),
        indices: new Int32Array(),
        values: new Float64Array(),
      },
      rowLower: new Float64Array(),
      rowUpper: new Float64Array(),
      rowNames: [],
    };
    const answer = verify(free, await pdhg.solve(free, limits));
    expect([answer.status, answer.objective]).toEqual(['optimal', 0]);
  });
});

describe('retuneWeight', () => {
  const retuned = (x: number, y: number, { primal = 1, dual = 1 } = {}): number =>
    tf.tidy(() => {
      const moved = { x: tf.tensor2d([[x]]), y: tf.tensor2d([[y]]) };
      const errors = { primal: tf.tensor1d([primal]), dual: tf.tensor1d([dual]), gap: tf.tensor1d([1]) };
      const { weight } = retuneWeight({ weight: tf.tensor1d([3]) }, moved, errors, {
        initialWeight: tf.tensor1d([2]),
      });
      return weight.dataSync()[0]!;
    });
  it('is the balance of the movements, leaning towards the larger error', () => {
    expect(retuned(2, 10)).toBeCloseTo(5, 5);
    expect(retuned(2, 10, { primal: 100 })).toBeCloseTo(5 * Math.exp(0.2 * Math.log(100)), 4);
    expect(retuned(2, 10, { dual: 1e9 })).toBeCloseTo(5 * Math.exp(-1), 5);
  });
  it('keeps the weight where one side does not move, and within 1e5 of its start', () => {
    expect(retuned(0, 10)).toBeCloseTo(3, 5);
    expect(retuned(1e-6, 1e6)).toBeCloseTo(2e5, -1);
    expect(retuned(1e6, 1e-6) * 1e5).toBeCloseTo(2, 5);
  });
});

describe('the PDHG map', () => {
  const prepared = prepareProgram(random);
  const specs = specsOfProgram(prepared);
  const pair = (seed: number): PrimalDual => {
    const draw = (length: number, name: string) => ({
      data: normal(fold(fromSeed(seed), name), length).data,
      shape: [1, length],
    });
    return { x: draw(12, 'x'), y: draw(8, 'y') } as unknown as PrimalDual;
  };
  const compiledStep = compile(
    (z: unknown, program: unknown) => {
      const p = program as ProgramTensors;
      return pdhgStep(z as PrimalDual, { weight: p.initialWeight }, prepared.plans, p);
    },
    [specs.start, specs.program],
    { precision: 'float64' },
  );

  describe('in the plane of the largest singular pair, no bound being in the way', () => {
    const rows = 8;
    const columns = 12;
    const weight = prepared.program.initialWeight.data[0]!;
    const A = prepared.program.forward.data as Float64Array;
    const times = (x: Float64Array): Float64Array =>
      Float64Array.from({ length: rows }, (_, i) => x.reduce((sum, v, j) => sum + A[j * rows + i]! * v, 0));
    const timesTransposed = (y: Float64Array): Float64Array =>
      Float64Array.from({ length: columns }, (_, j) =>
        y.reduce((sum, v, i) => sum + A[j * rows + i]! * v, 0),
      );
    const unit = (v: Float64Array): Float64Array => v.map((value) => value / norm(v));
    let u = unit(new Float64Array(columns).fill(1));
    for (let k = 0; k < 2000; k++) u = unit(timesTransposed(times(u)));
    const singular = norm(times(u));
    const v = unit(times(u));

    /** How the squared norm of a difference changes in one step, over differences in all directions of the plane. */
    const changes = async (step: number, cross: 1 | -1): Promise<readonly number[]> => {
      const eta = step / singular;
      const free = (length: number, value: number) => ({
        data: new Float64Array(length).fill(value),
        shape: [1, length],
      });
      const program = {
        ...prepared.program,
        step: { data: Float64Array.of(eta), shape: [1] },
        lower: free(columns, -Infinity),
        upper: free(columns, Infinity),
        rowLower: prepared.program.rowUpper,
      };
      const square = (dx: Float64Array, dy: Float64Array): number =>
        weight * dot(dx, dx) + dot(dy, dy) / weight + cross * 2 * eta * dot(dy, times(dx));
      const run = async (x: Float64Array, y: Float64Array) => {
        const z = { x: { data: x, shape: [1, columns] }, y: { data: y, shape: [1, rows] } };
        const image = await (await compiledStep).run(z, program);
        return image as unknown as { x: { data: Float64Array }; y: { data: Float64Array } };
      };
      const origin = await run(new Float64Array(columns), new Float64Array(rows));
      const angles = Array.from({ length: 32 }, (_, k) => (Math.PI * k) / 32);
      return Promise.all(
        angles.map(async (angle) => {
          const dx = u.map((value) => (value * Math.cos(angle)) / Math.sqrt(weight));
          const dy = v.map((value) => value * Math.sin(angle) * Math.sqrt(weight));
          const image = await run(dx, dy);
          const moved = [
            image.x.data.map((value, j) => value - origin.x.data[j]!),
            image.y.data.map((value, i) => value - origin.y.data[i]!),
          ] as const;
          return square(...moved) - square(dx, dy);
        }),
      );
    };

    it('does not expand in its norm', async () => {
      expect(Math.max(...(await changes(0.998, 1)))).toBeLessThanOrEqual(1e-12);
    });
    it('expands where the step is too long, and in a norm with the other cross term', async () => {
      expect(Math.max(...(await changes(1.1, 1)))).toBeGreaterThan(1e-3);
      expect(Math.max(...(await changes(0.998, -1)))).toBeGreaterThan(1e-3);
    });
  });

  it('has the optimum as a fixed point', async () => {
    const lp = asMinimization(shippedLinearPrograms[1]!.lp);
    const sights = await watchRestarted().watch(lp, [40_000]);
    expect(sights[0]!.residual).toBeLessThan(1e-7);
  });

  it('computes the errors that are recomputed of an answer', async () => {
    // Columns with two, one and no finite bound: without bounds there are reduced costs that nothing prices.
    const mixed: Minimization = {
      ...random,
      lower: random.lower.map((value, j) => (j % 3 === 0 ? -Infinity : value)),
      upper: random.upper.map((value, j) => (j % 3 === 2 ? value : Infinity)),
    };
    const own = prepareProgram(mixed);
    const compiled = await compile(
      (z: unknown, program: unknown) => kktTensors(z as PrimalDual, own.plans, program as ProgramTensors),
      [specs.start, specs.program],
      { precision: 'float64' },
    );
    // An image of the map prices finite sides only and keeps to the bounds, like every point the method returns.
    const z = await (await compiledStep).run(pair(3), own.program);
    const traced = await compiled.run(z, own.program);
    const { x, y } = own.toOriginal(z);
    const { primalResidual, dualResidual, gap } = kktErrors(mixed, x, y);
    expect(dualResidual).toBeGreaterThan(1e-3);
    expect(traced.primal.data[0]).toBeCloseTo(primalResidual, 12);
    expect(traced.dual.data[0]).toBeCloseTo(dualResidual, 12);
    expect(traced.gap.data[0]).toBeCloseTo(gap, 12);
  });
});

describe('a watcher', () => {
  it('sees after t evaluations what t single evaluations give', async () => {
    const picard = watchPicard();
    const whole = await picard.watch(random, [0, 1, 2, 7]);
    const single = await picard.watch(random, [7]);
    expect(single[0]!.x).toEqual(whole[3]!.x);
    expect(whole[0]!.x).toEqual(prepareProgram(random).toOriginal(prepareProgram(random).start).x);
    await picard.dispose();
  });

  it('does not begin an epoch that does not fit any more', async () => {
    const restarted = watchRestarted();
    const [start, before, after] = await restarted.watch(random, [0, 42, 43]);
    expect(before!.x).toEqual(start!.x);
    expect(after!.x).not.toEqual(start!.x);
    await restarted.dispose();
  });
});
