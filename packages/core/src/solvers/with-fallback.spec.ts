import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { scripted } from '../testing/scripted-solver.ts';
import { anderson } from './anderson.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';
import { withFallback } from './with-fallback.ts';

type Vector = tf.Tensor;

const tight = residualBelow<Vector>({ absolute: 1e-4, relative: 0 });

describe('withFallback', () => {
  it('steps as the solver does while it makes progress, and costs as much', async () => {
    const f = affine([0.5, 0.9]);
    const options = { stop: tight, maxSteps: 30 };
    const plain = await solve(f, column(0, 0), anderson(), options);
    const safe = await solve(f, column(0, 0), withFallback(anderson<Vector>()), options);
    expectClose(safe.value, plain.value, { rtol: 0, atol: 0 });
    expect(safe.evaluations).toEqual(plain.evaluations);
    expect(safe.fallbacks.flat()).not.toContain(true);
  });

  it('goes back to the best point after `patience` steps without progress, and on by damped Picard', async () => {
    // f = z/2: the residual is |z|/2. From 8 to 4, 6, 5, 7; then the third step without progress is from 7.
    const solver = withFallback(scripted(4, 6, 5, 7, 9), { patience: 3, damping: 0.5 });
    const f = affine([0.5], 0);
    const options = { stop: tight, maxSteps: 5 };
    const result = await solve(f, column(8), solver, options);
    expectClose(
      result.residuals.map(([r]) => r!),
      [4, 2, 3, 2.5, 3.5],
    );
    // From the best, 4, half of the way to 2.
    expectClose(result.value, [3]);
    expect(result.fallbacks.flat()).toEqual([false, false, false, false, true]);
    const later = await solve(f, column(8), solver, { ...options, maxSteps: 7 });
    expectClose(later.value, [3 * 0.75 ** 2]);
    expect(later.fallbacks.flat().slice(-3)).toEqual([true, true, true]);
  });

  it('counts as progress what is more than `improvement` below the last progress', async () => {
    // Residuals fall by 5 % in each step.
    const slow = scripted(...Array.from({ length: 8 }, (_, k) => 8 * 0.95 ** (k + 1)));
    const run = async (improvement: number) => {
      const solver = withFallback(slow, { patience: 2, improvement });
      const { fallbacks } = await solve(affine([0.5], 0), column(8), solver, { stop: tight, maxSteps: 6 });
      return fallbacks.flat().indexOf(true);
    };
    expect(await run(0.04)).toBe(-1);
    // Below 0.91 of the mark after two steps each: since is 1, 0, 1, 0.
    expect(await run(0.09)).toBe(-1);
    // Below 0.8 after five only.
    expect(await run(0.2)).toBe(2);
  });

  it('decides sample by sample', async () => {
    // Row 0 stagnates under undamped Picard, row 1 converges slowly.
    const f = affine([-1, 0.9], 2);
    const solver = withFallback(picard<Vector>(), { patience: 4 });
    const options = { stop: tight, maxSteps: 200 };
    const result = await solve(f, column(0, 0), solver, options);
    const alone = await solve(affine([0.9], 2), column(0), picard(), options);
    expect(result.status).toEqual(['converged', 'converged']);
    expectClose(result.value.dataSync().slice(0, 1), [1], { atol: 1e-4 });
    expect(result.value.dataSync()[1]).toBe(alone.value.dataSync()[0]);
    expect(result.fallbacks.map(([, row]) => row)).not.toContain(true);
  });

  it('saves a sample whose solver leaves the domain of the map', async () => {
    const f = (z: Vector) => tf.sqrt(tf.add(z, 2)); // fixed point 2, NaN below −2
    for (const points of [
      [1, -5],
      [1, NaN],
      [1, Infinity],
    ]) {
      const options = { stop: tight, maxSteps: 60 };
      const lost = await solve(f, column(0), scripted(...points), options);
      expect(lost.status).toEqual(['non-finite']);
      const patient = withFallback(scripted(...points), { patience: 1000 });
      const saved = await solve(f, column(0), patient, options);
      expect(saved.status).toEqual(['converged']);
      expect(saved.fallbacks.flat().indexOf(true)).toBe(2);
      expectClose(saved.value, [2], { rtol: 1e-4 });
    }
  });

  it('says non-finite where there is no finite point to go back to', async () => {
    const result = await solve(affine([0.5]), column(NaN), withFallback(picard<Vector>()), { maxSteps: 9 });
    expect(result.status).toEqual(['non-finite']);
  });

  it('saves what would be called diverged, and no failure is said before', async () => {
    // Picard leaves −1/2 by a factor of −3 a step: damped by a quarter, it contracts.
    const f = affine([-3], -2);
    const options = { stop: tight, maxSteps: 99, divergence: { factor: 2 } };
    expect((await solve(f, column(1), picard(), options)).status).toEqual(['diverged']);
    const safe = withFallback(picard<Vector>(), { patience: 5, damping: 0.25 });
    const result = await solve(f, column(1), safe, options);
    expect(result.status).toEqual(['converged']);
    expectClose(result.value, [-0.5], { atol: 1e-4 });
  });

  it('leaves the failures of the Picard iteration to the verdicts', async () => {
    const solver = withFallback(picard<Vector>(), { patience: 3, damping: 1 });
    const run = (f: (z: Vector) => Vector) => solve(f, column(1), solver, { stop: tight, maxSteps: 300 });
    expect((await run((z) => tf.neg(z))).status).toEqual(['cycling']);
    expect((await run((z) => tf.add(z, 1))).status).toEqual(['stagnated']);
    expect((await run((z) => tf.mul(z, 3))).status).toEqual(['diverged']);
  });

  it('passes the fallbacks of the solver on', async () => {
    const solver = withFallback(anderson<Vector>({ maxWeight: 100 }));
    const { fallbacks } = await solve(affine([0.999]), column(0), solver, { maxSteps: 2 });
    expect(fallbacks).toEqual([[false], [true]]);
  });

  it('keeps states of several tensors', async () => {
    type State = { readonly x: tf.Tensor; readonly y: tf.Tensor };
    const f = ({ x, y }: State): State => ({ x: tf.neg(y), y: tf.neg(x) });
    const z0 = { x: tf.tensor([1]), y: tf.tensor([[1]]) };
    const flat = ({ x, y }: State): State => {
      const image = f({ x, y: tf.reshape(y, [1]) });
      return { x: image.x, y: tf.reshape(image.y, [1, 1]) };
    };
    const solver = withFallback(picard<State>(), { patience: 3 });
    const { status, value } = await solve(flat, z0, solver, { maxSteps: 99 });
    expect(status).toEqual(['converged']);
    expectClose(value, { x: [0], y: [0] }, { atol: 1e-5 });
  });

  it('leaves no tensor behind', async () => {
    const z0 = column(1, 2);
    const f = affine([-1, 0.5]);
    await expectNoLeak(async () => {
      const { value, image } = await solve(f, z0, withFallback(anderson<Vector>(), { patience: 2 }), {
        maxSteps: 9,
      });
      return { value, image };
    });
  });

  it.each([
    [{ patience: 0 }, 'withFallback: patience must be an integer >= 1; got 0.'],
    [{ improvement: 1 }, 'withFallback: improvement must be in [0, 1); got 1.'],
    [{ damping: 0 }, 'withFallback: damping must be in (0, 1]; got 0.'],
  ])('refuses %j', (options, message) => {
    expect(() => withFallback(picard(), options)).toThrow(message);
  });
});
