import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';

describe('picard', () => {
  it('applies the map, and nothing else, once a step', async () => {
    const z0 = tf.tensor([[1], [2]]);
    const { value } = await solve((z: tf.Tensor) => tf.tanh(z), z0, picard(), { maxSteps: 3 });
    expectClose(value, tf.tanh(tf.tanh(tf.tanh(z0))), { rtol: 0, atol: 0 });
  });
  it('goes the damped part of the way', async () => {
    const f = (z: tf.Tensor) => tf.mul(z, -1);
    const { value } = await solve(f, tf.tensor([[8]]), picard({ damping: 0.25 }), { maxSteps: 2 });
    expectClose(value, [2]);
  });
  it('converges on a 2-cycle when damped', async () => {
    const f = (z: tf.Tensor) => tf.sub(2, z);
    expect((await solve(f, tf.zeros([1, 1]), picard(), { maxSteps: 99 })).status).toEqual(['cycling']);
    const damped = await solve(f, tf.zeros([1, 1]), picard({ damping: 0.5 }), { maxSteps: 99 });
    expect(damped.status).toEqual(['converged']);
    expectClose(damped.value, [1]);
  });
  it.each([0, -1, 1.5, NaN])('refuses damping %p', (damping) => {
    expect(() => picard({ damping })).toThrow(`picard: damping must be in (0, 1]; got ${damping}.`);
  });
});
