/** Theorem 2.4: a regular operator for every locally Lipschitz map. */
import * as tf from '@tensorflow/tfjs';
import type { FixedOperator } from './reciprocal.ts';

/** The two functions of the construction, TF.js ops only. */
export type SufficiencyParts = {
  readonly name: string;
  /** The map to express: `[batch, …]` to `[batch, n]`, each sample by itself. */
  readonly F: (x: tf.Tensor) => tf.Tensor;
  /**
   * The pace, `[batch, …]` to `[batch, 1]` or `[batch, n]`, in (0, 1): small where `F` is steep. The operator is regular if
   * `ε` and `εF` are Lipschitz; that is not checked.
   */
  readonly epsilon: (x: tf.Tensor) => tf.Tensor;
};

/**
 * The construction of Theorem 2.4, `G(y, x) = F(x) + (1 − ε(x))(y − F(x))`, whose fixed point is `F(x)` and whose contraction
 * factor is `1 − ε(x)`.
 *
 * Computed as `y + ε(x)(F(x) − y)`, which is the same and does not cancel where `F` is large and `ε` tiny. The start is
 * `y₀ = 0`.
 *
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638, Theorem 2.4.
 * @example
 * sufficiencyOperator({ name: 'square', F: tf.square, epsilon: (x) => tf.fill(x.shape, 0.5) }).name; // => 'square'
 */
export function sufficiencyOperator({ name, F, epsilon }: SufficiencyParts): FixedOperator {
  return {
    name,
    init: () => ({}),
    initialState: (x) => tf.tidy(() => tf.zerosLike(F(x))),
    apply: (_, y, x) => tf.tidy(() => tf.add(y, tf.mul(epsilon(x), tf.sub(F(x), y)))),
  };
}

/** The factor `1 − (1 − ε)ᵗ` of the iterate `y_t(x) = (1 − (1 − ε(x))ᵗ) F(x)` from `y₀ = 0`. */
export function sufficiencyProgress(epsilon: number, steps: number): number {
  return -Math.expm1(steps * Math.log1p(-epsilon));
}
