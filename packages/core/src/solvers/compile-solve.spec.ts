import * as tf from '@tensorflow/tfjs';
import { spec, type HostArray } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { anderson } from './anderson.ts';
import { compileSolve, type CompiledSolve } from './compile-solve.ts';
import type { Solver } from './contract.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;
type Layer = { readonly W: tf.Tensor; readonly b: tf.Tensor };

const key = fromSeed(0);
const layer = { W: normal(fold(key, 'W'), [8, 8], { std: 0.2 }), b: normal(fold(key, 'b'), [4, 8]) };
const floats = { W: toTensor(layer.W), b: toTensor(layer.b) };
const signature = { z0: spec([4, 8]), context: { W: spec([8, 8]), b: spec([4, 8]) } };

const tanhLayer =
  ({ W, b }: Layer) =>
  (z: Vector): Vector =>
    tf.tanh(tf.add(tf.matMul(z, W), b));

/** Rates of each row as context. */
const affine = (rate: Vector) => (z: Vector) => tf.add(tf.mul(z, rate), tf.scalar(1));

const solvers: [string, () => Solver<Vector>][] = [
  ['picard', () => picard<Vector>()],
  ['damped picard', () => picard<Vector>({ damping: 0.6 })],
  ['anderson', () => anderson<Vector>()],
  ['damped anderson', () => anderson<Vector>({ memory: 3, damping: 0.5 })],
];

async function using<T extends { dispose(): Promise<void> }>(
  owner: Promise<T>,
  fn: (owned: T) => Promise<void>,
) {
  const owned = await owner;
  try {
    await fn(owned);
  } finally {
    await owned.dispose();
  }
}

