/** Theorem 2.4: a regular operator for every locally Lipschitz map. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '@equilibria/compile';
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
 * Its residual is `ε‖F(x) − y‖`: where `ε` is small, a small residual allows a large error, up to `1/ε` times as much. Ask for a
 * residual of `ε` times the error you can bear, and switch the verdict `stagnated` off: it gives up on contractions that slow.
 *
 * @throws {ShapeError} (when applied) if `F` does not give `[batch, …]`, or `epsilon` neither that nor 1 along axes after the first.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638, Theorem 2.4.
 * @example
 * sufficiencyOperator({ name: 'square', F: tf.square, epsilon: (x) => tf.fill(x.shape, 0.5) }).name; // => 'square'
 */
export function sufficiencyOperator({ name, F, epsilon }: SufficiencyParts): FixedOperator {
  const target = (x: tf.Tensor): tf.Tensor => {
    const value = F(x);
    if (value.rank > 0 && value.shape[0] === x.shape[0]) return value;
    throw new ShapeError(`sufficiencyOperator: F must give [batch, …]; got ${shapes(value, x)}.`);
  };
  const pace = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
    const value = epsilon(x);
    const fits = (length: number, axis: number) => length === y.shape[axis] || (axis > 0 && length === 1);
    if (value.rank === y.rank && value.shape.every(fits)) return value;
    throw new ShapeError(
      `sufficiencyOperator: epsilon must give [batch, 1] or the shape of F; got ${shapes(value, x)}. Keep the dimension of a sum.`,
    );
  };
  return {
    name,
    init: () => ({}),
    initialState: (x) => tf.tidy(() => tf.zerosLike(target(x))),
    apply: (_, y, x) => tf.tidy(() => tf.add(y, tf.mul(pace(x, y), tf.sub(target(x), y)))),
  };
}

function shapes(value: tf.Tensor, x: tf.Tensor): string {
  return `[${value.shape.join(', ')}] of an input [${x.shape.join(', ')}]`;
}

/** The factor `1 − (1 − ε)ᵗ` of the iterate `y_t(x) = (1 − (1 − ε(x))ᵗ) F(x)` from `y₀ = 0`. */
export function sufficiencyProgress(epsilon: number, steps: number): number {
  return -Math.expm1(steps * Math.log1p(-epsilon));
}
