/** How regular an operator is at a fixed point, and how sensitive the fixed point is to the input. */
import * as tf from '@tensorflow/tfjs';
import { leaves, mapTensors, type TensorTree, tidyTree, whileLoop, zipTensors } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { vectorJacobian } from '../gradients/vector-jacobian.ts';
import { jacobianNorm, powerIteration, spectralRadius } from './jacobian-norm.ts';
import { jacobianVector } from './jacobian-vector.ts';

/** A fixed point `z = G(z, x)`, and directions to start power iterations from. */
export type RegularityPoint<Z extends TensorTree, X extends TensorTree> = {
  /** `G(z, x)`: TF.js ops, samples apart. */
  readonly map: (z: Z, x: X) => Z;
  readonly z: Z;
  readonly x: X;
  /** Random directions like `z` and like `x`, not zero in any sample. */
  readonly start: { readonly z: Z; readonly x: X };
};

/** Everything per sample, float32 `[batch]`, in Euclidean norms; estimates from below but for `bound`, which is made of two. */
export type LocalRegularity = {
  /** `μ = ‖∂G/∂z‖₂`: below 1, `G` contracts near `z`. */
  readonly contraction: tf.Tensor;
  /** The spectral radius of `∂G/∂z`: below 1, Picard iteration converges near `z`, whatever `μ` is. */
  readonly rate: tf.Tensor;
  /** `Lip_x(G) = ‖∂G/∂x‖₂`. */
  readonly inputLipschitz: tf.Tensor;
  /** Theorem 2.5: `Lip_x(G)/(1 − μ)`; infinite where `μ ≥ 1`, where the theorem says nothing. */
  readonly bound: tf.Tensor;
  /** `‖∂z/∂x‖₂ = ‖(1 − ∂G/∂z)⁻¹ ∂G/∂x‖₂`: the fixed point's own local Lipschitz constant; NaN where `rate` is not below 1. */
  readonly sensitivity: tf.Tensor;
  /** The largest error of the estimates above, see {@link jacobianNorm}, and what the inner solves leave out: `rate^solveSteps`. */
  readonly error: tf.Tensor;
};

/** How long to iterate. */
export type RegularityOptions = {
  /** Power steps of each estimate; default 50. */
  readonly steps?: number;
  /** Steps of the two linear solves in each power step of the sensitivity; default 100. */
  readonly solveSteps?: number;
};

/**
 * Measures, never assumes, what the theory asks of an operator, where it is used: at a fixed point. Pure and traceable.
 *
 * @returns tensors of the caller.
 * @throws {RangeError} if `steps` or `solveSteps` is not a natural number >= 1.
 * @see Liu et al., Implicit Models: Expressive Power Scales with Test-Time Compute (2026), theorem 2.5.
 */
export function localRegularity<Z extends TensorTree, X extends TensorTree>(
  { map, z, x, start }: RegularityPoint<Z, X>,
  options: RegularityOptions = {},
): LocalRegularity {
  const { steps = 50, solveSteps = 100 } = options;
  assertSteps('localRegularity', 'solveSteps', solveSteps);
  const byState = (at: Z): Z => map(at, x);
  const byInput = (at: X): Z => map(z, at);
  return tidyTree((): LocalRegularity => {
    const contraction = jacobianNorm(byState, z, start.z, { steps });
    const rate = spectralRadius(byState, z, start.z, { steps });
    const inputLipschitz = jacobianNorm(byInput, x, start.x, { steps });
    const forward = (v: X): Z =>
      neumann((w: Z) => jacobianVector(byState, z, w), jacobianVector(byInput, x, v), solveSteps);
    const backward = (u: Z): X =>
      vectorJacobian(
        byInput,
        x,
        neumann((w: Z) => vectorJacobian(byState, z, w), u, solveSteps),
      );
    const sensitivity = powerIteration({ forward, backward }, start.x, steps);
    const one = tf.onesLike(contraction.value);
    const room = tf.sub(one, contraction.value);
    const converges = tf.less(rate.value, one);
    const none = tf.mul(one, tf.scalar(NaN));
    const leftOut = tf.pow(rate.value, tf.scalar(solveSteps));
    const errors = [contraction.error, rate.error, inputLipschitz.error, sensitivity.error, leftOut];
    return {
      contraction: contraction.value,
      rate: rate.value,
      inputLipschitz: inputLipschitz.value,
      bound: tf.where(
        tf.greater(room, tf.scalar(0)),
        tf.div(inputLipschitz.value, room),
        tf.mul(one, tf.scalar(Infinity)),
      ),
      sensitivity: tf.where(converges, sensitivity.value, none),
      error: errors.reduce((most, error) => tf.maximum(most, error)),
    };
  });
}

/**
 * `(1 − A)⁻¹ b` where the spectral radius of `A` is below 1: the series `b + A b + A² b + …` of at most so many terms, or until
 * another one changes nothing.
 */
function neumann<Z extends TensorTree>(A: (term: Z) => Z, b: Z, steps: number): Z {
  const copied = (): Z => mapTensors(b, (leaf) => leaf.clone());
  const isOpen: tf.Tensor = tf.scalar(true, 'bool');
  return whileLoop({
    init: { sum: copied(), term: copied(), isOpen },
    cond: (at) => at.isOpen,
    body: ({ sum, term }) => {
      const next = A(term);
      const grown = zipTensors([sum, next], (x, y) => tf.add(x, y));
      const changes = zipTensors([grown, sum], (x, y) => tf.any(tf.notEqual(x, y)));
      const hasChanged = leaves<tf.Tensor>(changes).reduce((some, change) => tf.logicalOr(some, change));
      return { sum: grown, term: next, isOpen: hasChanged };
    },
    maxSteps: steps,
  }).state.sum;
}
