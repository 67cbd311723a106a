/** Norms and spectral radii of Jacobians, sample by sample, by power iteration. */
import * as tf from '@tensorflow/tfjs';
import { type TensorTree, tidyTree, whileLoop, zipTensors } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { innerProducts, sampleNorm, scaleSamples, unitSamples } from '../solvers/per-sample.ts';
import { vectorJacobian } from '../gradients/vector-jacobian.ts';
import { jacobianVector } from './jacobian-vector.ts';
import { assertSameForm } from './same-form.ts';

/** An estimate per sample, and how far it is from settled. */
export type JacobianEstimate = {
  /** float32 `[batch]`, in units of `f` by units of `x`. */
  readonly value: tf.Tensor;
  /** float32 `[batch]`, dimensionless: see the function that made it. */
  readonly error: tf.Tensor;
};

/** How long to iterate. */
export type PowerOptions = {
  /** Power steps; default 50. */
  readonly steps?: number;
};

/**
 * `‖∂f/∂x‖₂` of each sample at `x`: the local Lipschitz constant of `f` in the Euclidean norm, by power iteration on `JᵀJ`. It never
 * exceeds the norm (but for rounding), and approaches it from below: it cannot certify that a map contracts.
 *
 * Pure and traceable. Two reverse passes and a forward one a step.
 *
 * @param f - TF.js ops; sample `i` of `f(x)` depends on sample `i` of `x` only.
 * @param x - where; float32 leaves with the batch on axis 0. Borrowed.
 * @param start - a direction like `x`, random and not zero in any sample; an input, not drawn here, so that it is not frozen into
 *   a graph. Borrowed.
 * @returns tensors of the caller; `error` is the relative change in the last step.
 * @throws {RangeError} if `steps` is not a natural number >= 1.
 * @throws {ShapeError} if `start` is not of the form of `x`.
 */
export function jacobianNorm<X extends TensorTree>(
  f: (x: X) => TensorTree,
  x: X,
  start: X,
  options: PowerOptions = {},
): JacobianEstimate {
  const { steps = 50 } = options;
  assertSteps('jacobianNorm', 'steps', steps);
  assertSameForm('jacobianNorm', { x, start });
  return tidyTree(() => {
    const forward = (v: X): TensorTree => jacobianVector(f, x, v);
    const backward = (u: TensorTree): X => vectorJacobian(f, x, u);
    return powerIteration({ forward, backward }, start, steps);
  });
}

/** The largest singular value of a linear operator of each sample, by power iteration on `AᵀA`; see {@link jacobianNorm}. */
export function powerIteration<X extends TensorTree, Y extends TensorTree>(
  { forward, backward }: { readonly forward: (v: X) => Y; readonly backward: (u: Y) => X },
  start: X,
  steps: number,
): JacobianEstimate {
  const { unit: v, length } = unitSamples(start);
  const nothing = tf.zerosLike(length);
  const { state } = whileLoop({
    init: { v, norm: nothing, before: nothing },
    body: ({ v: from, norm }) => {
      // Of unit length here as well: the square of the norm may be more than a number holds.
      const image = unitSamples(forward(from));
      return { v: unitSamples(backward(image.unit)).unit, norm: image.length, before: norm };
    },
    maxSteps: steps,
  });
  const { norm, before } = state;
  return { value: norm, error: relative(tf.abs(tf.sub(norm, before)), norm) };
}

/**
 * The spectral radius of `∂f/∂z` of each sample at `z`: how fast Picard iteration converges near a fixed point, or diverges where it
 * is above 1. By power iteration, and at its end the two dominant eigenvalues from the recurrence `J²v = a·Jv + b·v`, which holds
 * of real ones and of a complex pair alike.
 *
 * @param f - as in {@link jacobianNorm}; its values are of the form of `z`.
 * @returns tensors of the caller; `error` is `‖J²v − a·Jv − b·v‖/‖J²v‖`, small where one or two eigenvalues dominate.
 * @throws as {@link jacobianNorm}.
 */
export function spectralRadius<Z extends TensorTree>(
  f: (z: Z) => Z,
  z: Z,
  start: Z,
  options: PowerOptions = {},
): JacobianEstimate {
  const { steps = 50 } = options;
  assertSteps('spectralRadius', 'steps', steps);
  assertSameForm('spectralRadius', { x: z, start });
  const J = (v: Z): Z => jacobianVector(f, z, v);
  return tidyTree(() => {
    const { state: v } = whileLoop({
      init: unitSamples(start).unit,
      body: (at: Z) => unitSamples(J(at)).unit,
      maxSteps: steps,
    });
    const { unit: w, length } = unitSamples(J(v));
    const second = J(w);
    const [a, b] = recurrence(v, w, second);
    const rest = zipTensors([second, scaleSamples(w, a), scaleSamples(v, b)], (x, p, q) =>
      tf.sub(x, tf.add(p, q)),
    );
    return {
      value: largestRoot(a, tf.mul(b, length)),
      error: relative(sampleNorm(rest), sampleNorm(second)),
    };
  });
}

/** `a` and `b` of the least squares of `second = a·w + b·v` for unit vectors `v` and `w`; of parallel ones, `b` is 0. */
function recurrence<Z extends TensorTree>(v: Z, w: Z, second: Z): readonly [tf.Tensor, tf.Tensor] {
  const [cosine, alongV, alongW] = [innerProducts(v, w), innerProducts(v, second), innerProducts(w, second)];
  const one = tf.onesLike(cosine);
  const determinant = tf.sub(one, tf.square(cosine));
  const isParallel = tf.lessEqual(determinant, tf.scalar(PARALLEL));
  const safe = tf.where(isParallel, one, determinant);
  const a = tf.div(tf.sub(alongW, tf.mul(cosine, alongV)), safe);
  const b = tf.div(tf.sub(alongV, tf.mul(cosine, alongW)), safe);
  return [tf.where(isParallel, alongW, a), tf.where(isParallel, tf.zerosLike(b), b)];
}

/** Below this squared sine of the angle between them, vectors count as parallel: rounding would decide otherwise. */
const PARALLEL = 2 ** -16;

/** The larger absolute value of the roots of `λ² = a·λ + b`. */
function largestRoot(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const discriminant = tf.add(tf.square(a), tf.mul(tf.scalar(4), b));
  const isReal = tf.greaterEqual(discriminant, tf.scalar(0));
  const root = tf.sqrt(tf.maximum(discriminant, tf.scalar(0)));
  const real = tf.mul(tf.scalar(0.5), tf.add(tf.abs(a), root));
  return tf.where(isReal, real, tf.sqrt(tf.maximum(tf.neg(b), tf.scalar(0))));
}

/** `a/b`, and 0 where `b` is 0. */
function relative(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const isZero = tf.equal(b, tf.scalar(0));
  return tf.where(isZero, tf.zerosLike(a), tf.div(a, tf.where(isZero, tf.onesLike(b), b)));
}
