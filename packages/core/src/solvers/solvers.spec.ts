import { type BackendName, backendNames, useBackend } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { expectContractionRate, expectConvergence } from '../testing/laws.ts';
import { SOLVERS } from '../testing/solver-list.ts';

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

it('is tried on the two back ends that are always there', () => {
  expect(present).toEqual(expect.arrayContaining(['cpu', 'wasm']));
});
