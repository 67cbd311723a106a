/** Fixed-point correction: the loss at iterates on the way to the fixed point as well. */
import * as tf from '@tensorflow/tfjs';
import { constant, type TensorTree, tidyTree, zipTensors } from '@equilibria/compile';
import { type GradientMethod, phantom } from '../gradients/gradient-method.ts';
import {
  type ImplicitProblem,
  type SolvedGradient,
  withPenalty,
} from '../gradients/solve-and-differentiate.ts';
import { fixedPointLoop, type LoopOptions } from '../solvers/fixed-point-loop.ts';
import { picard } from '../solvers/picard.ts';

/** Where corrections are made, and what they weigh. */
export type CorrectionOptions<Z extends TensorTree> = {
  /** Solver steps after which the loss is taken, increasing, between 1 and `maxSteps`; multiples of `checkEvery`. */
  readonly at: readonly number[];
  /** The last correction weighs `decay` (the fixed point 1), the one before `decay²`, and so on; in (0, 1], default 0.8. */
  readonly decay?: number;
  /** At the iterates; default {@link phantom}`()`, one step, as in the source. Must begin where it is put. */
  readonly gradient?: GradientMethod<Z>;
};

/** A solve, its gradient, and the losses on the way. */
export type CorrectedGradient<P extends TensorTree, Z extends TensorTree> = SolvedGradient<P, Z> & {
  /** float32 `[corrections]`: the loss at each iterate, unweighted. `loss` is the weighted sum of these and that of the fixed point. */
  readonly corrections: tf.Tensor;
};

/**
 * As {@link solveAndDifferentiate}, with the loss `Σ decay^(m + 1 − i) L(z_i) + L(z*)` of `m` iterates `z_i` on the way: models so
 * trained are good after few iterations already, and their gradients keep a direction while the solve does not converge yet.
 *
 * There is one solve, looked at in between: its point and verdicts are those without corrections. Of a sample that has stopped by
 * then, the iterate is where it stopped. A regulariser inside the loss counts at each iterate, the problem's `penalty` at the fixed
 * point alone.
 *
 * Pure and traceable.
 *
 * @param options - as in {@link solveAndDifferentiate}, and the corrections.
 * @returns tensors of the caller.
 * @throws {RangeError} if `correction.at` does not increase within the steps or `decay` is out of its range, or if a method makes steps
 *   in place of the solve; what {@link solveTraced} throws.
 * @see Bai et al., Deep Equilibrium Optical Flow Estimation (2022), arXiv 2204.08442, section 3.2.
 */
export function solveAndCorrect<P extends TensorTree, Z extends TensorTree>(
  problem: ImplicitProblem<P, Z>,
  params: P,
  z0: Z,
  options: LoopOptions<Z> & {
    readonly gradient: GradientMethod<Z>;
    readonly correction: CorrectionOptions<Z>;
  },
): CorrectedGradient<P, Z> {
  const { gradient: method, correction, ...loopOptions } = options;
  const { at, decay = 0.8, gradient: onTheWay = phantom<Z>() } = correction;
  assertCorrection(at, decay, loopOptions);
  assertInPlace(method);
  assertInPlace(onTheWay);
  const { map, solver = picard<Z>() } = problem;
  return tidyTree((): CorrectedGradient<P, Z> => {
    const loop = fixedPointLoop((z: Z): Z => map(params, z), solver, loopOptions);
    const every = loopOptions.checkEvery ?? 1;
    let state = loop.start(z0);
    let done = 0;
    const iterates: Z[] = [];
    for (const test of at.map((step) => step / every)) {
      state = loop.advance(state, test - done).state;
      done = test;
      iterates.push(state.z);
    }
    const { value, status, residual, steps, evaluations } = loop.finish(
      loop.advance(state, loop.maxTests - done).state,
    );
    const final = withPenalty(problem, { z: value, params }, method.differentiate(problem, params, value));
    const corrections = iterates.map((z) => onTheWay.differentiate(problem, params, z));
    const weights = at.map((_, i) => constant(decay ** (at.length - i)));
    let { loss, gradient } = final;
    for (const [i, { loss: more, gradient: slope }] of corrections.entries()) {
      loss = tf.add(loss, tf.mul(weights[i]!, more));
      gradient = zipTensors([gradient, slope], (a, b) => tf.add(a, tf.mul(weights[i]!, b)));
    }
    return {
      loss,
      gradient,
      solve: { value, status, residual, steps, evaluations },
      ...(final.adjoint && { adjoint: final.adjoint }),
      corrections: tf.stack(corrections.map((each) => each.loss)),
    };
  });
}

function assertCorrection(
  at: readonly number[],
  decay: number,
  { maxSteps, checkEvery = 1 }: LoopOptions<never>,
): void {
  if (!(decay > 0 && decay <= 1)) {
    throw new RangeError(`solveAndCorrect: decay must be in (0, 1]; got ${decay}.`);
  }
  const isStep = (step: number, i: number) =>
    Number.isInteger(step / checkEvery) && step > (at[i - 1] ?? 0) && step <= maxSteps;
  if (at.length > 0 && at.every(isStep)) return;
  const multiples = checkEvery === 1 ? '' : `, in multiples of ${checkEvery}`;
  throw new RangeError(
    `solveAndCorrect: correction.at must be steps that increase from 1 to maxSteps, ${maxSteps}${multiples}; got [${at.join(', ')}].`,
  );
}

function assertInPlace({ name, unrolledSteps }: Pick<GradientMethod, 'name' | 'unrolledSteps'>): void {
  if (unrolledSteps === 0) return;
  throw new RangeError(
    `solveAndCorrect: gradients must begin where the solve ended; got ${name}. Use phantom or implicit.`,
  );
}
