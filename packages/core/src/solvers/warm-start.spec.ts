import * as tf from '@tensorflow/tfjs';
import { spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { anderson } from './anderson.ts';
import { compileSolve } from './compile-solve.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

const key = fromSeed(0);
const W = toTensor(normal(fold(key, 'W'), [6, 6], { std: 0.3 }));
const x = toTensor(normal(fold(key, 'x'), [4, 6]));
const nudged = tf.add(x, toTensor(normal(fold(key, 'nudge'), [4, 6], { std: 1e-3 })));
const mapOf = (input: Vector) => (z: Vector) => tf.tanh(tf.add(tf.matMul(z, W), input));
const stop = residualBelow<Vector>({ absolute: 1e-4, relative: 0 });
const options = { maxSteps: 300 };

describe('a warm start', () => {
  it.each(SOLVERS)('saves evaluations of $name, all steps where nothing changed', async ({ solver }) => {
    const run = (input: Vector, z0: Vector) =>
      solve(mapOf(input), z0, solver<Vector>(), { stop, ...options });
    const before = await run(x, tf.zeros([4, 6]));
    const same = await run(x, before.value);
    expect([...same.steps]).toEqual([0, 0, 0, 0]);
    expect(same.value.dataSync()).toEqual(before.value.dataSync());
    const warm = await run(nudged, before.value);
    const cold = await run(nudged, tf.zeros([4, 6]));
    expect(new Set([...before.status, ...warm.status, ...cold.status])).toEqual(new Set(['converged']));
    warm.evaluations.forEach((count, i) => expect(count).toBeLessThan(cold.evaluations[i]!));
  });

  it('takes the samples it is given, in any order and number', async () => {
    const { value } = await solve(mapOf(x), tf.zeros([4, 6]), anderson(), { stop, ...options });
    const chosen = tf.tensor1d([3, 0, 3, 1, 2], 'int32');
    const again = await solve(mapOf(tf.gather(x, chosen)), tf.gather(value, chosen), anderson(), {
      stop,
      ...options,
    });
    expect([...again.evaluations]).toEqual([2, 2, 2, 2, 2]);
    // One sample that is new beside one that is solved.
    const mixed = tf.concat([tf.slice(value, [0, 0], [1, 6]), tf.zeros([1, 6])]);
    const { steps } = await solve(mapOf(tf.slice(x, [0, 0], [2, 6])), mixed, anderson(), {
      stop,
      ...options,
    });
    expect(steps[0]).toBe(0);
    expect(steps[1]).toBeGreaterThan(3);
  });

  it('is a tree where the state is one', async () => {
    type State = { readonly a: tf.Tensor; readonly b: { readonly c: tf.Tensor } };
    const f = ({ a, b }: State): State => ({
      a: tf.tanh(tf.add(tf.mul(b.c, 0.9), 1)),
      b: { c: tf.tanh(tf.mul(a, 0.8)) },
    });
    const z0 = { a: tf.zeros([2, 3]), b: { c: tf.zeros([2, 3]) } };
    const cold = await solve(f, z0, anderson<State>(), { maxSteps: 99 });
    const warm = await solve(f, cold.value, anderson<State>(), { maxSteps: 99 });
    expect([...warm.evaluations]).toEqual([2, 2]);
    expect(Math.min(...cold.evaluations)).toBeGreaterThan(5);
  });

  it('is what a compiled solve takes, too', async () => {
    const compiled = await compileSolve(
      (input: Vector) => ({ f: mapOf(input), solver: anderson<Vector>(), stop }),
      { z0: spec([4, 6]), context: spec([4, 6]) },
      options,
    );
    const cold = await compiled.solve(tf.zeros([4, 6]), x);
    expect([...(await compiled.solve(cold.value, x)).evaluations]).toEqual([2, 2, 2, 2]);
    const warm = await compiled.solve(cold.value, nudged);
    warm.evaluations.forEach((count, i) => expect(count).toBeLessThan(cold.evaluations[i]!));
    await compiled.dispose();
  });
});
