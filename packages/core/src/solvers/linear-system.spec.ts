import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { solvePositiveDefinite } from './linear-system.ts';

describe('solvePositiveDefinite', () => {
  it('solves a system by hand', () => {
    // [4 2; 2 3] x = [10; 11] has the solution [1; 3].
    const x = solvePositiveDefinite(
      tf.tensor3d([
        [
          [4, 2],
          [2, 3],
        ],
      ]),
      tf.tensor3d([[[10], [11]]]),
    );
    expectClose(x, tf.tensor3d([[[1], [3]]]));
  });

  it.each([1, 2, 5, 8])('solves random systems of %i unknowns, each sample its own', (n) => {
    const key = fold(fromSeed(0), n);
    const root = toTensor(normal(fold(key, 'root'), [4, n, n]));
    const A = tf.add(tf.matMul(root, root, false, true), tf.mul(tf.eye(n), n));
    const x = toTensor(normal(fold(key, 'x'), [4, n, 1]));
    expectClose(solvePositiveDefinite(A, tf.matMul(A, x)), x, { rtol: 1e-4, atol: 1e-5 });
  });

  it('gives numbers that are not finite for a singular sample, and harms no other', () => {
    const A = tf.tensor3d([
      [
        [0, 0],
        [0, 0],
      ],
      [
        [2, 0],
        [0, 4],
      ],
    ]);
    const x = solvePositiveDefinite(A, tf.ones([2, 2, 1])).dataSync();
    expect(Array.from(x.slice(0, 2)).some(Number.isFinite)).toBe(false);
    expectClose(x.slice(2), [0.5, 0.25]);
  });
});
