/** A solve and the gradient of a loss at its fixed point, in one traceable call. */
import * as tf from '@tensorflow/tfjs';
import { type TensorTree, tidyTree } from '@equilibria/compile';
import type { Solver } from '../solvers/contract.ts';
import { type LoopOptions, type LoopOutcome, solveTraced } from '../solvers/fixed-point-loop.ts';
import { picard } from '../solvers/picard.ts';
import type { AdjointOutcome, GradientMethod, ImplicitLoss } from './gradient-method.ts';

/** What is solved and differentiated. */
export type ImplicitProblem<P extends TensorTree, Z extends TensorTree> = ImplicitLoss<P, Z> & {
  /** Of the forward solve; default undamped Picard. Methods that unroll take their own steps instead. */
  readonly solver?: Solver<Z>;
};

/** A loss at a fixed point, its gradient by the parameters, and how both solves ended. */
export type SolvedGradient<P extends TensorTree, Z extends TensorTree> = {
  /** float32 scalar. */
  readonly loss: tf.Tensor;
  readonly gradient: P;
  /** The forward solve; see {@link LoopOutcome}. */
  readonly solve: Pick<LoopOutcome<Z>, 'value' | 'status' | 'residual' | 'steps' | 'evaluations'>;
  /** The adjoint solve of {@link implicit}. */
  readonly adjoint?: AdjointOutcome;
};

/**
 * Solves `z = G(z; θ)` from `z0` and differentiates a loss at the solution, by the method of choice: {@link unrolled},
 * {@link phantom} or {@link implicit}. The solve itself is off the tape: but for `unrolled`, memory does not grow with its steps.
 *
 * Pure and traceable: inside `compile`, both solves, the gradients and whatever follows are one graph. Nothing is refused in
 * silence: the verdicts of both solves, per sample, come with the gradient.
 *
 * @param problem - the map, the loss and the forward solver.
 * @param params - `θ`, float32 leaves. Borrowed.
 * @param z0 - the start, float32 leaves with the batch on axis 0. Borrowed.
 * @param options - the gradient, and what ends the forward solve.
 * @returns tensors of the caller.
 * @throws what {@link solveTraced} throws.
 * @example
 * const half = { map: (b: tf.Tensor, z: tf.Tensor) => tf.add(tf.mul(z, 0.5), b), loss: (z: tf.Tensor) => tf.sum(z) };
 * const { gradient } = solveAndDifferentiate(half, tf.zeros([1, 1]), tf.zeros([1, 1]), { gradient: implicit(), maxSteps: 50 });
 * gradient; // => [[2.0000]]
 */
export function solveAndDifferentiate<P extends TensorTree, Z extends TensorTree>(
  problem: ImplicitProblem<P, Z>,
  params: P,
  z0: Z,
  options: LoopOptions<Z> & { readonly gradient: GradientMethod<Z> },
): SolvedGradient<P, Z> {
  const { gradient: method, ...loop } = options;
  const { map, solver = picard<Z>() } = problem;
  const f = (z: Z): Z => map(params, z);
  return tidyTree((): SolvedGradient<P, Z> => {
    const { unrolledSteps } = method;
    if (unrolledSteps === 0) {
      const { value, status, residual, steps, evaluations } = solveTraced(f, z0, solver, loop);
      const { loss, gradient, adjoint } = method.differentiate(problem, params, value);
      return {
        loss,
        gradient,
        solve: { value, status, residual, steps, evaluations },
        ...(adjoint && { adjoint }),
      };
    }
    const { loss, gradient, end = z0 } = method.differentiate(problem, params, z0);
    const measured = solveTraced(f, end, picard<Z>() as Solver<Z>, { ...loop, maxSteps: 0, checkEvery: 1 });
    const { status, residual, steps, evaluations } = measured;
    const made = tf.fill(steps.shape, unrolledSteps, 'int32');
    return {
      loss,
      gradient,
      solve: {
        value: end,
        status,
        residual,
        steps: tf.add(steps, made),
        evaluations: tf.add(evaluations, made),
      },
    };
  });
}
