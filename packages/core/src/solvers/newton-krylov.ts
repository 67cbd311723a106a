/** Newton's method with Krylov steps. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, zipTensors, type TensorTree } from '@equilibria/compile';
import { jacobianVector } from '../lipschitz/jacobian-vector.ts';
import type { FixedPointMap, Solver } from './contract.ts';
import { gmres } from './gmres.ts';
import { batchOf, sampleDistance, selectSamples } from './per-sample.ts';
import { fromRows, toRows } from './sample-rows.ts';

/** Parameters of {@link newtonKrylov}. */
export type NewtonKrylovOptions = {
  /** Products with the Jacobian in a step, 1 to 64; default 8. More than the numbers of a sample are wasted. */
  readonly krylovSteps?: number;
  /** Step lengths tried, `1, 1/4, 1/16, …`, 1 to 8; default 3. */
  readonly trials?: number;
  /** Step length in (0, 1] of a Picard step that a sample falls back to; default 1. */
  readonly damping?: number;
};

/** What the last step was. */
export type NewtonKrylovState = {
  /** bool `[batch]`: whether it was a damped Picard step for want of a Newton step that helps. */
  readonly fellBack: tf.Tensor;
};

/** A product with the Jacobian: the map once, for what its derivative needs, and its derivative once. */
const EVALUATIONS_PER_PRODUCT = 2;

/** The part of a step's promise that must be kept, as usual for Armijo's rule. */
const DECREASE = 1e-4;

/**
 * Inexact Newton for `F(z) = f(z) − z`, each sample by itself: `krylovSteps` of GMRES on `(∂f/∂z − I) d = −F`, then the longest `λ` of
 * `1, 1/4, 1/16, …` with `‖F(z + λd)‖ ≤ (1 − λ/10⁴)‖F(z)‖`. Where none of the `trials` decreases the residual so (a singular Jacobian, too
 * small a Krylov space, a NaN), the sample takes a damped Picard step and the flag `fallback` says so.
 *
 * For small and hard problems, contractions or not: near a solution with a regular Jacobian the error falls by the accuracy of GMRES in
 * each step, and to its square if the Krylov space is the whole. Wasteful where Picard or Anderson converge.
 *
 * The products are exact ({@link jacobianVector}), no difference quotients: in float32 a quotient is good to three or four digits, which is
 * no more than noise for the directions in which `∂f/∂z − I` is nearly singular, those that make a problem hard. The price is that `f` must
 * be differentiable by TF.js, hold no traced loop, and be made of functions whose gradients are differentiable by their cotangent
 * (nearly all are; resizing to the nearest neighbour is not).
 *
 * A product is counted as two evaluations of `f`: one for what the derivative needs and one for its linear part, so that a step is
 * `1 + 2·krylovSteps + trials` evaluations. Compiled, the products of a step share the first part, and the count is an upper bound;
 * eagerly TF.js does more.
 *
 * @throws {RangeError} if a parameter is out of its range.
 * @see Dembo, Eisenstat & Steihaug, Inexact Newton methods, SIAM J. Numer. Anal. 19 (1982); Kelley, Iterative Methods for Linear
 *   and Nonlinear Equations (1995), ch. 6 and §8.2.
 */
export function newtonKrylov<Z extends TensorTree = TensorTree>(
  options: NewtonKrylovOptions = {},
): Solver<Z, NewtonKrylovState> {
  assertKnownOptions('newtonKrylov: options', options, ['krylovSteps', 'trials', 'damping']);
  const { krylovSteps = 8, trials = 3, damping = 1 } = options;
  requireThat(
    Number.isInteger(krylovSteps) && krylovSteps >= 1 && krylovSteps <= 64,
    `krylovSteps must be an integer in 1..64; got ${krylovSteps}`,
  );
  requireThat(
    Number.isInteger(trials) && trials >= 1 && trials <= 8,
    `trials must be an integer in 1..8; got ${trials}`,
  );
  requireThat(damping > 0 && damping <= 1, `damping must be in (0, 1]; got ${damping}`);
  return {
    name: 'newton-krylov',
    evaluationsPerStep: 1 + EVALUATIONS_PER_PRODUCT * krylovSteps + trials,
    init: (z0) => ({ fellBack: tf.fill([batchOf('newtonKrylov', z0)], 0, 'bool') }),
    step: (f, z) => {
      const image = f(z, undefined);
      const direction = newtonDirection(f, z, image, krylovSteps);
      const { value, fellBack } = longestDecrease(f, { z, image, direction }, { trials, damping });
      return { value, image, state: { fellBack } };
    },
    fallback: ({ fellBack }) => fellBack,
  };
}

/** float32 `[batch, N]`: about `−(∂f/∂z − I)⁻¹ F`. */
function newtonDirection<Z extends TensorTree>(
  f: FixedPointMap<Z>,
  z: Z,
  image: Z,
  krylovSteps: number,
): tf.Tensor {
  const product = (rows: tf.Tensor) => {
    const v = fromRows(z, rows);
    return tf.sub(toRows(jacobianVector((at: Z) => f(at, undefined), z, v)), rows);
  };
  return gmres(product, tf.sub(toRows(z), toRows(image)), krylovSteps);
}

function longestDecrease<Z extends TensorTree>(
  f: FixedPointMap<Z>,
  { z, image, direction }: { readonly z: Z; readonly image: Z; readonly direction: tf.Tensor },
  { trials, damping }: Required<Omit<NewtonKrylovOptions, 'krylovSteps'>>,
): { readonly value: Z; readonly fellBack: tf.Tensor } {
  const residual = sampleDistance(image, z);
  const at = toRows(z);
  let value = zipTensors([z, image], (a, b) => tf.add(a, tf.mul(constant(damping), tf.sub(b, a))));
  let isFound = tf.zerosLike(tf.less(residual, residual));
  // From the shortest to the longest, so that the longest has the last word.
  for (let trial = trials - 1; trial >= 0; trial--) {
    const length = 4 ** -trial;
    const point = fromRows(z, tf.add(at, tf.mul(constant(length), direction)));
    const allowed = tf.mul(constant(1 - DECREASE * length), residual);
    const isDecrease = tf.lessEqual(sampleDistance(f(point, undefined), point), allowed);
    value = selectSamples(isDecrease, point, value);
    isFound = tf.logicalOr(isFound, isDecrease);
  }
  return { value, fellBack: tf.logicalNot(isFound) };
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`newtonKrylov: ${message}.`);
}
