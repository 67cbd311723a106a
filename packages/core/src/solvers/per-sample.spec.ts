import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { sampleDistance, sampleNorm, selectSamples } from './per-sample.ts';

const tree = () => ({
  a: tf.tensor([3, 0]),
  b: tf.tensor([
    [4, 0],
    [5, 12],
  ]),
});

describe('sampleNorm', () => {
  it('is Euclidean over all leaves, one number a sample', () => {
    expectClose(sampleNorm(tree()), tf.tensor([5, 13]));
  });
  it('keeps NaN and infinity in their sample', () => {
    expectClose(
      sampleNorm(
        tf.tensor([
          [1, NaN],
          [3, 4],
          [Infinity, 0],
        ]),
      ),
      [NaN, 5, Infinity],
    );
  });
});

describe('sampleDistance', () => {
  it('is the norm of the difference', () => {
    const origin = { a: tf.tensor([0, 0]), b: tf.zeros([2, 2]) };
    expectClose(sampleDistance(tree(), origin), tf.tensor([5, 13]));
    expectClose(sampleDistance(tree(), tree()), tf.tensor([0, 0]));
  });
  it('refuses trees of different structure', () => {
    expect(() => sampleDistance<Record<string, tf.Tensor>>(tree(), { a: tf.zeros([2]) })).toThrow(
      'trees must have the same structure',
    );
  });
});

describe('selectSamples', () => {
  it('takes whole samples of leaves of any rank, and lets no NaN through', () => {
    const mask = tf.tensor([1, 0], [2], 'bool');
    const bad = { a: tf.tensor([NaN, NaN]), b: tf.fill([2, 2, 2], NaN) };
    const good = { a: tf.tensor([1, 2]), b: tf.ones([2, 2, 2]) };
    expectClose(selectSamples(mask, bad, good), {
      a: [NaN, 2],
      b: tf.tensor([NaN, NaN, NaN, NaN, 1, 1, 1, 1], [2, 2, 2]),
    });
  });
});
