import { describe, expect, it } from '@jest/globals';
import { fromSeed } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { regularityAlong } from './regularity-along.ts';

/** `G(z, x) = A z + x` in the plane, of two samples. */
const A = [
  [0.5, 1.5],
  [0, -0.25],
] as const;
const affine = {
  initialState: (x: tf.Tensor) => tf.zerosLike(x),
  apply: ({ transposed }: { readonly transposed: tf.Tensor }, z: tf.Tensor, x: tf.Tensor) =>
    tf.add(tf.matMul(z, transposed), x),
};
const inputs = {
  operator: affine,
  params: { transposed: { data: Float64Array.of(A[0][0], A[1][0], A[0][1], A[1][1]), shape: [2, 2] } },
  x: { data: Float64Array.of(1, 1, -2, 4), shape: [2, 2] },
};

/** The larger singular value of a 2 × 2 matrix: the Frobenius norm is that of both, the determinant their product. */
const norm = ((): number => {
  const square = A.flat().reduce<number>((sum, value) => sum + value ** 2, 0);
  const determinant = A[0][0] * A[1][1] - A[0][1] * A[1][0];
  return Math.sqrt((square + Math.sqrt(square ** 2 - 4 * determinant ** 2)) / 2);
})();

describe('regularityAlong', () => {
  it('tells norm and spectral radius of an affine map apart, and its residual after t evaluations', async () => {
    const found = await regularityAlong(inputs, { evaluations: [0, 1, 7], key: fromSeed(0) });
    expect(found.map(({ evaluations }) => evaluations)).toEqual([0, 1, 7]);
    for (const { evaluations, residual, contraction, rate } of found) {
      for (const sample of [0, 1]) {
        expect(contraction[sample]).toBeCloseTo(norm, 9);
        expect(rate[sample]).toBeCloseTo(0.5, 9);
        // z_t − z_{t+1} = −A^t x.
        let moved = Array.from(inputs.x.data.slice(2 * sample, 2 * sample + 2));
        for (let t = 0; t < evaluations; t++) moved = A.map(([p, q]) => p * moved[0]! + q * moved[1]!);
        expect(residual[sample]).toBeCloseTo(Math.hypot(...moved), 12);
      }
    }
  });

  it('differentiates at the iterate, not at the start', async () => {
    // G(z) = tanh z + x, whose derivative is 1 − tanh² z, from z_0 = 0.
    const operator = {
      initialState: (x: tf.Tensor) => tf.zerosLike(x),
      apply: (_: { readonly [name: string]: tf.Tensor }, z: tf.Tensor, x: tf.Tensor) => tf.add(tf.tanh(z), x),
    };
    const found = await regularityAlong(
      { operator, params: {}, x: { data: Float64Array.of(1.25), shape: [1, 1] } },
      { evaluations: [0, 1, 2], key: fromSeed(0) },
    );
    const states = [0, 1.25, Math.tanh(1.25) + 1.25];
    found.forEach(({ contraction, rate }, t) => {
      const derivative = 1 - Math.tanh(states[t]!) ** 2;
      expect(contraction[0]).toBeCloseTo(derivative, 12);
      expect(rate[0]).toBeCloseTo(derivative, 12);
    });
  });
});
