/** Anderson acceleration. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, mapTensors, type TensorTree } from '@equilibria/compile';
import type { Solver } from './contract.ts';
import { solvePositiveDefinite } from './linear-system.ts';
import { batchOf, selectSamples } from './per-sample.ts';
import { fromRows, rowLength, rowNorms, shiftIn, toRows } from './sample-rows.ts';

/** When {@link anderson} forgets what it has learnt of a sample. */
export type AndersonRestart = {
  /**
   * Forget every difference and take a damped Picard step, which counts as a fallback, where `‖F‖` exceeds `growth` times
   * its least since the last restart; at least 1, and more than the factor by which the map itself may expand, or nothing is
   * ever learnt. Default: however much it grows, nothing is forgotten.
   */
  readonly growth?: number;
  /** Once `memory` differences are held, forget all but the newest, instead of the oldest alone; default false. */
  readonly whenFull?: boolean;
};

/** Parameters of {@link anderson}, dimensionless. */
export type AndersonOptions = {
  /** Earlier steps whose differences are combined, 1 to 8; default 5. */
  readonly memory?: number;
  /** Ridge as a fraction of the trace of the Gram matrix, in (0, 1); default 1e-7, about the rounding of float32. */
  readonly regularization?: number;
  /** Step length `β` in (0, 1] along the combined residual; default 1. */
  readonly damping?: number;
  /** Largest `Σ|γ_j|` trusted; default 1e4. */
  readonly maxWeight?: number;
  /** Default: no restarts. */
  readonly restart?: AndersonRestart;
};

const ANDERSON_OPTIONS = ['memory', 'regularization', 'damping', 'maxWeight', 'restart'];

/** The last point, and the differences of the last `memory` steps, newest first; `N` is the numbers of a sample. */
export type AndersonState = {
  /** float32 `[batch, N]`: `F = f(z) − z` of the last step. */
  readonly F: tf.Tensor;
  /** float32 `[batch, N]`: `G = f(z)` of the last step. */
  readonly G: tf.Tensor;
  /** float32 `[batch, memory, N]`: `ΔF_j/‖ΔF_j‖`, zero where there is none. */
  readonly directions: tf.Tensor;
  /** float32 `[batch, memory, 1]`: `1/‖ΔF_j‖`, zero where there is none. */
  readonly scales: tf.Tensor;
  /** float32 `[batch, memory, N]`: `ΔG_j`. */
  readonly deltaG: tf.Tensor;
  /** bool `[batch]`: whether a step has been made. */
  readonly hasStepped: tf.Tensor;
  /** bool `[batch]`: whether the last step was a Picard step for want of weights to trust, or after growth. */
  readonly fellBack: tf.Tensor;
  /** float32 `[batch, 1]`: the least `‖F‖` since the last restart; only with `restart.growth`. */
  readonly least?: tf.Tensor;
  /** int32 `[batch]`: differences held; only with `restart.whenFull`. */
  readonly held?: tf.Tensor;
};

/**
 * Anderson acceleration of type II, each sample by itself: with `F_k = f(z_k) − z_k` and `G_k = f(z_k)`,
 *
 * `γ = argmin ‖F_k − Σ_j γ_j ΔF_j‖²` and `z_{k+1} = G_k − Σ_j γ_j ΔG_j − (1 − β)(F_k − Σ_j γ_j ΔF_j)`.
 *
 * One evaluation a step. On a linear problem of dimension at most `memory` it ends, up to rounding, as GMRES does. The least
 * squares are solved by normal equations with every `ΔF_j` scaled to length 1 and a ridge of `regularization` times the
 * trace. Where that still gives weights that are not finite or exceed `maxWeight`, the sample takes a damped Picard step
 * and the flag `fallback` says so. The very first step is a Picard step by definition, which is no fallback.
 *
 * With `restart` a sample forgets differences that no longer describe the map around it. Emptying a full history keeps the
 * differences close together; a restart after growth is a heuristic, as for accelerated gradients: it bounds the harm of
 * differences that mislead, and proves no convergence.
 *
 * @throws {RangeError} if a parameter is out of its range.
 * @see Walker & Ni, Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49 (2011);
 *   Henderson & Varadhan, Damped Anderson acceleration with restarts and monotonicity control for accelerating EM and
 *   EM-like algorithms, J. Comput. Graph. Stat. 28 (2019), for `whenFull`; O'Donoghue & Candès, Adaptive restart for
 *   accelerated gradient schemes, Found. Comput. Math. 15 (2015), for the idea of restarting at growth.
 */
