/** The two-pole function of the theory, in TF.js for operators and in float64 for references. */
import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import type { FixedOperator } from './reciprocal.ts';
import type { ScalarTarget } from './scalar-target.ts';
import { sufficiencyOperator } from './sufficiency-operator.ts';

/** The function's domain is `[low, high]` without its poles. */
export const TWO_POLE_DOMAIN = { low: -2, high: 3, poles: [0, 1] } as const;

/**
 * A map with poles at 0 and 1, in float64: `−x` on `[−2, 0)`, `1/x + 1/(x − 1)` on `(0, 1)`, `1/(x − 1) − 1/x` on `(1, 3]`.
 * @returns NaN at the poles and outside.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638.
 */
export function twoPole(x: number): number {
  const { low, high } = TWO_POLE_DOMAIN;
  if (!(x >= low && x <= high) || x === 0 || x === 1) return NaN;
  if (x < 0) return -x;
  return x < 1 ? 1 / x + 1 / (x - 1) : 1 / (x - 1) - 1 / x;
}

/** The derivative of {@link twoPole}. */
export function twoPoleSlope(x: number): number {
  if (Number.isNaN(twoPole(x))) return NaN;
  if (x < 0) return -1;
  return (x < 1 ? -1 : 1) * x ** -2 - (x - 1) ** -2;
}

/**
 * The two-pole function as a target, `margin` and more from its poles: the nearer, the steeper.
 * @throws {RangeError} if `margin` is not between 0 and 1/2.
 */
export function twoPoleTarget(margin: number): ScalarTarget {
  if (!(margin > 0 && margin < 0.5)) {
    throw new RangeError(`twoPoleTarget: margin must be between 0 and 1/2; got ${margin}.`);
  }
  return {
    name: `two-pole function on [-2, 3], ${margin} from its poles`,
    F: twoPole,
    pieces: [
      { low: TWO_POLE_DOMAIN.low, high: -margin },
      { low: margin, high: 1 - margin },
      { low: 1 + margin, high: TWO_POLE_DOMAIN.high },
    ],
    lipschitz: Math.abs(twoPoleSlope(margin)),
    spread: 'uniform',
  };
}

/** The pace of {@link twoPoleOperator}: `ε(x) = min(c, x²(x − 1)²)`. */
export function twoPolePace(c: number, x: number): number {
  return Math.min(c, (x * (x - 1)) ** 2);
}

/**
 * Theorem 2.4 for the two-pole function, element by element, with `ε(x) = min(c, x²(x − 1)²)`.
 *
 * @param c - fastest pace, in (0, 1), dimensionless; default 1/2.
 * @throws {RangeError} if `c` is not between 0 and 1.
 */
export function twoPoleOperator(c = 0.5): FixedOperator {
  if (!(c > 0 && c < 1)) throw new RangeError(`twoPoleOperator: c must be between 0 and 1; got ${c}.`);
  return sufficiencyOperator({
    name: `two-pole(c=${c})`,
    F: twoPoleTensor,
    epsilon: (x) => tf.tidy(() => tf.minimum(constant(c), tf.square(polesOf(x)))),
  });
}

/** Between the poles `(2x − 1)/(x(x − 1))`, beyond them `1/(x(x − 1))`: one division, by the product that both share. */
function twoPoleTensor(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const isNegative = isPositive(tf.neg(x));
    const isBetween = isPositive(tf.sub(constant(1), x));
    const numerator = tf.where(isBetween, tf.sub(tf.mul(constant(2), x), constant(1)), tf.onesLike(x));
    // A pole's own branch is not taken left of 0, but its derivative would be 0·∞ there: divide by 1 instead.
    const denominator = tf.where(isNegative, tf.onesLike(x), polesOf(x));
    return tf.where(isNegative, tf.neg(x), tf.div(numerator, denominator));
  });
}

/** `x(x − 1)`, zero at the poles. */
function polesOf(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sub(x, constant(1)));
}

/** `x > 0` by way of `tf.step`, since TF.js cannot differentiate past a comparison. */
function isPositive(x: tf.Tensor): tf.Tensor {
  return tf.cast(tf.step(x), 'bool');
}