describe('compileSolve', () => {
  it.each(solvers)('agrees with solve: %s', async (_name, solver) => {
    const stop = residualBelow<Vector>({ absolute: 1e-4, relative: 0 });
    const options = { maxSteps: 60 };
    const eager = await solve(tanhLayer(floats), tf.zeros([4, 8]), solver(), { stop, ...options });
    const problem = (context: Layer) => ({ f: tanhLayer(context), solver: solver(), stop });
    await using(compileSolve(problem, signature, options), async (compiled) => {
      const result = await compiled.solve(tf.zeros([4, 8]), floats);
      expect(result.status).toEqual(eager.status);
      expect(result.status).toEqual(['converged', 'converged', 'converged', 'converged']);
      expect(result.steps).toEqual(eager.steps);
      expect(result.evaluations).toEqual(eager.evaluations);
      expect(result.fallbacks).toEqual(eager.fallbacks);
      expectClose(result.value, eager.value, { rtol: 1e-4, atol: 1e-5 });
      result.residuals.forEach((row, k) => expectClose(row, eager.residuals[k]!, { rtol: 1e-3, atol: 1e-5 }));
      expectClose(result.residual, eager.residual, { rtol: 1e-3, atol: 1e-5 });
      expect(result.residuals.length).toBe(eager.residuals.length);
    });
  });

  it('gives every verdict that solve gives, in one batch', async () => {
    // Rates: 3 diverges, −1 cycles, 1 stagnates, 0.999 runs out of budget, 0.5 converges; 0·∞ is NaN.
    const rates = [3, -1, 1, 0.999, 0.5, 0];
    const z0 = tf.tensor([1, 3, 0, 0, 0, Infinity], [6, 1]);
    const rate = tf.tensor(rates, [6, 1]);
    const options = { maxSteps: 130 };
    const eager = await solve(affine(rate), z0, picard(), options);
    const problem = (context: Vector) => ({ f: affine(context), solver: picard<Vector>() });
    const shapes = { z0: spec([6, 1]), context: spec([6, 1]) };
    await using(compileSolve(problem, shapes, options), async (compiled) => {
      const result = await compiled.solve(z0, rate);
      expect(result.status).toEqual([
        'diverged',
        'cycling',
        'stagnated',
        'budget',
        'converged',
        'non-finite',
      ]);
      expect(eager.status).toEqual(result.status);
      expect(result.steps).toEqual(eager.steps);
      expectClose(result.value, eager.value);
      expectClose(result.residual, eager.residual, { rtol: 1e-4, atol: 1e-5 });
    });
  });

  it('solves in float64, past what float32 can', async () => {
    const stop = residualBelow<Vector>({ absolute: 1e-13, relative: 0 });
    const problem = (context: Layer) => ({
      f: tanhLayer(context),
      solver: anderson<Vector>({ regularization: 1e-14 }),
      stop,
    });
    const options = { maxSteps: 100, precision: 'float64' } as const;
    await using(compileSolve(problem, signature, options), async (compiled) => {
      const z0 = { data: new Float64Array(32), shape: [4, 8] };
      const { status, value } = await compiled.solve(z0, layer);
      expect(status).toEqual(['converged', 'converged', 'converged', 'converged']);
      expect(value.data).toBeInstanceOf(Float64Array);
      expectClose(value, applied(layer, value), { rtol: 0, atol: 1e-12 });
    });
  });

  it('compiles every solver and check in float64', async () => {
    for (const [, solver] of solvers) {
      const problem = (context: Layer) => ({ f: tanhLayer(context), solver: solver() });
      await using(
        compileSolve(problem, signature, { maxSteps: 50, precision: 'float64' }),
        async (compiled) => {
          const { status } = await compiled.solve({ data: new Float64Array(32), shape: [4, 8] }, layer);
          expect(new Set(status)).toEqual(new Set(['converged']));
        },
      );
    }
  });

  it('keeps its own stop rule and its own count of steps in chunks', async () => {
    const stop = residualBelow<Vector>({ absolute: 1e-2, relative: 0 });
    const problem = (context: Layer) => ({ f: tanhLayer(context), solver: picard<Vector>(), stop });
    await using(compileSolve(problem, signature, { maxSteps: 20, checkEvery: 4 }), async (compiled) => {
      const whole = await compiled.solve(tf.zeros([4, 8]), floats);
      const tests: number[] = [];
      const pieces = await compiled.solve(tf.zeros([4, 8]), floats, {
        chunk: 1,
        onProgress: (progress) => tests.push(progress.maxTests),
      });
      expect(Math.max(...whole.residual)).toBeLessThan(1e-2);
      expect(Math.max(...whole.residual)).toBeGreaterThan(1e-5);
      expect({ ...pieces, value: null, image: null }).toEqual({ ...whole, value: null, image: null });
      expect(new Set(tests)).toEqual(new Set([5]));
      expect([...whole.steps].every((count) => count % 4 === 0)).toBe(true);
    });
  });

  it('compiles the whole solve only when asked for, if it is to be watched', async () => {
    let traces = 0;
    const problem = (context: Layer) => {
      traces += 1;
      return { f: tanhLayer(context), solver: picard<Vector>() };
    };
    await using(compileSolve(problem, signature, { maxSteps: 9, watched: true }), async (compiled) => {
      const pieces = traces;
      const watched = await compiled.solve(tf.zeros([4, 8]), floats, { chunk: 2 });
      expect(traces).toBe(pieces);
      const whole = await compiled.solve(tf.zeros([4, 8]), floats);
      expect(traces).toBe(pieces + 1);
      expect(watched.status).toEqual(whole.status);
    });
  });

  it('is aborted by a timer, before it compiles anything if it was aborted before', async () => {
    const problem = (context: Vector) => ({ f: affine(context), solver: picard<Vector>() });
    const shapes = { z0: spec([1, 1]), context: spec([1, 1]) };
    const options = { maxSteps: 1e7, stagnation: false, cycling: false } as const;
    await using(compileSolve(problem, shapes, options), async (compiled) => {
      const endless = [tf.zeros([1, 1]), tf.ones([1, 1])] as const;
      const aborted = compiled.solve(...endless, { signal: AbortSignal.abort(new Error('before')) });
      await expect(aborted).rejects.toThrow('before');
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('meanwhile')), 20);
      await expect(compiled.solve(...endless, { signal: controller.signal })).rejects.toThrow('meanwhile');
    });
  });

  it('gives the same result in chunks, with progress', async () => {
    const problem = (context: Layer) => ({ f: tanhLayer(context), solver: anderson<Vector>() });
    await using(compileSolve(problem, signature, { maxSteps: 60 }), async (compiled) => {
      const whole = await compiled.solve(tf.zeros([4, 8]), floats);
      const tests: number[] = [];
      const onProgress = (progress: { tests: number }) => tests.push(progress.tests);
      const pieces = await compiled.solve(tf.zeros([4, 8]), floats, { chunk: 3, onProgress });
      expect({ ...pieces, value: null, image: null }).toEqual({ ...whole, value: null, image: null });
      expectClose(pieces.image, whole.image, { rtol: 0, atol: 0 });
      expectClose(pieces.value, whole.value, { rtol: 0, atol: 0 });
      expect(tests).toEqual(
        [3, 6, 9, 12].filter((t) => t < whole.residuals.length).concat(whole.residuals.length),
      );
    });
  });

  it('rejects with the reason of the signal, and ends as budget at the deadline', async () => {
    const problem = (rate: Vector) => ({ f: affine(rate), solver: picard<Vector>() });
    const shapes = { z0: spec([1, 1]), context: spec([1, 1]) };
    const start = [tf.zeros([1, 1]), tf.tensor([[0.999]])] as const;
    const options = { maxSteps: 1e6, stagnation: false, cycling: false } as const;
    await using(compileSolve(problem, shapes, options), async (compiled) => {
      const late = await compiled.solve(...start, { chunk: 2, deadlineMs: 1e-3 });
      expect([late.status, late.steps[0]]).toEqual([['budget'], 2]);
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error('enough'));
      const watched = { chunk: 2, signal: controller.signal, onProgress };
      await expect(compiled.solve(...start, watched)).rejects.toThrow('enough');
    });
  });

  it('hands the solver its control, also in the re-check', async () => {
    // A solver that decides the step length of the map: f(z; c) = z + c(1 − z), with c = 1/2, then 1/4, …
    type Control = { readonly c: tf.Tensor };
    const halving: Solver<Vector, Control, tf.Tensor> = {
      name: 'halving',
      evaluationsPerStep: 2,
      init: () => ({ c: tf.fill([1], 0.5) }),
      step: (f, z, { c }) => {
        const image = f(z, c);
        return { value: f(image, c), image, state: { c: tf.div(c, tf.scalar(2)) } };
      },
      control: ({ c }) => c,
    };
    const f = (z: Vector, c: tf.Tensor) => tf.add(z, tf.mul(c, tf.sub(tf.scalar(1), z)));
    const eager = await solve(f, tf.zeros([1, 1]), halving, { maxSteps: 2 });
    // z_1 = 3/4, z_2 = 1 − (1/4)(9/16); the residual under c = 1/8.
    expectClose(
      eager.residuals.map((row) => row[0]!),
      [0.5, 0.0625],
    );
    expectClose(eager.value, [55 / 64]);
    expectClose(eager.residual, [9 / 64 / 8]);
    expect(eager.evaluations[0]).toBe(5);
    const problem = (_context: Vector) => ({ f, solver: halving });
    await using(
      compileSolve(problem, { z0: spec([1, 1]), context: spec([1]) }, { maxSteps: 2 }),
      async (compiled) => {
        const result = await compiled.solve(tf.zeros([1, 1]), tf.zeros([1]));
        expectClose(result.residual, eager.residual);
      },
    );
  });

  it('stops by a rule that sees the context', async () => {
    const problem = (goal: Vector) => ({
      f: (z: Vector) => tf.add(z, tf.scalar(1)),
      solver: picard<Vector>(),
      stop: (z: Vector) => tf.greaterEqual(tf.reshape(z, [1]), goal),
    });
    await using(
      compileSolve(problem, { z0: spec([1, 1]), context: spec([1]) }, { maxSteps: 50 }),
      async (compiled) => {
        const result = await compiled.solve(tf.zeros([1, 1]), tf.tensor([7]));
        expect([result.status, result.steps[0]]).toEqual([['converged'], 7]);
      },
    );
  });

  it('refuses options out of range before anything runs, and use after dispose', async () => {
    const problem = (context: Layer) => ({ f: tanhLayer(context), solver: picard<Vector>() });
    await expect(compileSolve(problem, signature, { maxSteps: -1 })).rejects.toThrow(
      'solve: maxSteps must be an integer >= 0; got -1.',
    );
    const compiled: CompiledSolve<Vector, Layer, 'float32'> = await compileSolve(problem, signature, {
      maxSteps: 3,
    });
    await compiled.dispose();
    await compiled.dispose();
    await expect(compiled.solve(tf.zeros([4, 8]), floats)).rejects.toThrow('disposed');
    await expect(compiled.solve(tf.zeros([4, 8]), floats, { chunk: 2 })).rejects.toThrow('disposed');
  });
});

/** `tanh(zW + b)` in float64 on the host. */
function applied({ W, b }: { W: HostArray; b: HostArray }, z: HostArray): HostArray {
  const [batch, n] = z.shape as [number, number];
  const data = Float64Array.from({ length: batch * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = b.data[at]!;
    for (let k = 0; k < n; k++) sum += z.data[row * n + k]! * W.data[k * n + column]!;
    return Math.tanh(sum);
  });
  return { data, shape: [batch, n] };
}
