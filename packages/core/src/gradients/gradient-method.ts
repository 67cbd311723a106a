/** How to differentiate through a fixed point. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, mapTensors, type TensorTree, zipTensors } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import type { Solver, StopRule } from '../solvers/contract.ts';
import { LOOP_OPTIONS, type LoopOutcome, solveTraced } from '../solvers/fixed-point-loop.ts';
import { scaleSamples, selectSamples, unitSamples } from '../solvers/per-sample.ts';
import { picard } from '../solvers/picard.ts';
import { code, type VerdictOptions } from '../solvers/verdict.ts';
import { valueAndGradient, vectorJacobian } from './vector-jacobian.ts';

/** What is differentiated: the loss at the fixed point of `map`, by the parameters. */
export type ImplicitLoss<P extends TensorTree, Z extends TensorTree> = {
  /** `G(z; θ)`: TF.js ops, samples apart; the input is captured. */
  readonly map: (params: P, z: Z) => Z;
  /** A float32 scalar of the point and the parameters; everything that is wanted of one solve, regularisers included. */
  readonly loss: (z: Z, params: P) => tf.Tensor;
  /** Of the solve, and of its adjoint where {@link implicit} is not told another; default undamped Picard. */
  readonly solver?: Solver<Z>;
};

/** How the solve of the adjoint ended, per sample; see {@link LoopOutcome}. Its residual is relative to the gradient of the loss. */
export type AdjointOutcome = Pick<LoopOutcome<TensorTree>, 'status' | 'residual' | 'steps' | 'evaluations'>;

/** A loss, its gradient, and what is known of how that was computed. */
export type Differentiated<P extends TensorTree, Z extends TensorTree> = {
  /** float32 scalar. */
  readonly loss: tf.Tensor;
  readonly gradient: P;
  /** Of methods that make steps in place of the solve: where these ended. Owned by the caller. */
  readonly end?: Z;
  /** Of methods whose number of such steps is known only when they run: how many, an int32 scalar. */
  readonly made?: tf.Tensor;
  /** Of {@link implicit} alone. */
  readonly adjoint?: AdjointOutcome;
};

/** A way to differentiate: from the start, if it makes steps of its own, else from where the solve ended. Pure and traceable. */
export interface GradientMethod<Z extends TensorTree = TensorTree> {
  readonly name: string;
  /** Steps that take the place of the solve; 0 for methods that begin where the solve ended. */
  readonly unrolledSteps: number;
  differentiate<P extends TensorTree>(problem: ImplicitLoss<P, Z>, params: P, z: Z): Differentiated<P, Z>;
}

/**
 * Backpropagation through `steps` Picard steps from the start: what explicit networks do. Its memory grows with the steps, and it
 * is the gradient of what was computed, converged or not.
 *
 * @throws {RangeError} if `steps` is not a natural number >= 1.
 */
export function unrolled<Z extends TensorTree = TensorTree>(steps: number): GradientMethod<Z> {
  assertSteps('unrolled', 'steps', steps);
  return {
    name: `unrolled(${steps})`,
    unrolledSteps: steps,
    differentiate: (problem, params, z) =>
      throughSteps(problem, params, z, { steps, damping: 1, isEndKept: true }),
  };
}

/** Options of {@link phantom}. */
export type PhantomOptions = {
  /** Damped steps that are differentiated; default 1, Jacobian-free backpropagation. */
  readonly steps?: number;
  /** Step length in (0, 1], dimensionless; default 1. */
  readonly damping?: number;
};

/**
 * The phantom gradient: backpropagation through a few damped steps from the fixed point, `z ← z + damping·(G(z) − z)`. One step is
 * Jacobian-free backpropagation. It is the Neumann series of the implicit gradient, cut off: biased by the contraction factor to
 * the power of `steps`, at a cost and in a memory that do not depend on how the point was found.
 *
 * @throws {RangeError} if an option is out of its range.
 * @see Geng et al., On Training Implicit Models (2021), arXiv 2111.05177, equation 10; Fung et al., JFB: Jacobian-Free
 *   Backpropagation for Implicit Networks (2022), arXiv 2103.12803.
 */
export function phantom<Z extends TensorTree = TensorTree>(options: PhantomOptions = {}): GradientMethod<Z> {
  assertKnownOptions('phantom: options', options, ['steps', 'damping']);
  const { steps = 1, damping = 1 } = options;
  assertSteps('phantom', 'steps', steps);
  if (!(damping > 0 && damping <= 1)) {
    throw new RangeError(`phantom: damping must be in (0, 1]; got ${damping}.`);
  }
  return {
    name: `phantom(${steps})`,
    unrolledSteps: 0,
    differentiate: (problem, params, z) =>
      throughSteps(problem, params, z, { steps, damping, isEndKept: false }),
  };
}

