import * as tf from '@tensorflow/tfjs';
import { compile } from '../runtime/compile.ts';
import { spec } from '../tree/tree.ts';
import { activeTrace } from './tracer.ts';

describe('a trace', () => {
  it('leaves eager TF.js working when nothing had used it before', async () => {
    tf.env().set('PROD', true);
    await compile((x: tf.Tensor) => tf.neg(x), [spec([1])]);
    expect([...tf.add(tf.tensor1d([1]), 1).dataSync()]).toEqual([2]);
  });

  it('is active only while tracing', async () => {
    let isActive = false;
    await compile(
      (x: tf.Tensor) => {
        isActive = activeTrace() !== null;
        return x;
      },
      [spec([1])],
    );
    expect([isActive, activeTrace()]).toEqual([true, null]);
  });
});
