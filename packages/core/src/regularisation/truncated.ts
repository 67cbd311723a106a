/** A number of iterations that is drawn anew for each batch, the last few of which are differentiated. */
import * as tf from '@tensorflow/tfjs';
import { DtypeError, type TensorTree, whileLoop } from '@equilibria/compile';
import { type GradientMethod, unrolled } from '../gradients/gradient-method.ts';
import { assertSteps } from '../solvers/assert-steps.ts';

/** Options of {@link truncated}. */
export type TruncatedOptions = {
  /**
   * int32 scalar: iterations in all, an input of the training step, since tracing would freeze a number. Fewer than `differentiated`
   * count as that many, more than `maxSteps` as `maxSteps`. Borrowed.
   */
  readonly steps: tf.Tensor;
  /** Bound on the iterations, known while tracing. */
  readonly maxSteps: number;
  /** The last iterations, through which the gradient is taken; default 1. */
  readonly differentiated?: number;
};

/**
 * Truncated backpropagation through a random number of Picard steps: they take the place of the solve, `steps − differentiated` of
 * them off the tape, the rest on it. A model trained so, often from random starts, learns to improve on any state rather than to
 * arrive after a number of iterations. Its memory does not grow with `steps`.
 *
 * @throws {RangeError} if `maxSteps` or `differentiated` is not a natural number >= 1, or `differentiated` is more than `maxSteps`.
 * @throws {DtypeError} if `steps` is not an int32 scalar.
 * @see Geiping et al., Scaling up Test-Time Compute with Latent Reasoning (2025), arXiv 2502.05171, section 3.3.
 */
export function truncated<Z extends TensorTree = TensorTree>(options: TruncatedOptions): GradientMethod<Z> {
  const { steps, maxSteps, differentiated = 1 } = options;
  assertSteps('truncated', 'maxSteps', maxSteps);
  assertSteps('truncated', 'differentiated', differentiated);
  if (differentiated > maxSteps) {
    throw new RangeError(
      `truncated: differentiated must be at most maxSteps, ${maxSteps}; got ${differentiated}.`,
    );
  }
  if (!(steps instanceof tf.Tensor) || steps.rank !== 0 || steps.dtype !== 'int32') {
    const got = steps instanceof tf.Tensor ? `${steps.dtype}[${steps.shape.join(', ')}]` : typeof steps;
    throw new DtypeError(
      `truncated: steps must be an int32 scalar; got ${got}. Pass tf.scalar(n, 'int32'), or an input of the compiled step.`,
    );
  }
  const last = unrolled<Z>(differentiated);
  return {
    name: `truncated(${differentiated})`,
    unrolledSteps: differentiated,
    differentiate: (problem, params, z) => {
      const ahead = whileLoop<Z>({
        init: z,
        body: (at) => problem.map(params, at),
        maxSteps: maxSteps - differentiated,
        limit: tf.sub(steps, tf.scalar(differentiated, 'int32')),
      });
      return {
        ...last.differentiate(problem, params, ahead.state),
        made: tf.add(ahead.steps, tf.scalar(differentiated, 'int32')),
      };
    },
  };
}
