import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { broyden } from './broyden.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

const key = fromSeed(0);
const tight = residualBelow<Vector>({ absolute: 1e-4, relative: 0 });

/** `z ← zW + b` on `[batch, n]` with `‖W‖_F = size`. */
function linear(n: number, size: number): (z: Vector) => Vector {
  const raw = toTensor(normal(fold(key, `W ${n}`), [n, n]));
  const W = tf.mul(raw, tf.div(size, tf.norm(raw)));
  const b = toTensor(normal(fold(key, `b ${n}`), [1, n]));
  return (z) => tf.add(tf.matMul(z, W), b);
}

describe('broyden', () => {
  it('takes the secant step in one dimension', async () => {
    // F_0 = 1 at 0, F_1 = 0.9 at 1: the secant meets 0 at z = 10.
    const f = (z: Vector) => tf.add(tf.mul(z, 0.9), 1);
    const result = await solve(f, tf.zeros([1, 1]), broyden(), { maxSteps: 2 });
    expectClose(result.value, [10], { rtol: 1e-5 });
    expect(result.fallbacks).toEqual([[false], [false]]);
  });

  it('makes the first two steps of the method, by hand', async () => {
    // f(z) = (z_1/2 + 1, −z_2/2 + 1) from 0: F_0 = s = (1, 1), F_1 = (1/2, −1/2), y = (−1/2, −3/2), By = −y.
    // sᵀBy = 2, u = (s + y)/2 = (1/4, −1/4), v = −s; the step −BF_1 is F_1 + u·(sᵀF_1) = F_1.
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[0.5, -0.5]])), tf.tensor([[1, 1]]));
    const second = await solve(f, tf.zeros([1, 2]), broyden(), { maxSteps: 2 });
    expectClose(second.value, [1.5, 0.5]);
    // With β = 1/2: s = (1/2, 1/2), F_1 = (3/4, 1/4), y = (−1/4, −3/4), By = (1/8, 3/8), sᵀBy = 1/4,
    // u = (3/2, 1/2), v = −s/2; −BF_1 = F_1/2 + u·(sᵀF_1)/2 = (3/8, 1/8) + (3/8, 1/8).
    const damped = await solve(f, tf.zeros([1, 2]), broyden({ damping: 0.5 }), { maxSteps: 2 });
    expectClose(damped.value, [1.25, 0.75]);
  });

  it.each([1, 2, 3, 4])('ends on linear problems of dimension %i after twice as many steps', async (n) => {
    const result = await solve(linear(n, 0.9), tf.zeros([1, n]), broyden({ memory: 2 * n }), {
      stop: tight,
      maxSteps: 2 * n + 1,
    });
    expect(result.status).toEqual(['converged']);
  });

  it('solves maps that are no contraction', async () => {
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[-3, 2]])), tf.tensor([[4, -5]]));
    const options = { stop: tight, maxSteps: 20 };
    const result = await solve(f, tf.zeros([1, 2]), broyden(), options);
    expect(result.status).toEqual(['converged']);
    expectClose(result.value, [1, 5], { rtol: 1e-4 });
    expect((await solve(f, tf.zeros([1, 2]), picard(), { ...options, maxSteps: 100 })).status).toEqual([
      'diverged',
    ]);
  });

  it('forgets all but the newest pair once its memory is full', async () => {
    // With room for one update the step is that of the newest pair alone, whatever came before.
    const f = linear(3, 0.9);
    const z0 = toTensor(normal(fold(key, 'z0'), [1, 3]));
    const options = { stop: residualBelow<Vector>({ absolute: 0, relative: 0 }) };
    const at = async (maxSteps: number) => {
      const { value } = await solve(f, z0, broyden({ memory: 1 }), { ...options, maxSteps });
      return Array.from(value.dataSync());
    };
    const [z2, z3, z4] = [await at(2), await at(3), await at(4)];
    const F = (z: number[]) => {
      const image = f(tf.tensor2d([z])).dataSync();
      return z.map((value, i) => image[i]! - value);
    };
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const minus = (a: number[], b: number[]) => a.map((value, i) => value - b[i]!);
    const s = minus(z3, z2);
    const y = minus(F(z3), F(z2));
    // B = −I: By = −y, u = (s + y)/(−sᵀy), v = −s; the step is F − u·(vᵀF).
    const weight = dot(s, F(z3)) / -dot(s, y);
    const step = F(z3).map((value, i) => value + weight * (s[i]! + y[i]!));
    expectClose(
      z4,
      z3.map((value, i) => value + step[i]!),
      { rtol: 1e-4, atol: 1e-5 },
    );
  });

  it('takes damped Picard steps where the denominator vanishes, for that sample only, and says so', async () => {
    // Row 0 has y = 0 at every step, row 1 none: the first step has no denominator, which is no fallback.
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[1], [0.5]])), 1);
    const options = { stop: tight, maxSteps: 5 };
    const result = await solve(f, tf.zeros([2, 1]), broyden({ damping: 0.5 }), options);
    expect(result.fallbacks.map((row) => row[0])).toEqual(
      [false, true, true, true, true].slice(0, result.fallbacks.length),
    );
    expect(result.fallbacks.map((row) => row[1])).not.toContain(true);
    expectClose(result.value.dataSync()[1]!, [2], { rtol: 1e-3 });
    expectClose(result.residual.slice(0, 1), [1]);
    expectClose([result.value.dataSync()[0]!], [0.5 * result.steps[0]!]);
  });

  it('learns nothing from the start, wherever that is', async () => {
    const f = (z: Vector) => tf.add(tf.mul(z, 0.9), 1);
    const { value } = await solve(f, tf.fill([1, 1], 3), broyden({ damping: 0.5 }), { maxSteps: 1 });
    expectClose(value, [3 + 0.5 * 0.7]);
  });

  it('takes rounding for no denominator, and forgets every update then', () => {
    const solver = broyden<Vector>({ memory: 3 });
    const learnt = {
      ...solver.init(tf.zeros([1, 2])),
      z: tf.tensor2d([[-1, 0]]),
      u: tf.tensor([0, 0.5, 0, 0, 0, 0], [1, 3, 2]),
      v: tf.tensor([0, 0.1, 0, 0, 0, 0], [1, 3, 2]),
      rank: tf.fill([1], 1, 'int32'),
      hasStepped: tf.fill([1], 1, 'bool'),
    };
    // s = (1, 0), y = (y_1, 1), By = (−y_1, −0.95).
    const step = (slope: number) => {
      const f = (z: Vector) => tf.add(z, tf.tensor2d([[slope, 1]]));
      return solver.step(f, tf.zeros([1, 2]), learnt);
    };
    const regular = step(-1e-3);
    expect(solver.fallback!(regular.state).dataSync()[0]).toBe(0);
    expect(regular.state.rank.dataSync()[0]).toBe(2);
    expect(Math.max(...regular.state.v.dataSync().map(Math.abs))).toBeGreaterThan(0);
    const singular = step(-1e-8);
    expect(solver.fallback!(singular.state).dataSync()[0]).toBe(1);
    expectClose(singular.value, [-1e-8, 1]);
    expect(singular.state.rank.dataSync()[0]).toBe(0);
    expectClose(singular.state.u, [0, 0, 0, 0, 0, 0]);
    expectClose(singular.state.v, [0, 0, 0, 0, 0, 0]);
  });

  it('takes a step that is too long to trust for none', async () => {
    const f = (z: Vector) => tf.add(tf.mul(z, 0.999), 1);
    const run = (maxStretch: number) => solve(f, tf.zeros([1, 1]), broyden({ maxStretch }), { maxSteps: 2 });
    expectClose((await run(1e4)).value, [1000], { rtol: 1e-3 });
    const shy = await run(100);
    expectClose(shy.value, [1.999]);
    expect(shy.fallbacks).toEqual([[false], [true]]);
  });

  it('leaves no tensor behind', async () => {
    const z0 = tf.ones([2, 3]);
    await expectNoLeak(async () => {
      const { value, image } = await solve((z: Vector) => tf.tanh(z), z0, broyden(), { maxSteps: 8 });
      return { value, image };
    });
  });

  it.each([
    [{ memory: 0 }, 'broyden: memory must be an integer >= 1; got 0.'],
    [{ damping: 0 }, 'broyden: damping must be in (0, 1]; got 0.'],
    [{ maxStretch: NaN }, 'broyden: maxStretch must be > 0; got NaN.'],
  ])('refuses %j', (options, message) => {
    expect(() => broyden(options)).toThrow(message);
  });
});
