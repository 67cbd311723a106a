import * as tf from '@tensorflow/tfjs';
import { fromSeed } from '../random/key.ts';
import { expectClose } from '../testing/index.ts';
import { implicitModel, LEARNED_MODELS } from './models.ts';
import { applyPerceptron } from './multilayer-perceptron.ts';

const batch = () => ({ x: tf.tensor2d([[-0.9], [0.1], [0.8]]), y: tf.tensor2d([[1], [-20], [3]]) });

describe('the implicit model', () => {
  const model = implicitModel([4]);
  const layers = model.init(fromSeed(2));

  it('answers b/ε, after no more than four evaluations', () => {
    const { x } = batch();
    const [logit, push] = tf.split(applyPerceptron(layers, x), 2, 1) as [tf.Tensor, tf.Tensor];
    expectClose(model.predict(layers, x), tf.div(push, tf.sigmoid(logit)).dataSync(), { rtol: 1e-5 });
    const { report } = model.task(layers, batch()) as unknown as {
      report: { evaluations: tf.Tensor; status: tf.Tensor };
    };
    expect(Array.from(report.status.dataSync())).toEqual([1, 1, 1]);
    expect(Math.max(...report.evaluations.dataSync())).toBeLessThanOrEqual(4);
  });

  it('has the gradient of that answer', () => {
    const { x, y } = batch();
    const closed = (W: tf.Tensor): tf.Tensor => {
      const [logit, push] = tf.split(applyPerceptron([{ ...layers[0]!, W }, layers[1]!], x), 2, 1) as [
        tf.Tensor,
        tf.Tensor,
      ];
      return tf.mean(tf.squaredDifference(tf.asinh(tf.div(push, tf.sigmoid(logit))), tf.asinh(y)));
    };
    const expected = tf.grad(closed)(layers[0]!.W);
    expectClose(model.task(layers, batch()).gradient[0]!.W, expected.dataSync(), { rtol: 1e-3, atol: 1e-5 });
  });
});

describe('the models', () => {
  it('are compared at equal parameters and at equal compute, never to the disadvantage of the explicit ones', () => {
    const [implicit, sameSize, sameCompute] = LEARNED_MODELS.map(({ parameters }) => parameters);
    expect(sameSize! / implicit!).toBeGreaterThanOrEqual(1);
    expect(sameSize! / implicit!).toBeLessThan(1.05);
    expect(sameCompute! / implicit!).toBeGreaterThanOrEqual(4);
    expect(sameCompute! / implicit!).toBeLessThan(4.2);
  });
});
