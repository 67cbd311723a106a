import { type BackendName, backendNames, useBackend } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { expectContractionRate, type ContractionLaw } from '../testing/laws.ts';
import { anderson } from './anderson.ts';
import { picard } from './picard.ts';

/** Every solver, with the factor it promises per step on a contraction by `mu`. */
const SOLVERS: readonly [string, ContractionLaw][] = [
  ['picard', { solver: () => picard<tf.Tensor>(), rate: (mu) => mu }],
  ['damped picard', { solver: () => picard<tf.Tensor>({ damping: 0.5 }), rate: (mu) => 0.5 + 0.5 * mu }],
  // Toth & Kelley, Convergence analysis for Anderson acceleration, SIAM J. Numer. Anal. 53 (2015): no worse than Picard.
  ['anderson', { solver: () => anderson<tf.Tensor>(), rate: (mu) => mu }],
  ['anderson with one difference', { solver: () => anderson<tf.Tensor>({ memory: 1 }), rate: (mu) => mu }],
  [
    'damped anderson',
    { solver: () => anderson<tf.Tensor>({ memory: 2, damping: 0.25 }), rate: (mu) => 0.75 + 0.25 * mu },
  ],
];

/** Back ends of TF.js that can be used here; two need packages of their own. */
const present: BackendName[] = [];
for (const name of backendNames) {
  const isThere = await useBackend(name).then(
    () => true,
    () => false,
  );
  if (isThere) present.push(name);
}

describe.each(present)('contraction rate on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    tf.env().set('PROD', true);
  });

  it.each(SOLVERS)('is kept by %s', async (_name, law) => {
    await expect(expectContractionRate(law)).resolves.toBeUndefined();
  });
});

it('is tried on the two back ends that are always there', () => {
  expect(present).toEqual(expect.arrayContaining(['cpu', 'wasm']));
});
