import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { gmres } from './gmres.ts';
import { solveLeastSquares, splitBy } from './least-squares.ts';

const key = fromSeed(0);

describe('splitBy', () => {
  it('gives the part in the span and the direction of the rest', () => {
    const { coefficients, direction, length } = splitBy([tf.tensor2d([[1, 0]])], tf.tensor2d([[3, -4]]));
    expectClose(coefficients, [3]);
    expectClose(direction, [0, -1]);
    expectClose(length, [4]);
  });
  it('is orthogonal to rounding, also where little is left', () => {
    const row = tf.tensor2d([[0.6, 0.8]]);
    const { direction } = splitBy([row], tf.tensor2d([[0.6 - 0.8e-4, 0.8 + 0.6e-4]]));
    expectClose(tf.sum(tf.mul(direction, row)), [0], { atol: 2e-7 });
  });
  it('has no direction where nothing but rounding is left, or nothing is a number', () => {
    const unit = tf.tensor2d([
      [0.6, 0.8],
      [0.6, 0.8],
    ]);
    const { direction, length } = splitBy(
      [unit],
      tf.tensor2d([
        [3, 4],
        [NaN, 4],
      ]),
    );
    expectClose(direction, [0, 0, 0, 0]);
    expectClose(length, [0, 0]);
    expectClose(splitBy([], tf.zeros([1, 2])).direction, [0, 0]);
  });
});

describe('solveLeastSquares', () => {
  it('fits a line, by hand', () => {
    // y = 1 + 2t through (0, 1), (1, 3), (2, 5), and one of the residual (1, −2, 1) off it.
    const columns = [tf.tensor2d([[1, 1, 1]]), tf.tensor2d([[0, 1, 2]])];
    const [a, b] = solveLeastSquares(columns, tf.tensor2d([[2, 1, 6]]));
    expectClose(a!, [1], { atol: 1e-5 });
    expectClose(b!, [2]);
  });
  it('gives a dependent column nothing, and harms no other sample', () => {
    const first = tf.tensor2d([
      [1, 1],
      [1, 0],
      [NaN, 1],
    ]);
    const second = tf.tensor2d([
      [2, 2],
      [0, 4],
      [1, 1],
    ]);
    const [a, b] = solveLeastSquares(
      [first, second],
      tf.tensor2d([
        [3, 3],
        [3, 8],
        [1, 1],
      ]),
    );
    expectClose(a!.dataSync().slice(0, 2), [3, 3]);
    expectClose(b!.dataSync().slice(0, 2), [0, 2]);
    expect(Number.isFinite(a!.dataSync()[2])).toBe(true);
  });
});

describe('gmres', () => {
  const system = (n: number) => {
    const A = tf.add(toTensor(normal(fold(key, `A ${n}`), [n, n])), tf.mul(tf.eye(n), 2));
    const x = toTensor(normal(fold(key, `x ${n}`), [2, n]));
    return { A: (v: tf.Tensor) => tf.matMul(v, A), x };
  };

  it.each([1, 2, 5, 8])('solves systems of %i unknowns in as many products', (n) => {
    const { A, x } = system(n);
    expectClose(gmres(A, A(x), n), x, { rtol: 1e-3, atol: 1e-4 });
  });
  it('has a residual that falls with the products, and more products than unknowns do no harm', () => {
    const { A, x } = system(6);
    const b = A(x);
    const residual = (steps: number) => tf.norm(tf.sub(A(gmres(A, b, steps)), b)).dataSync()[0]!;
    const residuals = [1, 2, 3, 4, 5, 6].map(residual);
    residuals.slice(1).forEach((r, k) => expect(r).toBeLessThanOrEqual(residuals[k]! * (1 + 1e-5)));
    expect(residual(12)).toBeLessThan(1e-4);
  });
  it('leaves the residual of a singular system no larger, and keeps a NaN in its sample', () => {
    // The first component is lost; b has one there.
    const lossy = (v: tf.Tensor) => tf.mul(v, tf.tensor2d([[0, 2, 3]]));
    const x = gmres(
      lossy,
      tf.tensor2d([
        [1, 2, 3],
        [NaN, 1, 1],
      ]),
      3,
    );
    const [first, second, third, ...rest] = x.dataSync();
    expect(Number.isFinite(first)).toBe(true);
    expectClose([second!, third!], [1, 1], { rtol: 1e-4 });
    expectClose(rest, [0, 0, 0]);
    expectClose(
      gmres(() => tf.zeros([1, 3]), tf.ones([1, 3]), 2),
      [0, 0, 0],
    );
  });
  it('is 0 where a product is not finite, though others were', () => {
    let products = 0;
    const A = (v: tf.Tensor) => tf.add(v, products++ === 0 ? tf.tensor2d([[0, 1]]) : NaN);
    expectClose(gmres(A, tf.tensor2d([[1, 0]]), 2), [0, 0]);
  });
  it('solves a rotation, whose spectrum is complex', () => {
    const A = (v: tf.Tensor) =>
      tf.matMul(
        v,
        tf.tensor2d([
          [0, 1],
          [-1, 0],
        ]),
      );
    expectClose(gmres(A, tf.tensor2d([[1, 2]]), 2), [2, -1], { atol: 1e-5 });
  });
});
