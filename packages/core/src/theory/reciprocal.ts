/** The toy of the theory: a map with a pole, as the fixed point of an affine operator. */
import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';

/** An operator without parameters to train. */
export type FixedOperator = ImplicitOperator<Record<string, never>, tf.Tensor, tf.Tensor, void>;

/**
 * `G(y, x) = y − η(xy − 1)`, element by element, whose fixed point is `1/x`.
 *
 * It is affine in `y` with contraction factor `1 − ηx`, and Lipschitz in `x` with constant `η|y|`: regular on `(0, 1]`. State
 * and input are tensors of one shape; the start is `y₀ = 0`.
 *
 * @param eta - step `0 < η < 1`, dimensionless; default 1/2.
 * @throws {RangeError} if `eta` is not between 0 and 1.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638.
 */
export function reciprocal(eta = 0.5): FixedOperator {
  if (!(eta > 0 && eta < 1)) throw new RangeError(`reciprocal: eta must be between 0 and 1; got ${eta}.`);
  return {
    name: `reciprocal(η=${eta})`,
    init: () => ({}),
    initialState: (x) => tf.zerosLike(x),
    apply: (_, y, x) => tf.tidy(() => tf.sub(y, tf.mul(constant(eta), tf.sub(tf.mul(x, y), constant(1))))),
  };
}

/**
 * Newton's iteration for the same map, `G(y, x) = y(2 − xy)` from `y₀ = 1`: the classical yardstick. Its error is
 * `(1 − x)^(2ᵗ)` relative, so it needs the logarithm of the evaluations; but it is no regular operator, since it contracts near
 * its fixed point only.
 */
export function newtonReciprocal(): FixedOperator {
  return {
    name: 'newton-reciprocal',
    init: () => ({}),
    initialState: (x) => tf.onesLike(x),
    apply: (_, y, x) => tf.tidy(() => tf.mul(y, tf.sub(constant(2), tf.mul(x, y)))),
  };
}

/** The iterate of {@link reciprocal} in closed form, `y_t(x) = (1 − (1 − ηx)ᵗ)/x` from `y₀ = 0`, without cancellation for small `x`; `y_t(0) = ηt`. */
export function reciprocalIterate(eta: number, x: number, steps: number): number {
  return x === 0 ? eta * steps : -Math.expm1(steps * Math.log1p(-eta * x)) / x;
}

/**
 * The Lipschitz constant of {@link reciprocalIterate} in `x` on `(0, 1]`, exactly `L_t = η²t(t − 1)/2`: the limit of `|y_t′|` at `x → 0⁺`.
 */
export function reciprocalLipschitz(eta: number, steps: number): number {
  return (eta * eta * (steps * steps - steps)) / 2;
}
