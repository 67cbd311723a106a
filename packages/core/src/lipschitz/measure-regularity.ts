/** What regularity asks of an operator, measured where a solve of each sample ended: one traceable function. */
import type * as tf from '@tensorflow/tfjs';
import { type TensorTree, tidyTree } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import type { Solver } from '../solvers/contract.ts';
import { type LoopOptions, type LoopOutcome, solveTraced } from '../solvers/fixed-point-loop.ts';
import { sampleNorm } from '../solvers/per-sample.ts';
import { picard } from '../solvers/picard.ts';
import { inputGrowth } from './input-growth.ts';
import { localRegularity, type LocalRegularity, type RegularityOptions } from './local-regularity.ts';

/** Where an operator is measured. */
export type RegularitySamples<P extends TensorTree, Z extends TensorTree, X extends TensorTree> = {
  readonly params: P;
  /** Inputs, axis 0 being the samples. */
  readonly x: X;
  /** Random directions like the state and like `x`, not zero in any sample. */
  readonly start: { readonly z: Z; readonly x: X };
};

/** How the samples are solved, and how long the estimates take. */
export type MeasureOptions<Z extends TensorTree> = RegularityOptions &
  Partial<LoopOptions<Z>> & {
    /** Default undamped {@link picard}. */
    readonly solver?: Solver<Z>;
    /** Lengths of the states at which the growth is measured; see {@link inputGrowth}. */
    readonly radii?: readonly number[];
  };

/** Everything per sample; see {@link LocalRegularity} and {@link LoopOutcome}. */
export type MeasuredRegularity = LocalRegularity &
  Pick<LoopOutcome<TensorTree>, 'status' | 'residual' | 'steps'> & {
    /** float32 `[batch]`: `‖z‖₂` where the solve ended. */
    readonly stateNorm: tf.Tensor;
    /** float32 `[radii, batch]`: `‖∂G/∂x‖₂` at states of growing length in the direction `start.z`. */
    readonly growth: tf.Tensor;
  };

/**
 * Solves every sample and measures {@link localRegularity} where it ended, converged or not (`status` says so), and
 * {@link inputGrowth}. Pure and traceable: solve and estimates are one graph. {@link checkRegularity} makes a report of it.
 *
 * @param options.maxSteps - of the solve; default 1000.
 * @returns tensors of the caller.
 * @throws as {@link solveTraced}, {@link localRegularity} and {@link inputGrowth}.
 */
export function measureRegularity<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'initialState' | 'apply'>,
  { params, x, start }: RegularitySamples<P, Z, X>,
  options: MeasureOptions<Z> = {},
): MeasuredRegularity {
  const { solver = picard<Z>(), radii, steps, solveSteps, maxSteps = 1000, ...rest } = options;
  const map = (z: Z, at: X): Z => operator.apply(params, z, at);
  const powerSteps = steps === undefined ? {} : { steps };
  return tidyTree(() => {
    const solved = solveTraced((z: Z) => map(z, x), operator.initialState(x), solver, { ...rest, maxSteps });
    const local = localRegularity(
      { map, z: solved.value, x, start },
      { ...powerSteps, ...(solveSteps !== undefined && { solveSteps }) },
    );
    const growth = inputGrowth(
      { map, x, direction: start.z, start: start.x },
      { ...powerSteps, ...(radii && { radii }) },
    );
    return {
      ...local,
      status: solved.status,
      residual: solved.residual,
      steps: solved.steps,
      stateNorm: sampleNorm(solved.value),
      growth,
    };
  });
}
