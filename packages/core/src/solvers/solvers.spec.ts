import { type BackendName, backendNames, spec, useBackend } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { expectContractionRate, expectConvergence } from '../testing/laws.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { compileSolve } from './compile-solve.ts';
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

it('is tried on the two back ends that are always there', () => {
  expect(present).toEqual(expect.arrayContaining(['cpu', 'wasm']));
});
