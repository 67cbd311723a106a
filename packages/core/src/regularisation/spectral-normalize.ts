/** Weights of a bounded spectral norm. */
import * as tf from '@tensorflow/tfjs';
import { constant, ShapeError, tidyTree, whileLoop } from '@equilibria/compile';
import { vectorJacobian } from '../gradients/vector-jacobian.ts';
import { assertSteps } from '../solvers/assert-steps.ts';
import { offTape } from './off-tape.ts';

/** A layer that is linear in `x`: TF.js ops that have gradients. */
export type LinearLayer = (x: tf.Tensor, W: tf.Tensor) => tf.Tensor;

/** Options of {@link spectralNormalize}. */
export type SpectralOptions = {
  /** What `W` does; default the dense layer `xW`. A convolution: `(x, W) => tf.conv2d(x, W, 1, 'same')`. */
  readonly layer?: LinearLayer;
  /** Largest gain of the layer, dimensionless; default 1. */
  readonly bound?: number;
  /** Whether layers of less gain are scaled up to the bound; default false: they stay as they are. */
  readonly isExact?: boolean;
  /** Power steps, counted from `u`; default 1, enough where `u` is carried from one training step to the next. */
  readonly steps?: number;
};

/** A scaled weight, and what to begin with the next time. */
export type SpectralWeight = {
  /** Like `W`. */
  readonly weight: tf.Tensor;
  /** float32 scalar: the estimate of the layer's norm before it was scaled. */
  readonly norm: tf.Tensor;
  /** Like the `u` given: the dominant input of the layer, of length 1. A constant to any gradient. */
  readonly u: tf.Tensor;
};

/**
 * Spectral normalisation: `W·bound/max(σ, bound)`, or `W·bound/σ` with `isExact`, where `σ = ‖A u‖₂ ≈ ‖A‖₂` by power iteration on
 * `AᵀA` for the layer `A` that `W` makes. `u` and `v = A u/σ` are constants to the gradient, so that `∂σ/∂W` is `∂⟨v, A u⟩/∂W`.
 *
 * `σ` is that of the layer as it is used, also of convolutions: the source takes `W` reshaped to a matrix for these, whose norm can be
 * too small by the root of the kernel's size. Power iteration is from below: the layer's norm is `bound·‖A‖₂/σ`, above the bound by
 * what the iteration has left, and nothing is certified. A zero `W` stays zero.
 *
 * Pure and traceable; in a compiled loop it is computed once, before the loop.
 *
 * @param W - float32, any shape. Borrowed.
 * @param u - float32, an input of the layer for a batch of one, as `[1, n]` or `[1, height, width, channels]`; random at first, not
 *   zero, then what the last call returned. An input, not drawn here, so that it is not frozen into a graph. Borrowed.
 * @returns tensors of the caller.
 * @throws {RangeError} if `bound` is not positive and finite, or `steps` not a natural number >= 1.
 * @throws {ShapeError} if axis 0 of `u` is not 1.
 * @see Miyato et al., Spectral Normalization for Generative Adversarial Networks (2018), arXiv 1802.05957, algorithm 1 and
 *   equation 11; Gouk et al., Regularisation of Neural Networks by Enforcing Lipschitz Continuity (2021), arXiv 1804.04368, section 3.
 * @example
 * const W = tf.tensor2d([[3, 0], [0, 1]]);
 * const { weight } = spectralNormalize(W, tf.tensor2d([[1, 1]]), { steps: 20 });
 * weight; // => [[1.0, 0], [0, 0.3333]]
 */
export function spectralNormalize(W: tf.Tensor, u: tf.Tensor, options: SpectralOptions = {}): SpectralWeight {
  const { layer = dense, bound = 1, isExact = false, steps = 1 } = options;
  assertSteps('spectralNormalize', 'steps', steps);
  if (!(bound > 0 && Number.isFinite(bound))) {
    throw new RangeError(`spectralNormalize: bound must be positive and finite; got ${bound}.`);
  }
  if (u.shape[0] !== 1) {
    throw new ShapeError(
      `spectralNormalize: u must be an input of the layer for a batch of 1; got [${u.shape.join(', ')}].`,
    );
  }
  return tidyTree((): SpectralWeight => {
    const dominant = offTape(() => powerSteps((x) => layer(x, W), u, steps));
    const norm = tf.sum(tf.mul(dominant.v, layer(dominant.u, W)));
    const limit = constant(bound);
    const zero = tf.zerosLike(norm);
    // TF.js cannot differentiate past a comparison.
    const isPositive = offTape(() => tf.greater(norm, zero));
    const size = isExact ? tf.where(isPositive, norm, tf.onesLike(norm)) : tf.maximum(norm, limit);
    return { weight: tf.mul(W, tf.div(limit, size)), norm, u: dominant.u };
  });
}

const dense: LinearLayer = (x, W) => tf.matMul(x, W);

/** The dominant input `u` of a linear map, and its image `v`, each of length 1. */
function powerSteps(
  A: (x: tf.Tensor) => tf.Tensor,
  start: tf.Tensor,
  steps: number,
): { readonly u: tf.Tensor; readonly v: tf.Tensor } {
  const { state: u } = whileLoop({
    init: unit(start),
    body: (at: tf.Tensor) => unit(vectorJacobian(A, at, unit(A(at)))),
    maxSteps: steps,
  });
  return { u, v: unit(A(u)) };
}

/** Of length 1; zero stays zero. */
function unit(x: tf.Tensor): tf.Tensor {
  const norm = tf.sqrt(tf.sum(tf.square(x)));
  return tf.div(x, tf.where(tf.greater(norm, tf.scalar(0)), norm, tf.onesLike(norm)));
}
