import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '../loop/while-loop.ts';
import { spec } from '../tree/tree.ts';
import { compile } from './compile.ts';

const SIZE = 256;
const ROUNDS = 1000;
const WARM_UP = 200;
/** What 800 functions hold that nothing frees comes to 770 MB; V8's own heap has been seen to grow by 23 MB meanwhile. */
const ALLOWED_BYTES = 100e6;

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('dispose', () => {
  it('gives back the memory of a thousand compiled functions', async () => {
    const W = tf.fill([SIZE, SIZE], 0.01);
    const weights = tf.add(W, tf.reshape(tf.linspace(0, 1e-3, SIZE * SIZE), [SIZE, SIZE]));
    const fn = (x: tf.Tensor) =>
      whileLoop({ init: x, body: (z) => tf.tanh(tf.matMul(z, weights)), maxSteps: 2 }).state;
    const x = { data: new Float32Array(SIZE), shape: [1, SIZE] };
    const tensors = tf.memory().numTensors;
    let before = 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (round === WARM_UP) before = process.memoryUsage().rss;
      const compiled = await compile(fn, [spec([1, SIZE])]);
      await compiled.runArrays(x);
      await compiled.dispose();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(ALLOWED_BYTES);
    expect(tf.memory().numTensors).toBe(tensors);
  }, 60_000);

  it('lets several runs of one function and of several go on at the same time', async () => {
    const double = await compile((x: tf.Tensor) => tf.mul(x, 2), [spec([1])]);
    const square = await compile((x: tf.Tensor) => tf.square(x), [spec([1])]);
    const of = (value: number) => ({ data: Float32Array.of(value), shape: [1] });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? double : square).runArrays(of(i))),
    );
    expect(results.map(({ data }) => data[0])).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 2 * i : i * i)),
    );
    await double.dispose();
    await square.dispose();
  });
});
