import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { anderson } from './anderson.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

const key = fromSeed(0);
const tight = residualBelow<Vector>({ absolute: 1e-4, relative: 0 });

/** `z ← zW + b` on `[batch, n]` with `‖W‖_F = size`. */
function linear(n: number, size: number, seed: string): (z: Vector) => Vector {
  const raw = toTensor(normal(fold(key, `${seed} W`), [n, n]));
  const W = tf.mul(raw, tf.div(size, tf.norm(raw)));
  const b = toTensor(normal(fold(key, `${seed} b`), [1, n]));
  return (z) => tf.add(tf.matMul(z, W), b);
}

describe('anderson', () => {
  it('takes the secant step in one dimension', async () => {
    // F_0 = 1 at 0, F_1 = 0.9 at 1: the secant meets 0 at z = 10.
    const f = (z: Vector) => tf.add(tf.mul(z, 0.9), 1);
    const result = await solve(f, tf.zeros([1, 1]), anderson(), { maxSteps: 2 });
    expectClose(result.value, [10], { rtol: 1e-5 });
  });

  it.each([1, 2, 3, 4])(
    'ends on linear problems of dimension %i after that many and two steps',
    async (n) => {
      const f = linear(n, 0.9, `linear ${n}`);
      const result = await solve(f, tf.zeros([1, n]), anderson({ memory: n }), { stop: tight, maxSteps: 50 });
      expect(result.status).toEqual(['converged']);
      expect(result.steps[0]).toBeLessThanOrEqual(n + 2);
      expect(Math.max(...result.residuals.at(-2)!)).toBeGreaterThan(1e-4);
    },
  );

  it('solves maps that are no contraction', async () => {
    // The eigenvalues −3 and 2 make Picard diverge; the fixed point of z ← −3z + 4 is 1, of z ← 2z − 5 it is 5.
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[-3, 2]])), tf.tensor([[4, -5]]));
    const z0 = tf.zeros([1, 2]);
    const result = await solve(f, z0, anderson(), { stop: tight, maxSteps: 20 });
    expect(result.status).toEqual(['converged']);
    expectClose(result.value, [1, 5], { rtol: 1e-4 });
    expect((await solve(f, z0, picard(), { stop: tight, maxSteps: 100 })).status).toEqual(['diverged']);
  });

  it('needs less than half the evaluations of Picard where the contraction is slow', async () => {
    const rates = tf.linspace(-0.5, 0.98, 16);
    const b = toTensor(normal(fold(key, 'slow b'), [4, 16], { std: 0.01 }));
    const f = (z: Vector) => tf.add(tf.tanh(tf.mul(z, rates)), b);
    const z0 = tf.zeros([4, 16]);
    const options = { stop: tight, maxSteps: 300 };
    const [fast, plain] = [await solve(f, z0, anderson(), options), await solve(f, z0, picard(), options)];
    expect([...fast.status, ...plain.status]).toEqual(Array.from({ length: 8 }, () => 'converged'));
    // A residual of 1e-4 at a contraction of 0.98 leaves an error of at most 1e-4/0.02 in each.
    expectClose(fast.value, plain.value, { atol: 1e-2 });
    expect(2 * Math.max(...fast.evaluations)).toBeLessThan(Math.min(...plain.evaluations));
  });

  it('gives each sample of a batch what it gives it alone', async () => {
    const f = linear(3, 0.9, 'batch');
    const z0 = toTensor(normal(fold(key, 'batch z0'), [3, 3]));
    const together = await solve(f, z0, anderson(), { maxSteps: 4 });
    for (const i of [0, 1, 2]) {
      const alone = await solve(f, tf.slice(z0, [i, 0], [1, 3]), anderson(), { maxSteps: 4 });
      expectClose(tf.slice(together.value, [i, 0], [1, 3]), alone.value, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  it('damps along the combined residual', async () => {
    // z_0 = 0, z_1 = β; with the secant exact, F − γΔF = 0 and damping changes nothing at the second step.
    const f = (z: Vector) => tf.add(tf.mul(z, 0.5), 1);
    const first = await solve(f, tf.zeros([1, 1]), anderson({ damping: 0.25 }), { maxSteps: 1 });
    expectClose(first.value, [0.25]);
    const second = await solve(f, tf.zeros([1, 1]), anderson({ damping: 0.25 }), { maxSteps: 2 });
    expectClose(second.value, [2], { rtol: 1e-5 });
    // In two dimensions one difference leaves a residual, of which the damped step takes the β-th part.
    const g = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[0.5, -0.5]])), tf.tensor([[1, 1]]));
    const beta = 0.5;
    const third = await solve(g, tf.zeros([1, 2]), anderson({ damping: beta, memory: 1 }), { maxSteps: 2 });
    expectClose(third.value, secondStep(beta), { rtol: 1e-5 });
  });

  it('regularises a singular system and goes on', async () => {
    // One dimension with a memory of five: all directions are ±1.
    const f = (z: Vector) => tf.tanh(tf.add(tf.mul(z, 0.9), 0.1));
    const result = await solve(f, tf.zeros([1, 1]), anderson(), { stop: tight, maxSteps: 30 });
    expect(result.status).toEqual(['converged']);
    expect(result.fallbacks.flat()).not.toContain(true);
  });

  it('falls back to Picard steps where no ridge is left to help, for that sample only, and says so', async () => {
    // A ridge of 1e-30 is none in float32. Sample 0 has collinear differences, sample 1 has not (it lives in R³).
    const rates = tf.tensor([
      [0.9, 0, 0],
      [0.9, 0.5, -0.7],
    ]);
    const shift = tf.tensor([
      [1, 0, 0],
      [1, 1, 1],
    ]);
    const f = (z: Vector) => tf.add(tf.mul(tf.tanh(z), rates), shift);
    const options = { stop: tight, maxSteps: 4 };
    const result = await solve(f, tf.zeros([2, 3]), anderson({ memory: 3, regularization: 1e-30 }), options);
    expect(result.fallbacks.map((row) => row[1])).toEqual([false, false, false, false]);
    expect(result.fallbacks.map((row) => row[0])).toContain(true);
    expect(result.residual[0]).toBeLessThan(1);
  });

  it('falls back where weights are too large to trust', async () => {
    // The secant through F_0 = 1 and F_1 = 1 − 1e-3 asks for a weight of −999.
    const f = (z: Vector) => tf.add(tf.mul(z, 0.999), 1);
    const run = (maxWeight: number) => solve(f, tf.zeros([1, 1]), anderson({ maxWeight }), { maxSteps: 2 });
    const bold = await run(1e4);
    expectClose(bold.value, [1000], { rtol: 1e-3 });
    expect(bold.fallbacks).toEqual([[false], [false]]);
    const shy = await run(100);
    expectClose(shy.value, [1.999]);
    expect(shy.fallbacks).toEqual([[false], [true]]);
    // A fallback is damped like any step: from z_1 = 1/2 by half of F_1 = 1 − 5e-4.
    const damped = anderson<Vector>({ maxWeight: 100, damping: 0.5 });
    expectClose((await solve(f, tf.zeros([1, 1]), damped, { maxSteps: 2 })).value, [0.99975]);
  });

  it('takes Picard steps where the differences vanish', async () => {
    const result = await solve((z: Vector) => tf.add(z, 1), tf.zeros([1, 1]), anderson(), { maxSteps: 5 });
    expectClose(result.value, [5]);
    expectClose(result.residual, [1]);
  });

  describe('with restarts', () => {
    const exact = residualBelow<Vector>({ absolute: 0, relative: 0 });
    /** Every point from z0 on. */
    const points = async (
      f: (z: Vector) => Vector,
      z0: Vector,
      solver: ReturnType<typeof anderson<Vector>>,
    ) => {
      const all: number[][] = [];
      for (const maxSteps of [1, 2, 3, 4, 5]) {
        const { value } = await solve(f, z0, solver, { stop: exact, maxSteps });
        all.push(Array.from(value.dataSync()));
      }
      return all;
    };

    it('forgets a full history but for the newest difference', async () => {
      const f = linear(6, 3, 'full'); // far from solved after five steps
      const z0 = toTensor(normal(fold(key, 'full z0'), [1, 6]));
      const restarted = await points(f, z0, anderson({ memory: 3, restart: { whenFull: true } }));
      const plain = await points(f, z0, anderson({ memory: 3 }));
      // Three differences are held at step 4; the fifth step has the newest alone.
      restarted.slice(0, 4).forEach((z, k) => expectClose(z, plain[k]!, { rtol: 0, atol: 0 }));
      const start = tf.tensor2d([restarted[2]!]);
      const [F3, F4] = [3, 4].map((k) => {
        const z = tf.tensor2d([restarted[k - 1]!]);
        return Array.from(tf.sub(f(z), z).dataSync());
      });
      const dF = F4!.map((value, i) => value - F3![i]!);
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      const gamma = dot(F4!, dF) / dot(dF, dF);
      const G = (z: number[]) => Array.from(f(tf.tensor2d([z])).dataSync());
      const [G3, G4] = [Array.from(f(start).dataSync()), G(restarted[3]!)];
      expectClose(
        restarted[4]!,
        G4.map((value, i) => value - gamma * (value - G3[i]!)),
        { rtol: 1e-4, atol: 1e-5 },
      );
      expect(Math.abs(restarted[4]![0]! - plain[4]![0]!)).toBeGreaterThan(1e-2);
    });

    it('takes a damped Picard step where the residual grew, for that sample only, and says so', async () => {
      // Row 0 leaps where z passes 1: |F| grows from 0.8 to 9. Row 1 contracts.
      const leap = (z: Vector) => tf.where(tf.greater(z, 1), tf.add(z, 9), tf.add(tf.mul(z, 0.8), 0.8));
      const f = (z: Vector) => {
        const [odd, even] = tf.split(z, 2);
        return tf.concat([leap(odd!), tf.add(tf.mul(even!, 0.5), 1)]);
      };
      const z0 = tf.zeros([2, 1]);
      const options = { stop: residualBelow<Vector>({ absolute: 1e-4, relative: 0 }), maxSteps: 3 };
      const solver = anderson<Vector>({ damping: 0.5, restart: { growth: 3 } });
      const result = await solve(f, z0, solver, options);
      // z: 0, 0.4, then the secant of F = 0.8 − 0.2z meets 0 at 4, where F = 9: by half of that to 8.5.
      expectClose([result.value.dataSync()[0]!], [8.5], { rtol: 1e-4 });
      expect(result.fallbacks).toEqual([
        [false, false],
        [false, false],
        [true, false],
      ]);
      const patient = anderson<Vector>({ damping: 0.5, restart: { growth: 20 } });
      const bold = await solve(f, z0, patient, options);
      expect(bold.fallbacks.flat()).not.toContain(true);
      expect(bold.value.dataSync()[1]).toBe(result.value.dataSync()[1]);
    });

    it('measures growth from the last restart', async () => {
      // Each step is Picard's, for no weight is trusted, and triples the residual: growth beyond 5 is seen at every second.
      const f = (z: Vector) => tf.where(tf.less(z, 1e9), tf.mul(z, 3), z);
      const solver = anderson<Vector>({ maxWeight: 1e-3, restart: { growth: 5 } });
      const { value } = await solve(f, tf.ones([1, 1]), solver, { stop: exact, maxSteps: 4 });
      expectClose(value, [81]);
      const state = solver.step(f, tf.fill([1, 1], 9), {
        ...solver.init(tf.ones([1, 1])),
        least: tf.fill([1, 1], 2),
      }).state;
      // |F| = 18 > 5·2: a restart, whose own residual is the new least.
      expectClose(state.least!, [18]);
      expectClose(solver.step(f, tf.fill([1, 1], 27), state).state.least!, [18]);
    });

    it('counts from a restart after growth, too', () => {
      const solver = anderson<Vector>({ memory: 3, restart: { growth: 2, whenFull: true } });
      const f = (z: Vector) => tf.add(z, 10);
      const step = (least: number) => {
        const state = {
          ...solver.init(tf.zeros([1, 1])),
          held: tf.fill([1], 2, 'int32'),
          least: tf.fill([1, 1], least),
        };
        return solver.step(f, tf.zeros([1, 1]), { ...state, hasStepped: tf.fill([1], 1, 'bool') }).state;
      };
      expect(step(6).held!.dataSync()[0]).toBe(3);
      expect(step(4).held!.dataSync()[0]).toBe(0);
    });

    it('forgets what was not finite', async () => {
      const solver = anderson<Vector>({ memory: 2, restart: { growth: 2 } });
      const f = (z: Vector) => tf.add(z, 10);
      const broken = {
        ...solver.init(tf.zeros([1, 1])),
        directions: tf.fill([1, 2, 1], NaN),
        deltaG: tf.fill([1, 2, 1], NaN),
        least: tf.ones([1, 1]),
      };
      const { value, state } = solver.step(f, tf.zeros([1, 1]), broken);
      expectClose(value, [10]);
      expectClose(state.deltaG, [0, 0]);
    });
  });

  it('keeps a NaN in its sample', async () => {
    const f = (z: Vector) => tf.sqrt(tf.add(tf.mul(z, 0.5), 1));
    const z0 = tf.tensor([[-3], [0], [5]]);
    const clean = await solve(f, tf.tensor([[1], [0], [5]]), anderson(), { maxSteps: 30 });
    const result = await solve(f, z0, anderson(), { maxSteps: 30 });
    expect(result.status).toEqual(['non-finite', 'converged', 'converged']);
    expect(result.value.dataSync().slice(1)).toEqual(clean.value.dataSync().slice(1));
  });

  it('leaves no tensor behind', async () => {
    const f = (z: Vector) => tf.tanh(z);
    const z0 = tf.ones([2, 3]);
    await expectNoLeak(async () => {
      const { value, image } = await solve(f, z0, anderson({ damping: 0.5 }), { maxSteps: 8 });
      return { value, image };
    });
  });

  it.each([
    [{ memory: 0 }, 'anderson: memory must be an integer in 1..8; got 0.'],
    [{ memory: 9 }, 'anderson: memory must be an integer in 1..8; got 9.'],
    [{ regularization: 0 }, 'anderson: regularization must be in (0, 1); got 0.'],
    [{ damping: 0 }, 'anderson: damping must be in (0, 1]; got 0.'],
    [{ maxWeight: NaN }, 'anderson: maxWeight must be > 0; got NaN.'],
    [{ restart: { growth: 0.5 } }, 'anderson: restart.growth must be >= 1; got 0.5.'],
  ])('refuses %j', (options, message) => {
    expect(() => anderson(options)).toThrow(message);
  });
});

/** The second iterate of `z ← (z_1/2 + 1, −z_2/2 + 1)` from 0 with one difference, by hand. */
function secondStep(beta: number): number[] {
  const rates = [0.5, -0.5];
  const F0 = [1, 1];
  const z1 = F0.map((F) => beta * F);
  const G1 = z1.map((z, i) => rates[i]! * z + 1);
  const F1 = G1.map((G, i) => G - z1[i]!);
  const dF = F1.map((F, i) => F - F0[i]!);
  const dG = G1.map((G) => G - 1);
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const gamma = dot(F1, dF) / dot(dF, dF);
  return G1.map((G, i) => G - gamma * dG[i]! - (1 - beta) * (F1[i]! - gamma * dF[i]!));
}
