import { type BackendName, backendNames, spec, useBackend } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { expectContractionRate, expectConvergence } from '../testing/laws.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { compileSolve } from './compile-solve.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

/** Back ends of TF.js that can be used here; two need packages of their own. */
const present: BackendName[] = [];
for (const name of backendNames) {
  const isThere = await useBackend(name).then(
    () => true,
    () => false,
  );
  if (isThere) present.push(name);
}

describe.each(present)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    tf.env().set('PROD', true);
  });

  const withRate = SOLVERS.flatMap(({ rate, ...listed }) =>
    rate === undefined ? [] : [{ ...listed, rate }],
  );

  it.each(withRate)('the contraction rate is kept by $name', async ({ solver, rate }) => {
    await expect(expectContractionRate({ solver, rate })).resolves.toBeUndefined();
  });

  it.each(SOLVERS)('contractions are solved in time by $name', async ({ solver, steps }) => {
    await expect(expectConvergence({ solver, steps, runs: 10 })).resolves.toBeUndefined();
  });
});

it.each(SOLVERS)('$name solves in float64, past what float32 can', async ({ solver }) => {
  const rates = [0.5, -0.75, 0.25]; // exact in float32, as a tensor of TF.js must be
  const compiled = await compileSolve(
    (shift: tf.Tensor) => ({
      f: (z: tf.Tensor) => tf.tanh(tf.add(tf.mul(z, tf.tensor2d(rates, [1, 3])), shift)),
      solver: solver<tf.Tensor>(),
      stop: residualBelow<tf.Tensor>({ absolute: 1e-12, relative: 0 }),
    }),
    { z0: spec([2, 3]), context: spec([2, 3]) },
    { maxSteps: 400, precision: 'float64' },
  );
  const shift = Float64Array.of(0.1, 1, -0.5, 2, 0, 0.3);
  const start = { data: new Float64Array(6), shape: [2, 3] };
  const { status, value } = await compiled.solve(start, { data: shift, shape: [2, 3] });
  await compiled.dispose();
  expect(status).toEqual(['converged', 'converged']);
  value.data.forEach((z, i) => {
    expect(Math.abs(Math.tanh(z * rates[i % 3]! + shift[i]!) - z)).toBeLessThan(1e-11);
  });
});

it.each(SOLVERS)('$name treats several leaves as one vector', async ({ solver }) => {
  type State = { readonly a: tf.Tensor; readonly b: tf.Tensor };
  const W = tf.tensor2d([0.5, 0.2, 0, -0.3, 0.1, -0.4, 0.3, 0, 0, 0.2, 0.6, 0.1, -0.2, 0, 0.1, 0.4], [4, 4]);
  const f = (z: tf.Tensor) => tf.tanh(tf.add(tf.matMul(z, W), 0.5));
  const tree = ({ a, b }: State): State => {
    const image = f(tf.concat([tf.reshape(a, [1, 3]), b], 1));
    return { a: tf.reshape(tf.slice(image, [0, 0], [1, 3]), [1, 3, 1]), b: tf.slice(image, [0, 3], [1, 1]) };
  };
  const z0 = { a: tf.zeros([1, 3, 1]), b: tf.zeros([1, 1]) };
  const split = await solve(tree, z0, solver<State>(), { maxSteps: 4 });
  const whole = await solve(f, tf.zeros([1, 4]), solver<tf.Tensor>(), { maxSteps: 4 });
  expectClose([...split.value.a.dataSync(), ...split.value.b.dataSync()], whole.value.dataSync());
  expect(split.evaluations).toEqual(whole.evaluations);
});

it('is tried on the two back ends that are always there', () => {
  expect(present).toEqual(expect.arrayContaining(['cpu', 'wasm']));
});
