import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { sampleDistance, sampleNorm, selectSamples, unitSamples } from './per-sample.ts';

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

describe('unitSamples', () => {
  it('is each sample of length 1, and its length', () => {
    const { unit, length } = unitSamples(tree());
    expectClose(length, tf.tensor([5, 13]));
    expectClose(unit, {
      a: [0.6, 0],
      b: tf.tensor([
        [0.8, 0],
        [5 / 13, 12 / 13],
      ]),
    });
  });
  it('keeps zero, numbers whose squares float32 does not hold, and NaN in their samples', () => {
    const rows = tf.tensor([
      [0, 0],
      [3e-30, 4e-30],
      [3e30, -4e30],
      [NaN, 1],
    ]);
    const { unit, length } = unitSamples(rows);
    expectClose(length, [0, 5e-30, 5e30, NaN], { atol: 0 });
    expectClose(
      unit,
      tf.tensor([
        [0, 0],
        [0.6, 0.8],
        [0.6, -0.8],
        [NaN, NaN],
      ]),
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
