/** Broyden's method with limited memory. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, type TensorTree } from '@equilibria/compile';
import type { Solver } from './contract.ts';
import { batchOf, selectSamples } from './per-sample.ts';
import { fromRows, rowLength, rowNorms, shiftIn, toRows } from './sample-rows.ts';

/** Parameters of {@link broyden}, dimensionless. */
export type BroydenOptions = {
  /** Rank-one updates held before they are forgotten, at least 1; default 10. On a linear map of `n` dimensions take `2n`. */
  readonly memory?: number;
  /** `β` in (0, 1]: the estimate of the inverse begins as `−β·I`, and a fallback steps by `β·F`; default 1. */
  readonly damping?: number;
  /** Largest `‖z⁺ − z‖/‖F‖` trusted; default 1e4. */
  readonly maxStretch?: number;
};

/** The last point and the updates of the inverse `B = −βI + Σ_j u_j v_jᵀ`, newest first; `N` is the numbers of a sample. */
export type BroydenState = {
  /** float32 `[batch, N]`: the last point. */
  readonly z: tf.Tensor;
  /** float32 `[batch, N]`: `F = f(z) − z` there. */
  readonly F: tf.Tensor;
  /** float32 `[batch, memory, N]`: `u_j` and `v_j`, zero where there is none. */
  readonly u: tf.Tensor;
  readonly v: tf.Tensor;
  /** int32 `[batch]`: updates held. */
  readonly rank: tf.Tensor;
  /** bool `[batch]`: whether a step has been made. */
  readonly hasStepped: tf.Tensor;
  /** bool `[batch]`: whether the last step was a damped Picard step for want of an update to trust. */
  readonly fellBack: tf.Tensor;
};

/** A denominator below this part of `‖s‖‖By‖` is rounding, in float32 at least. */
const SINGULAR = 1e-6;

/**
 * Broyden's ("good") method on `F(z) = f(z) − z`, each sample by itself. With `s = z_k − z_{k−1}` and `y = F_k − F_{k−1}`, the
 * estimate `B` of the inverse Jacobian of `F` learns `By = s` by the update of least change to the Jacobian, and steps:
 *
 * `B ← B + (s − By)·sᵀB / (sᵀBy)`, `z_{k+1} = z_k − BF_k`, at first `B = −βI`, a damped Picard step.
 *
 * One evaluation a step. Converges locally faster than linearly; on linear problems of dimension `n` with `memory ≥ 2n` it ends,
 * up to rounding, after `2n` steps. The residual need not fall from step to step, also on contractions: where that matters, wrap
 * it in {@link withFallback}. Once `memory` updates are held, all are forgotten and the newest pair is learnt afresh.
 *
 * Where the denominator `sᵀBy` vanishes against `‖s‖‖By‖`, or the step is longer than `maxStretch·‖F‖` or not finite, the
 * sample forgets its updates and takes the step `β·F`; the flag `fallback` says so.
 *
 * @throws {RangeError} if a parameter is out of its range.
 * @see Dennis & Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear Equations (1983), §8.1;
 *   Gay, Some convergence properties of Broyden's method, SIAM J. Numer. Anal. 16 (1979), for the `2n` steps;
 *   Kelley, Iterative Methods for Linear and Nonlinear Equations (1995), §7.3, for restarts at full memory.
 */
