import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { newtonKrylov } from './newton-krylov.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

const key = fromSeed(0);
const tight = residualBelow<Vector>({ absolute: 1e-5, relative: 0 });

describe('newtonKrylov', () => {
  it('solves a linear problem in one step, however its map expands', async () => {
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[-3, 2, 40]])), tf.tensor([[4, -5, 39]]));
    const solver = newtonKrylov<Vector>({ krylovSteps: 3 });
    const result = await solve(f, tf.zeros([1, 3]), solver, { stop: tight, maxSteps: 3 });
    expectClose(result.value, [1, 5, -1], { rtol: 1e-4 });
    expect(result.residuals[1]![0]).toBeLessThan(1e-3);
  });

  it('takes the steps of Newton in one dimension, by hand', async () => {
    // F = z² − 2 from z = 2: 1.5, then 17/12.
    const f = (z: Vector) => tf.add(z, tf.sub(tf.square(z), 2));
    const solver = newtonKrylov<Vector>({ krylovSteps: 1 });
    const run = (maxSteps: number) => solve(f, tf.fill([1, 1], 2), solver, { maxSteps, stop: tight });
    expectClose((await run(1)).value, [1.5]);
    expectClose((await run(2)).value, [17 / 12]);
  });

  it('squares the error in each step', async () => {
    const f = (z: Vector) => tf.add(z, tf.sub(tf.square(z), 2));
    const { residuals } = await solve(f, tf.fill([1, 1], 3), newtonKrylov<Vector>({ krylovSteps: 1 }), {
      maxSteps: 6,
      stop: tight,
    });
    // e⁺ = e²/(2z), and F = e(z + √2).
    const errors = residuals.map(([r]) => r! / (2 * Math.SQRT2)).filter((e) => e < 0.5 && e > 1e-3);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    errors.slice(1).forEach((e, k) => expect(e).toBeLessThan(errors[k]! ** 2));
  });

  it('cuts steps that overshoot, where Newton alone diverges', async () => {
    // Newton for atan diverges from beyond 1.39.
    const f = (z: Vector) => tf.add(z, tf.atan(z));
    const result = await solve(f, tf.tensor([[3], [-20], [0.5]]), newtonKrylov<Vector>({ krylovSteps: 1 }), {
      stop: tight,
      maxSteps: 20,
    });
    expect(result.status).toEqual(['converged', 'converged', 'converged']);
    expectClose(result.value, [0, 0, 0], { atol: 1e-4 });
    expect(result.fallbacks[0]).toEqual([false, false, false]);
    result.residuals
      .slice(1)
      .forEach((row, k) => row.forEach((r, i) => expect(r).toBeLessThanOrEqual(result.residuals[k]![i]!)));
    const bold = newtonKrylov<Vector>({ krylovSteps: 1, trials: 1 });
    const { fallbacks } = await solve(f, tf.fill([1, 1], 3), bold, { stop: tight, maxSteps: 1 });
    expect(fallbacks).toEqual([[true]]);
  });

  it('takes a damped Picard step where the Jacobian is singular, for that sample only, and says so', async () => {
    const f = (z: Vector) => tf.add(tf.mul(z, tf.tensor([[1], [0.5]])), 1);
    const solver = newtonKrylov<Vector>({ krylovSteps: 1, damping: 0.25 });
    const result = await solve(f, tf.zeros([2, 1]), solver, { stop: tight, maxSteps: 1 });
    expectClose(result.value, [0.25, 2]);
    expect(result.fallbacks).toEqual([[true, false]]);
  });

  it('needs fewer steps with a larger Krylov space, and then as many as Newton', async () => {
    const W = toTensor(normal(fold(key, 'W'), [8, 8], { std: 0.7 }));
    const b = toTensor(normal(fold(key, 'b'), [2, 8]));
    const f = (z: Vector) => tf.tanh(tf.add(tf.matMul(z, W), b));
    const steps = async (krylovSteps: number) => {
      const options = { stop: tight, maxSteps: 60 };
      const result = await solve(f, tf.zeros([2, 8]), newtonKrylov<Vector>({ krylovSteps }), options);
      expect(result.status).toEqual(['converged', 'converged']);
      return Math.max(...result.steps);
    };
    const [few, all] = [await steps(2), await steps(8)];
    expect(all).toBeLessThanOrEqual(10);
    expect(all).toBeLessThan(few);
  });

  it('is more precise than a difference quotient could be', async () => {
    // 1 − μ = 1e-3: quotients in float32, good to 1e-3 or so, tell nothing of the slow direction.
    const f = (z: Vector) => tf.add(tf.mul(tf.sin(z), tf.tensor([[0.999, 0.3]])), tf.tensor([[1e-4, 0.5]]));
    const result = await solve(f, tf.zeros([1, 2]), newtonKrylov<Vector>({ krylovSteps: 2 }), {
      stop: residualBelow({ absolute: 1e-7, relative: 0 }),
      maxSteps: 8,
    });
    expect(result.status).toEqual(['converged']);
    const slow = await solve(f, tf.zeros([1, 2]), picard<Vector>(), {
      stop: residualBelow({ absolute: 1e-7, relative: 0 }),
      maxSteps: 500,
    });
    expect(slow.status).toEqual(['budget']);
  });

  it('counts a product as two evaluations', async () => {
    const { evaluationsPerStep } = newtonKrylov({ krylovSteps: 5, trials: 4 });
    expect(evaluationsPerStep).toBe(1 + 2 * 5 + 4);
  });

  it('treats several leaves as one vector', async () => {
    type State = { readonly x: tf.Tensor; readonly y: tf.Tensor };
    const f = ({ x, y }: State): State => ({
      x: tf.add(tf.mul(y, 0.5), 1),
      y: tf.reshape(tf.mul(tf.reshape(x, [1, 1]), 0.5), [1, 1]),
    });
    const z0 = { x: tf.zeros([1, 1]), y: tf.zeros([1, 1]) };
    const { value } = await solve(f, z0, newtonKrylov<State>({ krylovSteps: 2 }), { maxSteps: 2 });
    expectClose(value, { x: tf.tensor([[4 / 3]]), y: tf.tensor([[2 / 3]]) });
  });

  it('keeps a NaN in its sample', async () => {
    const f = (z: Vector) => tf.sqrt(tf.add(tf.mul(z, 0.5), 1));
    const clean = await solve(f, tf.tensor([[1], [0], [5]]), newtonKrylov(), { maxSteps: 30 });
    const result = await solve(f, tf.tensor([[-3], [0], [5]]), newtonKrylov(), { maxSteps: 30 });
    expect(result.status).toEqual(['non-finite', 'converged', 'converged']);
    expect(result.value.dataSync().slice(1)).toEqual(clean.value.dataSync().slice(1));
  });

  it('leaves no tensor behind', async () => {
    const z0 = tf.ones([2, 3]);
    const f = (z: Vector) => tf.tanh(tf.mul(z, 0.5));
    await expectNoLeak(async () => {
      const { value, image } = await solve(f, z0, newtonKrylov({ krylovSteps: 2 }), { maxSteps: 3 });
      return { value, image };
    });
  });

  it.each([
    [{ krylovSteps: 0 }, 'newtonKrylov: krylovSteps must be an integer in 1..64; got 0.'],
    [{ trials: 9 }, 'newtonKrylov: trials must be an integer in 1..8; got 9.'],
    [{ damping: 2 }, 'newtonKrylov: damping must be in (0, 1]; got 2.'],
  ])('refuses %j', (options, message) => {
    expect(() => newtonKrylov(options)).toThrow(message);
  });
});
