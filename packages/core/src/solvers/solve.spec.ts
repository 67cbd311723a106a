import * as tf from '@tensorflow/tfjs';
import { DtypeError, ShapeError } from '@equilibria/compile';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { anderson } from './anderson.ts';
import type { Solver } from './contract.ts';
import { picard } from './picard.ts';
import { assertConverged } from './result.ts';
import { solve, type SolveOptions } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

describe('solve', () => {
  it('finds the fixed point of an affine contraction, with residuals that fall by its rate', async () => {
    const result = await solve(affine([0.5, 0.25]), column(0, 0), picard(), { maxSteps: 100 });
    expect(result.status).toEqual(['converged', 'converged']);
    expectClose(result.value, [2, 4 / 3], { atol: 3e-5 });
    expectClose(
      result.residuals.slice(0, 5).map((row) => row[0]!),
      [1, 0.5, 0.25, 0.125, 0.0625],
    );
  });

  it('stops each sample at the first iterate where its own rule holds, and counts its evaluations', async () => {
    // r_k = rate^k: below 1e-3 first at k = 10 and k = 5.
    const stop = residualBelow<Vector>({ absolute: 1e-3, relative: 0 });
    const result = await solve(affine([0.5, 0.25]), column(0, 0), picard(), { stop, maxSteps: 100 });
    expect(Array.from(result.steps)).toEqual([10, 5]);
    expect(Array.from(result.evaluations)).toEqual([12, 7]);
    expectClose(result.residual, [2 ** -10, 4 ** -5]);
    expect(result.residuals.length).toBe(11);
  });

  it('keeps a stopped sample as it is while others go on', async () => {
    const stop = residualBelow<Vector>({ absolute: 1e-3, relative: 0 });
    const alone = await solve(affine([0.25]), column(0), picard(), { stop, maxSteps: 100 });
    const both = await solve(affine([0.9, 0.25]), column(0, 0), picard(), { stop, maxSteps: 100 });
    expect(both.value.dataSync()[1]).toBe(alone.value.dataSync()[0]);
  });

  it('keeps a verdict while others go on', async () => {
    // Row 0 ends on a NaN, row 1 in a cycle, row 2 at its budget: however long the last takes.
    const f = (z: Vector) => {
      const [a, b, c] = tf.split(z, 3);
      return tf.concat([tf.sqrt(tf.sub(a!, 1)), tf.neg(b!), tf.add(tf.mul(c!, 0.99), 1)]);
    };
    for (const maxSteps of [40, 41, 42]) {
      const result = await solve(f, column(1.9, 1, 0), picard(), { maxSteps, chunk: 7 });
      expect(result.status).toEqual(['non-finite', 'cycling', 'budget']);
      // A cycle of two is seen two steps after the anchor at step 2.
      expect(Array.from(result.steps)).toEqual([1, 4, maxSteps]);
      expectClose(result.value.dataSync().slice(0, 2), [1.9, 1]);
    }
  });

  it('records the fallbacks of the steps a sample took, and of no other', async () => {
    const alwaysFalling: Solver<Vector, { readonly fell: tf.Tensor }> = {
      name: 'always falling',
      evaluationsPerStep: 1,
      init: (z0) => ({ fell: tf.zeros([z0.shape[0]], 'bool') }),
      step: (f, z, { fell }) => {
        const image = f(z, undefined);
        return { value: image, image, state: { fell: tf.onesLike(fell) } };
      },
      fallback: ({ fell }) => fell,
    };
    const stop = residualBelow<Vector>({ absolute: 0.25, relative: 0 });
    const result = await solve(affine([0.5, 0.25]), column(0, 0), alwaysFalling, { stop, maxSteps: 9 });
    expect(result.fallbacks).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });

  it('measures the residual at the returned point, not before it', async () => {
    const f = affine([0.5]);
    const result = await solve(f, column(0), picard(), { maxSteps: 3 });
    expect(result.status).toEqual(['budget']);
    expectClose(result.value, [1.75]);
    expectClose(result.residual, [0.125]);
    expect(Array.from(result.steps)).toEqual([3]);
    expect(Array.from(result.evaluations)).toEqual([4]);
  });

  it('measures the residual before damping', async () => {
    const result = await solve(affine([0.5]), column(0), picard({ damping: 0.25 }), { maxSteps: 1 });
    expectClose(result.value, [0.25]);
    expectClose(result.residuals[0]!, [1]);
    expectClose(result.residual, [0.875]);
  });

  it('says converged of a sample at its budget if the last iterate passes', async () => {
    const stop = residualBelow<Vector>({ absolute: 0.125, relative: 0 });
    const result = await solve(affine([0.5]), column(0), picard(), { stop, maxSteps: 3 });
    expect(result.status).toEqual(['converged']);
    expect(result.residuals.length).toBe(3);
  });

  it('does not say converged if the rule fails at the returned point', async () => {
    let calls = 0;
    const onlyOnce = (z: Vector) => tf.fill([z.shape[0]], calls++ === 0 ? 1 : 0, 'bool');
    const result = await solve(affine([0.5]), column(0), picard(), { stop: onlyOnce, maxSteps: 10 });
    expect(result.status).toEqual(['stagnated']);
  });

  it('measures z0 and no more for maxSteps 0', async () => {
    const result = await solve(affine([0.5]), column(0), picard(), { maxSteps: 0 });
    expectClose(result.value, [0]);
    expectClose(result.residual, [1]);
    expect([result.status, result.residuals.length, result.evaluations[0]]).toEqual([['budget'], 0, 1]);
  });

  it('takes the norm over all leaves of a sample', async () => {
    type State = { readonly x: tf.Tensor; readonly y: tf.Tensor };
    const f = ({ x, y }: State): State => ({ x: tf.add(x, 3), y: tf.add(y, 2) });
    const z0 = { x: tf.zeros([2, 1]), y: tf.zeros([2, 2, 2]) };
    const { residual, value } = await solve(f, z0, picard(), { maxSteps: 1, stagnation: false });
    expectClose(residual, [5, 5]);
    expectClose(value, { x: tf.fill([2, 1], 3), y: tf.fill([2, 2, 2], 2) });
  });

  it('solves coupled leaves', async () => {
    type State = { readonly x: tf.Tensor; readonly y: tf.Tensor };
    const f = ({ x, y }: State): State => ({ x: tf.add(tf.mul(y, 0.5), 1), y: tf.mul(x, 0.5) });
    const { status, value } = await solve(f, { x: tf.zeros([1]), y: tf.zeros([1]) }, picard(), {
      maxSteps: 100,
    });
    expect(status).toEqual(['converged']);
    expectClose(value, { x: tf.tensor([4 / 3]), y: tf.tensor([2 / 3]) }, { atol: 3e-5 });
  });

  it('tests every k-th step only, and counts all of them', async () => {
    const stop = residualBelow<Vector>({ absolute: 1e-3, relative: 0 });
    const options = { stop, maxSteps: 40, checkEvery: 4 };
    const result = await solve(affine([0.5]), column(0), picard(), options);
    expectClose(
      result.residuals.map((row) => row[0]!),
      [1, 2 ** -4, 2 ** -8, 2 ** -12],
    );
    expect([result.steps[0], result.evaluations[0]]).toEqual([12, 17]);
    expectClose(result.value, [2 - 2 ** -11]);
  });

  it('hands the state of a solver on from step to step between tests', async () => {
    const f = affine([0.9, 0.5]);
    const off = {
      stop: residualBelow<Vector>({ absolute: 0, relative: 0 }),
      maxSteps: 6,
      stagnation: false,
    } as const;
    const often = await solve(f, column(0, 0), anderson(), off);
    const seldom = await solve(f, column(0, 0), anderson(), { ...off, checkEvery: 3 });
    expectClose(seldom.value, often.value, { rtol: 0, atol: 0 });
  });

  it.each([1, 2])('records a fallback of step %i between two tests', async (falling) => {
    const fallsOnce: Solver<Vector, { readonly step: tf.Tensor }> = {
      name: 'falls back once',
      evaluationsPerStep: 1,
      init: (z0) => ({ step: tf.zeros([z0.shape[0]], 'int32') }),
      step: (f, z, { step }) => {
        const image = f(z, undefined);
        return { value: image, image, state: { step: tf.add(step, tf.scalar(1, 'int32')) } };
      },
      fallback: ({ step }) => tf.equal(step, tf.scalar(falling, 'int32')),
    };
    const options = { stop: residualBelow<Vector>({ absolute: 0, relative: 0 }), maxSteps: 4, checkEvery: 2 };
    const { fallbacks } = await solve(affine([0.9]), column(0), fallsOnce, options);
    expect(fallbacks).toEqual([[true], [false]]);
  });

  it('keeps in the trace the residual with which a sample stopped', async () => {
    const stop = residualBelow<Vector>({ absolute: 0.2, relative: 0 });
    const { residuals } = await solve(affine([0.5, 0.9]), column(0, 0), picard(), { stop, maxSteps: 8 });
    expect(residuals.map((row) => row[0])).toEqual([1, 0.5, 0.25, 0.125, 0.125, 0.125, 0.125, 0.125]);
  });

  it('keeps in the trace the NaN with which a sample stopped', async () => {
    const f = (z: Vector) => {
      const [odd, even] = tf.split(z, 2);
      return tf.concat([tf.sqrt(tf.sub(odd!, 1)), tf.add(tf.mul(even!, 0.9), 1)]);
    };
    const { residuals } = await solve(f, column(1.9, 0), picard(), { maxSteps: 5 });
    expect(residuals.map(([odd]) => Number.isNaN(odd))).toEqual([false, true, true, true, true]);
  });

  it('measures a stopped sample again under the control with which it stopped', async () => {
    // f(z; c) = z + c(1 − z) with c = 1/2, 1/4, … The first sample stops at once, at a residual of c/10.
    const halving: Solver<Vector, { readonly c: tf.Tensor }, tf.Tensor> = {
      name: 'halving',
      evaluationsPerStep: 1,
      init: () => ({ c: tf.fill([2], 0.5) }),
      step: (f, z, { c }) => {
        const image = f(z, c);
        return { value: image, image, state: { c: tf.div(c, 2) } };
      },
      control: ({ c }) => c,
    };
    const f = (z: Vector, c: tf.Tensor) => tf.add(z, tf.mul(tf.reshape(c, [2, 1]), tf.sub(1, z)));
    const stop = residualBelow<Vector>({ absolute: 0.06, relative: 0 });
    const { status, steps, residual } = await solve(f, column(0.9, -9), halving, { stop, maxSteps: 40 });
    expect(status).toEqual(['converged', 'converged']);
    expect(steps[0]).toBe(0);
    expect(steps[1]).toBeGreaterThan(2);
    expectClose(residual.slice(0, 1), [0.05]);
  });

  it('never takes what diverges for converged, though the norm of its image overflows', async () => {
    const options = { maxSteps: 2000, divergence: false, stagnation: false } as const;
    const { status } = await solve((z: Vector) => tf.mul(z, 1.05), column(1), picard(), options);
    expect(status).toEqual(['non-finite']);
    const far = await solve((z: Vector) => tf.add(z, 1e18), column(1e20), picard(), { maxSteps: 10 });
    expect(far.status).not.toEqual(['converged']);
  });

  it('gives no image where it is not finite', async () => {
    for (const maxSteps of [1, 2]) {
      const { status, image } = await solve((z: Vector) => tf.sqrt(tf.sub(z, 1)), column(1.9), picard(), {
        maxSteps,
      });
      expect([status, image.dataSync()[0]]).toEqual([['non-finite'], NaN]);
    }
  });

  it('takes solvers out of one list', async () => {
    for (const solver of [picard<Vector>(), anderson<Vector>()]) {
      const { status } = await solve(affine([0.5]), column(0), solver, { maxSteps: 99 });
      expect(status).toEqual(['converged']);
    }
  });

  it('gives back the image of the returned point', async () => {
    const f = affine([0.5, 0.25]);
    const { value, image, residual } = await solve(f, column(0, 0), picard(), { maxSteps: 3 });
    expectClose(image, f(value), { rtol: 0, atol: 0 });
    expectClose(tf.abs(tf.sub(image, value)), residual, { rtol: 1e-6, atol: 0 });
  });

  it('leaves no tensor behind', async () => {
    const f = affine([0.5, 0.25]);
    const z0 = column(0, 0);
    await expectNoLeak(async () => {
      const { value, image } = await solve(f, z0, picard({ damping: 0.5 }), { maxSteps: 60 });
      return { value, image };
    });
    expect(z0.isDisposed).toBe(false);
  });

  it('refuses a state without a batch, of another dtype, or of uneven batches', async () => {
    const options = { maxSteps: 1 };
    const same = <Z>(z: Z) => z;
    await expect(solve(same, tf.scalar(0), picard(), options)).rejects.toThrow(
      'solve: axis 0 of every leaf of z0 must be the batch; z0 is float32[].',
    );
    await expect(solve(same, tf.zeros([2], 'int32'), picard(), options)).rejects.toThrow(
      'solve: every leaf of z0 must be float32; z0 is int32[2]. Cast it with tf.cast first.',
    );
    const uneven = { a: tf.zeros([2]), b: tf.zeros([3, 1]) };
    await expect(solve(same, uneven, picard(), options)).rejects.toThrow(
      "'b' is float32[3, 1], 'a' has 2 samples.",
    );
    const numbers = { a: 3 } as unknown as Vector;
    await expect(solve(same, numbers, picard(), options)).rejects.toThrow(
      "solve: every leaf of z0 must be a tensor; got number at 'a'.",
    );
    await expect(solve(same, {}, picard(), options)).rejects.toThrow(
      'z0 must have at least one leaf; got none.',
    );
  });

  it('refuses a stop rule that does not give one bool a sample', async () => {
    const run = (verdict: () => tf.Tensor, maxSteps: number) =>
      solve(affine([0.5, 0.5]), column(0, 0), picard(), { stop: verdict, maxSteps });
    for (const maxSteps of [0, 5]) {
      const one = run(() => tf.scalar(true, 'bool'), maxSteps);
      await expect(one).rejects.toThrow(ShapeError);
      await expect(one).rejects.toThrow('solve: stop must give bool[2], one verdict a sample; got bool[].');
      const all = run(() => tf.ones([2, 1], 'bool'), maxSteps);
      await expect(all).rejects.toThrow('got bool[2, 1].');
      const numbers = run(() => tf.ones([2]), maxSteps);
      await expect(numbers).rejects.toThrow(DtypeError);
      await expect(numbers).rejects.toThrow('got float32[2].');
    }
  });

  const solvers: [string, () => Solver<Vector>][] = [
    ['picard', () => picard<Vector>()],
    ['damped picard', () => picard<Vector>({ damping: 0.5 })],
    ['anderson', () => anderson<Vector>()],
  ];

  it.each(solvers)(
    'refuses a map that changes shape or dtype, though it broadcasts: %s',
    async (_name, solver) => {
      for (const maxSteps of [0, 5]) {
        const shape = solve(() => tf.ones([1]), tf.zeros([2, 3]), solver(), { maxSteps });
        await expect(shape).rejects.toThrow(ShapeError);
        await expect(shape).rejects.toThrow(
          'solve: f must keep the structure, shapes and dtypes of z; z has float32[2, 3], f(z) has float32[1].',
        );
        const dtype = solve(() => tf.ones([2, 3], 'int32'), tf.zeros([2, 3]), solver(), { maxSteps });
        await expect(dtype).rejects.toThrow('f(z) has int32[2, 3].');
      }
    },
  );

  it('refuses a map that changes the structure', async () => {
    const f = ({ x }: { readonly x: Vector }) => ({ x, y: tf.clone(x) });
    await expect(solve(f, { x: tf.zeros([2]) }, picard(), { maxSteps: 0 })).rejects.toThrow(
      "z has no more leaves, f(z) has 'y' float32[2].",
    );
  });

  it('refuses a map that is asynchronous, and options without a budget', async () => {
    const late = (async (z: Vector) => z) as unknown as (z: Vector) => Vector;
    await expect(solve(late, column(0), picard(), { maxSteps: 1 })).rejects.toThrow(
      'solve: f must be synchronous; got a promise. Await outside of the map.',
    );
    const wrong = { maxStep: 3 } as unknown as SolveOptions<Vector>;
    await expect(solve(affine([0.5]), column(0), picard(), wrong)).rejects.toThrow(
      'solve: the options must have maxSteps; got { maxStep }.',
    );
    const none = undefined as unknown as SolveOptions<Vector>;
    await expect(solve(affine([0.5]), column(0), picard(), none)).rejects.toThrow('got no options.');
  });

  it('takes an undefined check for the default', async () => {
    const asked = { maxSteps: 150, stagnation: undefined, cycling: undefined, divergence: undefined };
    const options = asked as unknown as SolveOptions<Vector>;
    const result = await solve((z: Vector) => tf.add(z, 1), column(0), picard(), options);
    expect([result.status, result.steps[0]]).toEqual([['stagnated'], 100]);
  });

  it.each([
    [{ maxSteps: -1 }, 'solve: maxSteps must be an integer >= 0; got -1.'],
    [{ maxSteps: 5, checkEvery: 2 }, 'checkEvery must be an integer >= 1 that divides maxSteps; got 2'],
    [{ maxSteps: 1, chunk: 0 }, 'solve: chunk must be an integer >= 1; got 0.'],
    [{ maxSteps: 1, deadlineMs: 0 }, 'solve: deadlineMs must be > 0; got 0.'],
    [{ maxSteps: 1, divergence: { factor: 0.5 } }, 'solve: divergence.factor must be >= 1; got 0.5.'],
    [{ maxSteps: 1, cycling: { tolerance: 1 } }, 'solve: cycling.tolerance must be in (0, 1); got 1.'],
    [
      { maxSteps: 1, stagnation: { window: 0, improvement: 0 } },
      'solve: stagnation.window must be an integer >= 1; got 0.',
    ],
    [
      { maxSteps: 1, stagnation: { window: 1, improvement: 1 } },
      'solve: stagnation.improvement must be in [0, 1); got 1.',
    ],
  ])('refuses %j', async (options, message) => {
    await expect(solve(affine([0.5]), column(0), picard(), options)).rejects.toThrow(message);
  });
});