export function anderson<Z extends TensorTree = TensorTree>(
  options: AndersonOptions = {},
): Solver<Z, AndersonState> {
  assertKnownOptions('anderson: options', options, ANDERSON_OPTIONS);
  const { memory = 5, regularization = 1e-7, damping = 1, maxWeight = 1e4, restart = {} } = options;
  requireThat(
    Number.isInteger(memory) && memory >= 1 && memory <= 8,
    `memory must be an integer in 1..8; got ${memory}`,
  );
  requireThat(
    regularization > 0 && regularization < 1,
    `regularization must be in (0, 1); got ${regularization}`,
  );
  requireThat(damping > 0 && damping <= 1, `damping must be in (0, 1]; got ${damping}`);
  requireThat(maxWeight > 0, `maxWeight must be > 0; got ${maxWeight}`);
  const { growth = Infinity } = restart;
  requireThat(growth >= 1, `restart.growth must be >= 1; got ${growth}`);
  return {
    name: 'anderson',
    evaluationsPerStep: 1,
    init: (z0) => emptyHistory(z0, memory, restart),
    step: (f, z, previous) => {
      const image = f(z, undefined);
      const G = toRows(image);
      const F = tf.sub(G, toRows(z));
      const { history, hasGrown, counters } = learn(previous, F, G, restart);
      const { scaled, gamma } = weights(history, F, regularization);
      const isTrusted = tf.lessEqual(tf.sum(tf.abs(gamma), [1, 2]), constant(maxWeight));
      const damped = (g: tf.Tensor, residual: () => tf.Tensor) =>
        damping === 1 ? g : tf.sub(g, tf.mul(constant(1 - damping), residual()));
      const mixed = damped(tf.sub(G, combine(gamma, history.deltaG)), () =>
        tf.sub(F, combine(scaled, history.directions)),
      );
      const next = selectSamples(
        isTrusted,
        mixed,
        damped(G, () => F),
      );
      const isDoubtful = tf.logicalNot(isTrusted);
      const fellBack = hasGrown === null ? isDoubtful : tf.logicalOr(isDoubtful, hasGrown);
      const state = { F, G, ...history, hasStepped: tf.onesLike(fellBack), fellBack, ...counters };
      return { value: fromRows(z, next), image, state };
    },
    fallback: ({ fellBack }) => fellBack,
  };
}

type History = Pick<AndersonState, 'directions' | 'scales' | 'deltaG'>;

function emptyHistory(z0: TensorTree, memory: number, restart: AndersonRestart): AndersonState {
  const batch = batchOf('anderson', z0);
  const size = rowLength(z0);
  const none = () => tf.fill([batch], 0, 'bool');
  return {
    F: tf.zeros([batch, size]),
    G: tf.zeros([batch, size]),
    directions: tf.zeros([batch, memory, size]),
    scales: tf.zeros([batch, memory, 1]),
    deltaG: tf.zeros([batch, memory, size]),
    hasStepped: none(),
    fellBack: none(),
    ...(restart.growth !== undefined && { least: tf.fill([batch, 1], Infinity) }),
    ...(restart.whenFull === true && { held: tf.fill([batch], 0, 'int32') }),
  };
}

/** The history with the newest differences, less what a restart forgets. */
function learn(previous: AndersonState, F: tf.Tensor, G: tf.Tensor, { growth }: AndersonRestart) {
  const { held, least } = previous;
  const isFull = held && tf.equal(held, tf.scalar(previous.directions.shape[1]!, 'int32'));
  const older = isFull ? { ...previous, ...forget(isFull, previous) } : previous;
  const newest = remember(older, F, G);
  const counted = held && {
    held: tf.add(
      isFull ? tf.where(isFull, tf.zerosLike(held), held) : held,
      tf.cast(previous.hasStepped, 'int32'),
    ),
  };
  if (least === undefined || growth === undefined) {
    return { history: newest, hasGrown: null, counters: { ...counted } };
  }
  const size = rowNorms(F);
  const grown = tf.greater(size, tf.mul(constant(growth), least));
  const hasGrown = tf.squeeze(grown, [1]);
  const counters = {
    least: tf.where(grown, size, tf.minimum(size, least)),
    ...(counted && { held: tf.where(hasGrown, tf.zerosLike(counted.held), counted.held) }),
  };
  return { history: forget(hasGrown, newest), hasGrown, counters };
}

/** No differences where the mask says so. */
function forget(mask: tf.Tensor, { directions, scales, deltaG }: History): History {
  const kept = { directions, scales, deltaG };
  return selectSamples(
    mask,
    mapTensors(kept, (leaf) => tf.zerosLike(leaf)),
    kept,
  );
}

/** Shifts in the newest differences; one of `F` that is zero says nothing and gets the scale 0. */
function remember(previous: AndersonState, F: tf.Tensor, G: tf.Tensor): History {
  const deltaF = tf.sub(F, previous.F);
  const length = rowNorms(deltaF);
  const isUsable = tf.logicalAnd(
    tf.reshape(previous.hasStepped, length.shape),
    tf.greater(length, constant(0)),
  );
  const scale = tf.where(isUsable, tf.reciprocal(length), tf.zerosLike(length));
  return {
    directions: shiftIn(previous.directions, tf.mul(deltaF, scale)),
    scales: shiftIn(previous.scales, scale),
    deltaG: shiftIn(previous.deltaG, tf.sub(G, previous.G)),
  };
}

/** `γ` for the differences, and `scaled` for the directions, `γ_j‖ΔF_j‖`; both `[batch, memory, 1]`. */
function weights(
  { directions, scales }: History,
  F: tf.Tensor,
  regularization: number,
): { readonly scaled: tf.Tensor; readonly gamma: tf.Tensor } {
  const memory = directions.shape[1]!;
  const gram = tf.matMul(directions, directions, false, true);
  // Directions have length 1, so the trace of a full history is `memory`; rows not filled yet get the ridge alone.
  const ridge = tf.mul(tf.eye(memory), constant(memory * regularization));
  const target = tf.matMul(directions, tf.expandDims(F, 2));
  const scaled = solvePositiveDefinite(tf.add(gram, ridge), target);
  return { scaled, gamma: tf.mul(scaled, scales) };
}

/** `Σ_j γ_j d_j` of each sample. */
function combine(gamma: tf.Tensor, history: tf.Tensor): tf.Tensor {
  return tf.squeeze(tf.matMul(gamma, history, true, false), [1]);
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`anderson: ${message}.`);
}