export function broyden<Z extends TensorTree = TensorTree>(
  options: BroydenOptions = {},
): Solver<Z, BroydenState> {
  assertKnownOptions('broyden: options', options, ['memory', 'damping', 'maxStretch']);
  const { memory = 10, damping = 1, maxStretch = 1e4 } = options;
  requireThat(Number.isInteger(memory) && memory >= 1, `memory must be an integer >= 1; got ${memory}`);
  requireThat(damping > 0 && damping <= 1, `damping must be in (0, 1]; got ${damping}`);
  requireThat(maxStretch > 0, `maxStretch must be > 0; got ${maxStretch}`);
  return {
    name: 'broyden',
    evaluationsPerStep: 1,
    init: (z0) => firstState(z0, memory),
    step: (f, z, previous) => {
      const image = f(z, undefined);
      const at = toRows(z);
      const F = tf.sub(toRows(image), at);
      const { updates, rank, isSingular } = learn(previous, at, F, damping);
      const newton = tf.neg(times(updates, F, damping));
      // Not `greater` and turned round: a step that is NaN must not be trusted.
      const isTrusted = tf.squeeze(
        tf.lessEqual(rowNorms(newton), tf.mul(constant(maxStretch), rowNorms(F))),
        [1],
      );
      const fellBack = tf.logicalOr(isSingular, tf.logicalNot(isTrusted));
      const step = selectSamples(fellBack, tf.mul(constant(damping), F), newton);
      return {
        value: fromRows(z, tf.add(at, step)),
        image,
        state: {
          z: at,
          F,
          ...forget(fellBack, updates),
          rank: tf.where(fellBack, tf.zerosLike(rank), rank),
          hasStepped: tf.onesLike(fellBack),
          fellBack,
        },
      };
    },
    fallback: ({ fellBack }) => fellBack,
  };
}

type Updates = Pick<BroydenState, 'u' | 'v'>;

function firstState(z0: TensorTree, memory: number): BroydenState {
  const batch = batchOf('broyden', z0);
  const size = rowLength(z0);
  const none = () => tf.fill([batch], 0, 'bool');
  return {
    z: tf.zeros([batch, size]),
    F: tf.zeros([batch, size]),
    u: tf.zeros([batch, memory, size]),
    v: tf.zeros([batch, memory, size]),
    rank: tf.fill([batch], 0, 'int32'),
    hasStepped: none(),
    fellBack: none(),
  };
}

/** The updates with that of the last step; samples without a step behind them have nothing to learn. */
function learn(previous: BroydenState, at: tf.Tensor, F: tf.Tensor, damping: number) {
  const memory = tf.scalar(previous.u.shape[1]!, 'int32');
  const isFull = tf.equal(previous.rank, memory);
  const held = forget(isFull, previous);
  const s = tf.sub(at, previous.z);
  const By = times(held, tf.sub(F, previous.F), damping);
  const denominator = tf.sum(tf.mul(s, By), 1, true);
  const scale = tf.mul(rowNorms(s), rowNorms(By));
  const isRegular = tf.greater(tf.abs(denominator), tf.mul(constant(SINGULAR), scale));
  const isLearnt = tf.logicalAnd(isRegular, tf.expandDims(previous.hasStepped, 1));
  const or0 = (rows: tf.Tensor) => tf.where(isLearnt, rows, tf.zerosLike(rows));
  const learnt = tf.squeeze(isLearnt, [1]);
  const rank = tf.where(isFull, tf.zerosLike(previous.rank), previous.rank);
  return {
    updates: {
      u: shiftIn(held.u, or0(tf.div(tf.sub(s, By), denominator))),
      v: shiftIn(held.v, or0(transposedTimes(held, s, damping))),
    },
    rank: tf.add(rank, tf.cast(learnt, 'int32')),
    isSingular: tf.logicalAnd(previous.hasStepped, tf.logicalNot(learnt)),
  };
}

/** `Bx` of each sample. */
function times({ u, v }: Updates, x: tf.Tensor, damping: number): tf.Tensor {
  const weights = tf.matMul(v, tf.expandDims(x, 2));
  const correction = tf.squeeze(tf.matMul(weights, u, true, false), [1]);
  return tf.sub(correction, damping === 1 ? x : tf.mul(constant(damping), x));
}

/** `Bᵀx` of each sample. */
function transposedTimes({ u, v }: Updates, x: tf.Tensor, damping: number): tf.Tensor {
  return times({ u: v, v: u }, x, damping);
}

/** No updates where the mask says so. */
function forget(mask: tf.Tensor, { u, v }: Updates): Updates {
  return selectSamples(mask, { u: tf.zerosLike(u), v: tf.zerosLike(v) }, { u, v });
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`broyden: ${message}.`);
}