describe('assertConverged', () => {
  it('passes a converged result and names the first sample that is not', async () => {
    const good = await solve(affine([0.5]), column(2), picard(), { maxSteps: 9 });
    expect(() => assertConverged(good)).not.toThrow();
    const bad = await solve(affine([0.5, 0.5]), column(2, 0), picard(), { maxSteps: 1 });
    expect(() => assertConverged(bad)).toThrow(
      "assertConverged: every sample must have converged; sample 1 ended as 'budget' with residual 0.5.",
    );
  });

  it('refuses names of options that it does not know, and what is no solver', async () => {
    const half = affine([0.5]);
    await expect(
      solve(half, column(0), picard(), { maxSteps: 1, stagnaton: false } as never),
    ).rejects.toThrow(
      "solve: options must be of stop, maxSteps, checkEvery, divergence, cycling, stagnation, signal, deadlineMs, chunk, onProgress; got 'stagnaton'.",
    );
    await expect(solve(half, column(0), picard as never, { maxSteps: 1 })).rejects.toThrow(
      'solve: solver must be a record with init and step, as picard() gives; got function. Call it.',
    );
    expect(() => picard({ dampng: 0.5 } as never)).toThrow(
      "picard: options must be of damping; got 'dampng'.",
    );
    expect(() => residualBelow({ abs: 1 } as never)).toThrow(
      "residualBelow: tolerances must be of absolute, relative; got 'abs'.",
    );
  });
});
