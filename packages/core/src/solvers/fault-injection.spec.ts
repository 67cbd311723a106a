import * as tf from '@tensorflow/tfjs';
import { spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { compileSolve } from './compile-solve.ts';
import type { RunOptions } from './drive.ts';
import type { SolveResult } from './result.ts';
import { solve } from './solve.ts';

type Vector = tf.Tensor;

const SIZE = 2;
const key = fromSeed(0);
const weights = toTensor(normal(fold(key, 'W'), [SIZE, SIZE], { std: 0.4 }));
const shift = toTensor(normal(fold(key, 'b'), [1, SIZE]));

/** What a sample may be mapped by; the first is a contraction, the others are faults, in this order in the batch. */
const MAPS: readonly ((z: Vector) => Vector)[] = [
  (z) => tf.tanh(tf.add(tf.matMul(z, weights), shift)),
  // NaN once it has walked past 3.5, after some steps; no comparison, which has no gradient.
  (z) => tf.add(tf.add(z, tf.scalar(1)), tf.mul(tf.scalar(0), tf.sqrt(tf.sub(tf.scalar(3.5), z)))),
  // A two-cycle.
  (z) => tf.neg(z),
  // An expansion from its fixed point −1/2.
  (z) => tf.add(tf.mul(z, tf.scalar(3)), tf.scalar(1)),
  // Differences that vanish: the systems of Anderson, Broyden and Newton are singular.
  (z) => tf.add(z, tf.scalar(1)),
  // No fixed point, and a residual that has a least value.
  (z) => tf.add(tf.add(z, tf.scalar(1)), tf.square(z)),
];
const FAULTS = [1, 2, 3, 4, 5];
const BATCH = FAULTS.length + 3;

/** Each sample by the map of its kind, int32 `[batch, 1]`. */
const mapOf =
  (kinds: Vector) =>
  (z: Vector): Vector =>
    MAPS.reduce((image, map, kind) => tf.where(tf.equal(kinds, tf.scalar(kind, 'int32')), map(z), image), z);

/** The kinds of a batch whose last three samples are sound; the others have these faults, or 0. */
const kindsOf = (faults: readonly number[]) => tf.tensor([...faults, 0, 0, 0], [BATCH, 1], 'int32');

const z0 = tf.concat([tf.fill([FAULTS.length, SIZE], 0.25), toTensor(normal(fold(key, 'z0'), [3, SIZE]))]);
const options = { maxSteps: 80, stagnation: { window: 30, improvement: 0.01 } };

type Run = (kinds: Vector) => Promise<SolveResult<Vector>>;

/** What the result says of the samples that were sound all along. */
const sound = ({ status, value, image, residual, residuals, steps, evaluations }: SolveResult<Vector>) => ({
  status: status.slice(-3),
  value: value.dataSync().slice(-3 * SIZE),
  image: image.dataSync().slice(-3 * SIZE),
  residual: residual.slice(-3),
  steps: steps.slice(-3),
  evaluations: evaluations.slice(-3),
  first: residuals.slice(0, 5).map((row) => row.slice(-3)),
});

/** Abort after a chunk of two tests, and a deadline that has passed by then; no tensor is left. */
async function ends(run: (watch: RunOptions) => Promise<SolveResult<Vector>>): Promise<void> {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  await expectNoLeak(async () => {
    await expect(run({ chunk: 2, signal: controller.signal, onProgress })).rejects.toThrow('enough');
  });
  const late = await run({ chunk: 2, deadlineMs: 1e-3 });
  expect(late.residuals.length).toBe(2);
  expect(Math.max(...late.steps)).toBe(2);
  expect(late.status.every((status, i) => status !== 'budget' || late.steps[i] === 2)).toBe(true);
  // The sample that walks away by ones is in the middle of it, whatever the solver.
  expect(late.status[3]).toBe('budget');
}

describe.each(SOLVERS.map((listed) => [listed.name, listed] as const))('%s', (_name, listed) => {
  const judges = async (run: Run, alone: readonly number[]) => {
    const clean = await run(kindsOf([0, 0, 0, 0, 0]));
    expect(new Set(clean.status)).toEqual(new Set(['converged']));
    const result = await run(kindsOf(FAULTS));
    expect(result.status.slice(0, 4)).toEqual([
      'non-finite',
      listed.alternation,
      listed.expansion,
      'stagnated',
    ]);
    expect(['stagnated', 'diverged', 'cycling', 'non-finite', 'budget']).toContain(result.status[4]);
    // What is returned is finite, and its residual is its own.
    const map = mapOf(kindsOf(FAULTS));
    const distances = tf.norm(tf.sub(map(result.value), result.value), 2, 1);
    expect(result.residual.every(Number.isFinite)).toBe(true);
    expectClose(result.residual, distances, { rtol: 1e-3, atol: 1e-5 });
    expect(sound(result)).toEqual(sound(clean));
    for (const fault of alone) {
      const one = await run(kindsOf(FAULTS.map((kind) => (kind === fault ? fault : 0))));
      expect(sound(one)).toEqual(sound(clean));
      expect(one.status[fault - 1]).toBe(result.status[fault - 1]);
    }
  };

  it('gives the right verdicts and leaves sound samples bit-identical, eagerly', async () => {
    const run: Run = (kinds) => solve(mapOf(kinds), z0, listed.solver<Vector>(), options);
    await expect(judges(run, [])).resolves.toBeUndefined();
  });

  it('is aborted, and ends at its deadline, in the middle, eagerly', async () => {
    const kinds = kindsOf(FAULTS);
    const run = (watch: RunOptions) =>
      solve(mapOf(kinds), z0, listed.solver<Vector>(), { ...options, ...watch });
    await expect(ends(run)).resolves.toBeUndefined();
  });

  it('gives the right verdicts and leaves sound samples bit-identical, ends when told to, compiled', async () => {
    const compiled = await compileSolve(
      (kinds: Vector) => ({ f: mapOf(kinds), solver: listed.solver<Vector>() }),
      { z0: spec([BATCH, SIZE]), context: spec([BATCH, 1], 'int32') },
      options,
    );
    await expect(judges((asked) => compiled.solve(z0, asked), FAULTS)).resolves.toBeUndefined();
    const kinds = kindsOf(FAULTS);
    await expect(ends((watch) => compiled.solve(z0, kinds, watch))).resolves.toBeUndefined();
    await compiled.dispose();
  });
});
