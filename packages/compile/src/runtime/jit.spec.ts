import * as tf from '@tensorflow/tfjs';
import { jit } from './jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('jit', () => {
  it('compiles once for each signature', async () => {
    let traces = 0;
    const f = jit((x: tf.Tensor) => {
      traces += 1;
      return tf.sum(tf.square(x));
    });
    expect([...(await f(tf.tensor1d([1, 2]))).dataSync()]).toEqual([5]);
    expect([...(await f(tf.tensor1d([3, 4]))).dataSync()]).toEqual([25]);
    expect([...(await f(tf.tensor1d([1, 2, 3]))).dataSync()]).toEqual([14]);
    expect([traces, f.size]).toEqual([2, 2]);
    await f.dispose();
    expect(f.size).toBe(0);
  });

  it('compiles a function nobody wrote for it: a training step with its gradient', async () => {
    const step = jit((w: tf.Tensor, x: tf.Tensor, y: tf.Tensor) => {
      const { value, grads } = tf.valueAndGrads((v: tf.Tensor) =>
        tf.mean(tf.squaredDifference(tf.tanh(tf.matMul(x as tf.Tensor2D, v as tf.Tensor2D)), y)),
      )([w]);
      return { loss: value, w: tf.sub(w, tf.mul(0.1, grads[0]!)) };
    });
    let w: tf.Tensor = tf.ones([2, 1]);
    const [x, y] = [
      tf.tensor2d([
        [1, 0],
        [0, 1],
      ]),
      tf.tensor2d([[0.5], [-0.5]]),
    ];
    const losses: number[] = [];
    for (let i = 0; i < 50; i++) {
      const next = await step(w, x, y);
      losses.push(next.loss.dataSync()[0]!);
      w = next.w;
    }
    expect(losses[49]!).toBeLessThan(losses[0]! / 10);
    expect(step.size).toBe(1);
  });

  it('tells structures apart that have the same leaves', async () => {
    const f = jit((x: tf.Tensor | { a: tf.Tensor }) =>
      x instanceof tf.Tensor ? tf.neg(x) : tf.mul(x.a, 10),
    );
    expect([...(await f(tf.tensor1d([1]))).dataSync()]).toEqual([-1]);
    expect([...(await f({ a: tf.tensor1d([1]) })).dataSync()]).toEqual([10]);
    expect(f.size).toBe(2);
    await f.dispose();
  });

  it('does not keep a compilation that failed', async () => {
    const f = jit((x: tf.Tensor) => tf.unique(x).values);
    await expect(f(tf.tensor1d([1]))).rejects.toThrow('Unique');
    expect(f.size).toBe(0);
  });

  it('refuses to freeze a variable', async () => {
    const w = tf.variable(tf.tensor1d([2]), true, 'weight');
    const f = jit((x: tf.Tensor) => tf.mul(x, w));
    await expect(f(tf.tensor1d([1]))).rejects.toThrow(
      "jit: the function must not capture variables; it captured 'weight', whose value would be frozen. Pass it as an argument.",
    );
    expect(f.size).toBe(0);
    w.dispose();
  });

  it('refuses what is not a tensor', async () => {
    const f = jit((x: tf.Tensor) => tf.neg(x));
    await expect(f(2 as unknown as tf.Tensor)).rejects.toThrow(
      "jit: arguments must be trees of tensors; got number at '0'.",
    );
  });
});