/** What a sample may contribute whose adjoint did not converge. */
const FALLBACKS: readonly unknown[] = ['jacobian-free', 'nan'];

/** Options of {@link implicit}. */
export type ImplicitOptions<Z extends TensorTree> = VerdictOptions & {
  /** Of the adjoint; default that of the problem: what the map needs its transposed Jacobian needs as well. */
  readonly solver?: Solver<Z>;
  /** Default `residualBelow()`, relative to the gradient of the loss. */
  readonly stop?: StopRule<Z>;
  /** Bound on the steps of the adjoint solve; default 100. */
  readonly maxSteps?: number;
  /**
   * What a sample contributes whose adjoint did not converge: the gradient of Jacobian-free backpropagation (default), or NaN, so
   * that nobody takes it for one.
   */
  readonly fallback?: 'jacobian-free' | 'nan';
};

/**
 * The gradient of the fixed point itself, by the implicit function theorem: `dL/dθ = ∂L/∂θ + uᵀ ∂G/∂θ` where the adjoint `u` is the
 * fixed point of `u ← ∂L/∂z + uᵀ ∂G/∂z`, solved sample by sample with a verdict of its own. As exact as both solves are, whose
 * errors are their residuals times up to `1/(1 − μ)`; the memory does not grow with the steps of either.
 *
 * A sample at which `G` itself is NaN makes the gradient NaN by every method: the sum over samples holds it. The verdicts say which.
 *
 * @throws {RangeError} if `maxSteps` is not a natural number.
 * @see Bai, Kolter & Koltun, Deep Equilibrium Models (2019), arXiv 1909.01377, theorem 1.
 */
export function implicit<Z extends TensorTree = TensorTree>(
  options: ImplicitOptions<Z> = {},
): GradientMethod<Z> {
  assertKnownOptions('implicit: options', options, ['solver', 'fallback', ...LOOP_OPTIONS]);
  if (options.fallback !== undefined && !FALLBACKS.includes(options.fallback)) {
    throw new RangeError(`implicit: fallback must be of ${FALLBACKS.join(', ')}; got '${options.fallback}'.`);
  }
  const { solver: own, maxSteps = 100, fallback = 'jacobian-free', ...rest } = options;
  assertSteps('implicit', 'maxSteps', maxSteps);
  return {
    name: 'implicit',
    unrolledSteps: 0,
    differentiate: ({ map, loss, solver = picard<Z>() }, params, z) => {
      const {
        value,
        gradient: { point, direct },
      } = valueAndGradient((at: { point: typeof z; direct: typeof params }) => loss(at.point, at.direct), {
        point: z,
        direct: params,
      });
      // Of unit length in each sample, so that tolerances mean the same whatever the loss is scaled by.
      const { unit: source, length } = unitSamples(point);
      const step = (u: typeof z): typeof z =>
        zipTensors([source, vectorJacobian((at: typeof z) => map(params, at), z, u)], (a, b) => tf.add(a, b));
      const { value: solved, ...outcome } = solveTraced(step, source, own ?? solver, { ...rest, maxSteps });
      const isConverged = tf.equal(outcome.status, code('converged', length.shape[0]));
      const instead =
        fallback === 'jacobian-free' ? source : mapTensors(source, (leaf) => tf.fill(leaf.shape, NaN));
      const adjoint = scaleSamples(selectSamples(isConverged, solved, instead), length);
      const through = vectorJacobian((at: typeof params) => map(at, z), params, adjoint);
      const { status, residual, steps, evaluations } = outcome;
      return {
        loss: value,
        gradient: zipTensors([direct, through], (a, b) => tf.add(a, b)),
        adjoint: { status, residual, steps, evaluations },
      };
    },
  };
}

/** The gradient of the loss after some damped steps from a point that does not depend on the parameters. */
function throughSteps<P extends TensorTree, Z extends TensorTree>(
  { map, loss }: ImplicitLoss<P, Z>,
  params: P,
  start: Z,
  {
    steps,
    damping,
    isEndKept,
  }: { readonly steps: number; readonly damping: number; readonly isEndKept: boolean },
): Differentiated<P, Z> {
  const solver = picard<Z>({ damping });
  let end: Z | undefined;
  const { value, gradient } = valueAndGradient((at: P) => {
    let z = start;
    for (let i = 0; i < steps; i++) z = solver.step((from: Z) => map(at, from), z, {}).value;
    const lost = loss(z, at);
    // It outlives the tape.
    if (isEndKept) end = mapTensors(z, (leaf) => tf.keep(leaf.clone()));
    return lost;
  }, params);
  return { loss: value, gradient, ...(end && { end }) };
}
