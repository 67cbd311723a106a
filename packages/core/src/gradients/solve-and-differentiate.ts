/** A solve and the gradient of a loss at its fixed point, in one traceable call. */
import * as tf from '@tensorflow/tfjs';
import { type TensorTree, tidyTree, zipTensors } from '@equilibria/compile';
import { type LoopOptions, type LoopOutcome, solveTraced } from '../solvers/fixed-point-loop.ts';
import { picard } from '../solvers/picard.ts';
import type { AdjointOutcome, Differentiated, GradientMethod, ImplicitLoss } from './gradient-method.ts';
import { valueAndGradient } from './vector-jacobian.ts';

/** What is solved and differentiated. */
export type ImplicitProblem<P extends TensorTree, Z extends TensorTree> = ImplicitLoss<P, Z> & {
  /**
   * A float32 scalar that is added to the loss, at the point of the same solve, which it holds: differentiated by the parameters
   * alone, as Jacobian regularisation is (Bai, Koltun & Kolter 2021, arXiv 2106.14342). What shall move the point belongs in the loss.
   */
  readonly penalty?: (z: Z, params: P) => tf.Tensor;
};

/** A loss at a fixed point, its gradient by the parameters, and how both solves ended. */
export type SolvedGradient<P extends TensorTree, Z extends TensorTree> = {
  /** float32 scalar, the penalty included. */
  readonly loss: tf.Tensor;
  /** Of {@link SolvedGradient.loss}. */
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
 * One solve serves everything that is wanted of the point: terms of the loss, a penalty that holds it, and, by
 * `solve.value`, whatever is only measured. Another gradient at the same point is `method.differentiate(…, solve.value)`.
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
  return tidyTree((): SolvedGradient<P, Z> => {
    const solved =
      method.unrolledSteps === 0
        ? solvedFirst(problem, params, z0, { method, loop })
        : solvedByUnrolling(problem, params, z0, { method, loop });
    return withPenalty(problem, { z: solved.solve.value, params }, solved);
  });
}

/** What is differentiated, and the problem's penalty at `z`, which it holds. */
export function withPenalty<
  P extends TensorTree,
  Z extends TensorTree,
  D extends { readonly loss: tf.Tensor; readonly gradient: P },
>(
  { penalty }: Pick<ImplicitProblem<P, Z>, 'penalty'>,
  { z, params }: { readonly z: Z; readonly params: P },
  differentiated: D,
): D {
  if (penalty === undefined) return differentiated;
  const extra = valueAndGradient((at: P) => penalty(z, at), params);
  return {
    ...differentiated,
    loss: tf.add(differentiated.loss, extra.value),
    gradient: zipTensors([differentiated.gradient, extra.gradient], (a, b) => tf.add(a, b)),
  };
}

type How<Z extends TensorTree> = { readonly method: GradientMethod<Z>; readonly loop: LoopOptions<Z> };

function solvedFirst<P extends TensorTree, Z extends TensorTree>(
  problem: ImplicitProblem<P, Z>,
  params: P,
  z0: Z,
  { method, loop }: How<Z>,
): SolvedGradient<P, Z> {
  const { map, solver = picard<Z>() } = problem;
  const outcome = solveTraced((z: Z): Z => map(params, z), z0, solver, loop);
  const { value, status, residual, steps, evaluations } = outcome;
  const { loss, gradient, adjoint } = method.differentiate(problem, params, value);
  return {
    loss,
    gradient,
    solve: { value, status, residual, steps, evaluations },
    ...(adjoint && { adjoint }),
  };
}

/** The method's own steps take the place of the solve; what is left of it is the verdict on where they ended. */
function solvedByUnrolling<P extends TensorTree, Z extends TensorTree>(
  problem: ImplicitProblem<P, Z>,
  params: P,
  z0: Z,
  { method, loop }: How<Z>,
): SolvedGradient<P, Z> {
  const differentiated: Differentiated<P, Z> = method.differentiate(problem, params, z0);
  const { loss, gradient, end = z0 } = differentiated;
  const f = (z: Z): Z => problem.map(params, z);
  const measured = solveTraced(f, end, picard<Z>(), { ...loop, maxSteps: 0, checkEvery: 1 });
  const { status, residual, steps, evaluations } = measured;
  const made = differentiated.made ?? tf.scalar(method.unrolledSteps, 'int32');
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
}
