import * as tf from '@tensorflow/tfjs';
import { leaves, specsOf } from '@equilibria/compile';
import { fromSeed } from '../random/key.ts';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { applyPerceptron, initPerceptron, layersLike, perceptronSize } from './multilayer-perceptron.ts';

describe('applyPerceptron', () => {
  it('is tanh between affine maps', () => {
    const layers = [
      { W: tf.tensor2d([[1, -2]]), b: tf.tensor1d([0.5, 0]) },
      { W: tf.tensor2d([[3], [1]]), b: tf.tensor1d([-1]) },
    ];
    const expected = [2, -1].map((x) => 3 * Math.tanh(x + 0.5) + Math.tanh(-2 * x) - 1);
    expectClose(applyPerceptron(layers, tf.tensor2d([[2], [-1]])), expected);
  });
});

describe('initPerceptron', () => {
  const sizes = [1, 200, 300, 2];

  it('has the forms and the number of parameters that are told of its sizes', () => {
    const layers = initPerceptron(fromSeed(0), sizes);
    expect(specsOf(layers as never)).toEqual(layersLike(sizes));
    const count = leaves<tf.Tensor>(layers as never).reduce((sum, { size }) => sum + size, 0);
    expect(count).toBe(perceptronSize(sizes));
  });

  it('keeps the variance of what goes through, and bends its first units in different places', () => {
    const [first, second] = initPerceptron(fromSeed(1), sizes);
    const deviation = tf.moments(second!.W).variance.sqrt().dataSync()[0]!;
    expect(Math.abs(deviation * Math.sqrt(200) - 1)).toBeLessThan(0.02);
    expect(new Set(first!.b.dataSync()).size).toBe(200);
    expectClose(second!.b, new Float32Array(300));
  });

  it('is a function of the key, and leaves nothing else behind', async () => {
    const [a, b, c] = [0, 0, 1].map((seed) => initPerceptron(fromSeed(seed), [1, 3, 1])[0]!.W.dataSync());
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    await expectNoLeak(() => initPerceptron(fromSeed(0), [1, 3, 1]));
  });

  it('refuses sizes that are none', () => {
    expect(() => initPerceptron(fromSeed(0), [1])).toThrow(
      'initPerceptron: sizes must be two or more integers >= 1; got [1].',
    );
    expect(() => initPerceptron(fromSeed(0), [1, 0.5])).toThrow('got [1, 0.5].');
  });
});
