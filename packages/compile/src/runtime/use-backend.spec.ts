import * as tf from '@tensorflow/tfjs';
import { ProviderError } from '../errors.ts';
import { backendNames, useBackend, type BackendName } from './use-backend.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('useBackend', () => {
  it.each(['cpu', 'wasm'] as const)('computes with %s from then on', async (name) => {
    await useBackend(name);
    expect(tf.getBackend()).toBe(name);
    const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]));
    expect([...(await product.data())]).toEqual([3, 3, 3, 3]);
    await tf.setBackend('cpu');
  });

  it.each(['tensorflow', 'tensorflow-gpu'] as const)('has %s, or says how to install it', async (name) => {
    const told = await useBackend(name).then(
      () => tf.getBackend(),
      (error: unknown) => (error instanceof ProviderError ? error.message : String(error)),
    );
    const packageName = name === 'tensorflow' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu';
    const remedy = `Install it with: npm install --no-save --ignore-scripts=false ${packageName}@4.22.0 (Node 20 or 22).`;
    expect([told === 'tensorflow', told.endsWith(remedy)]).toContain(true);
    await tf.setBackend('cpu');
  });

  it('keeps the back end in use if there is no such one', async () => {
    await expect(useBackend('abacus' as BackendName)).rejects.toThrow(
      `useBackend: the name must be one of ${backendNames.join(', ')}; got 'abacus'.`,
    );
    expect(tf.getBackend()).toBe('cpu');
  });
});
