import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { fromRows, rowLength, rowNorms, shiftIn, toRows } from './sample-rows.ts';

const tree = () => ({
  a: tf.tensor([1, 2]),
  b: tf.tensor(
    [
      [
        [3, 4],
        [5, 6],
      ],
      [
        [7, 8],
        [9, 10],
      ],
    ],
    [2, 2, 2],
  ),
});

describe('rows of samples', () => {
  it('hold all leaves side by side, and come back as they were', () => {
    const rows = toRows(tree());
    expectClose(rows, [1, 3, 4, 5, 6, 2, 7, 8, 9, 10]);
    expect(rows.shape).toEqual([2, rowLength(tree())]);
    expectClose(fromRows(tree(), tf.neg(rows)), {
      a: tf.neg(tree().a),
      b: tf.neg(tree().b),
    });
  });
  it('are the leaf itself if there is one', () => {
    const leaf = tf.tensor2d([[1, 2, 3]]);
    expectClose(fromRows(leaf, toRows(leaf)), leaf);
  });
  it('have norms of their own, NaN in its own', () => {
    expectClose(
      rowNorms(
        tf.tensor2d([
          [3, 4],
          [NaN, 1],
        ]),
      ),
      [5, NaN],
    );
  });
  it('shift the newest in and the oldest out', () => {
    const history = tf.tensor([1, 2, 3, 4], [1, 2, 2]);
    expectClose(shiftIn(history, tf.tensor2d([[9, 8]])), [9, 8, 1, 2]);
  });
});
