/** Restarted Halpern iteration, for maps that do not expand but need not contract. */
import * as tf from '@tensorflow/tfjs';
import { constant, tidyTree, whileLoop, zipTensors, type TensorTree } from '@equilibria/compile';
import type { FixedPointMap, Solver, SolverStep } from './contract.ts';
import { batchOf, sampleDistance, selectSamples } from './per-sample.ts';

/** What the solver may decide about the map, and how it measures. */
export type Tuning<Z extends TensorTree, C extends TensorTree> = {
  /** The control before the first restart. */
  initial(z0: Z): C;
  /** The control after a restart that moved the anchor to `point`; leaves have the batch on axis 0. */
  retune(control: C, anchor: Z, point: Z): C;
  /** `[batch]`: the distance in which the map does not expand under `control`; default the 2-norm. */
  distance?(a: Z, b: Z, control: C): tf.Tensor;
};

export type RestartedHalpernOptions = {
  /**
   * Whether each image is reflected, `2f(z) − z`: faster for firmly non-expansive maps (proximal and splitting operators, such
   * as PDHG), wrong for maps that are only non-expansive, such as rotations. Default true.
   */
  readonly isReflected?: boolean;
  /** Evaluations of `f` between two looks at the restart rules; default 64. */
  readonly epoch?: number;
  /** Restart when the fixed-point error has fallen to this part of that of the last restart; default 0.2. */
  readonly sufficient?: number;
  /** Restart when it has fallen to this part and grows again; default 0.8. */
  readonly necessary?: number;
  /** Restart when the anchor has been kept for this part of all iterations; default 0.36. */
  readonly artificial?: number;
};

/** The thresholds of the restart rules, each in (0, 1). */
export type RestartThresholds = Required<Omit<RestartedHalpernOptions, 'isReflected' | 'epoch'>>;

/** {@link RestartThresholds} unless others are asked for. */
export const RESTART_THRESHOLDS: RestartThresholds = { sufficient: 0.2, necessary: 0.8, artificial: 0.36 };

/** The solver's state; every leaf has the batch on axis 0. */
export type RestartedHalpernState<Z extends TensorTree, C extends TensorTree> = {
  readonly control: C;
  /** The point that the iterates are averaged with. */
  readonly anchor: Z;
  /** The last iterate before the map: the loop's point is its image. */
  readonly inner: Z;
  /** Iterations since the restart, and in all. */
  readonly sinceRestart: tf.Tensor;
  readonly total: tf.Tensor;
  /** `distance(inner, f(inner))` after the restart, at the last look, and now. */
  readonly firstError: tf.Tensor;
  readonly previousError: tf.Tensor;
  readonly error: tf.Tensor;
};

/**
 * A step is an epoch: from the anchor `a`, `z ← (k+1)/(k+2)·(2f(z) − z) + 1/(k+2)·a` (with `f(z)` for `2f(z) − z` if not
 * reflected) for `epoch` evaluations, after which the iteration may restart from its last image. Weighting with the anchor is
 * an average that makes the fixed-point error of a non-expansive map fall as 1/k; restarts make it fall geometrically where the map allows. At a restart the control of the map
 * (a weight, a step size) is set anew by `tuning.retune`.
 *
 * The loop's point is always an image of `f`, so it lies where `f` maps to. The first epoch ends with a restart.
 *
 * @throws {RangeError} if `epoch` is not an integer ≥ 2 or a threshold does not lie in (0, 1).
 * @see Lu & Yang, Restarted Halpern PDHG for linear programming (2024), arXiv 2407.16144, for reflection and restarts;
 *   Lu, Peng & Yang, cuPDLPx (2025), arXiv 2507.14051, for the thresholds.
 */
export function restartedHalpern<Z extends TensorTree, C extends TensorTree>(
  tuning: Tuning<Z, C>,
  options: RestartedHalpernOptions = {},
): Solver<Z, RestartedHalpernState<Z, C>, C> {
  const { isReflected = true, epoch = 64, ...asked } = options;
  const thresholds = { ...RESTART_THRESHOLDS, ...asked };
  if (!Number.isInteger(epoch) || epoch < 2) {
    throw new RangeError(`restartedHalpern: epoch must be an integer >= 2; got ${epoch}.`);
  }
  for (const [name, value] of Object.entries(thresholds)) {
    if (!(value > 0 && value < 1))
      throw new RangeError(`restartedHalpern: ${name} must lie in (0, 1); got ${value}.`);
  }
  const distance = (a: Z, b: Z, control: C): tf.Tensor =>
    tuning.distance?.(a, b, control) ?? sampleDistance(a, b);
  return {
    name: 'restarted-halpern',
    // The epoch, and the image of the loop's point, which tells the residual.
    evaluationsPerStep: epoch + 1,
    init: (z0) => initialState(tuning, z0),
    step: (f, z, state) =>
      tidyTree(() => runEpoch(f, z, state, { tuning, distance, isReflected, epoch, thresholds })),
    control: ({ control }) => control,
  };
}

type Parts<Z extends TensorTree, C extends TensorTree> = {
  readonly tuning: Tuning<Z, C>;
  readonly distance: (a: Z, b: Z, control: C) => tf.Tensor;
  readonly isReflected: boolean;
  readonly epoch: number;
  readonly thresholds: RestartThresholds;
};

function initialState<Z extends TensorTree, C extends TensorTree>(
  tuning: Tuning<Z, C>,
  z0: Z,
): RestartedHalpernState<Z, C> {
  const batch = batchOf('restartedHalpern', z0);
  const all = (value: number): tf.Tensor => tf.fill([batch], value);
  const copy = (): Z => zipTensors([z0], (leaf) => tf.clone(leaf));
  return {
    control: tuning.initial(z0),
    anchor: copy(),
    inner: copy(),
    sinceRestart: all(0),
    total: all(0),
    firstError: all(Infinity),
    previousError: all(Infinity),
    error: all(Infinity),
  };
}

function runEpoch<Z extends TensorTree, C extends TensorTree>(
  f: FixedPointMap<Z, C>,
  z: Z,
  state: RestartedHalpernState<Z, C>,
  { tuning, distance, isReflected, epoch, thresholds }: Parts<Z, C>,
): SolverStep<Z, RestartedHalpernState<Z, C>> {
  const image = f(z, state.control);
  const next = (mapped: Z, from: Z, anchor: Z, k: tf.Tensor): Z =>
    halpern(isReflected ? reflect(mapped, from) : mapped, anchor, k);
  const isFirst = tf.equal(state.total, tf.scalar(0));
  const isRestart = tf.logicalOr(isFirst, isRestartDue(state, thresholds));
  const retuned = tuning.retune(state.control, state.anchor, z);
  // Before the first epoch there is no movement to learn from.
  const control = selectSamples(tf.logicalAnd(isRestart, tf.logicalNot(isFirst)), retuned, state.control);
  const anchor = selectSamples(isRestart, z, state.anchor);
  const start = selectSamples(isRestart, z, next(z, state.inner, state.anchor, state.sinceRestart));
  const firstImage = f(start, control);
  const since = tf.where(isRestart, tf.zerosLike(state.sinceRestart), tf.add(state.sinceRestart, 1));
  const firstError = tf.where(isRestart, distance(start, firstImage, control), state.firstError);
  const { inner, mapped, k } = whileLoop<{ inner: Z; mapped: Z; k: tf.Tensor }>({
    init: { inner: start, mapped: firstImage, k: since },
    body: (at) => {
      const point = next(at.mapped, at.inner, anchor, at.k);
      return { inner: point, mapped: f(point, control), k: tf.add(at.k, 1) };
    },
    maxSteps: epoch - 1,
  }).state;
  return {
    value: mapped,
    image,
    state: {
      control,
      anchor,
      inner,
      sinceRestart: k,
      total: tf.add(state.total, epoch),
      firstError,
      previousError: tf.where(isRestart, tf.fill(isRestart.shape, Infinity), state.error),
      error: distance(inner, mapped, control),
    },
  };
}

/** `2f(z) − z`, which does not expand where `f` is firmly non-expansive. */
export function reflect<Z extends TensorTree>(mapped: Z, z: Z): Z {
  return zipTensors([mapped, z], (image, from) => tf.sub(tf.mul(image, 2), from));
}

/**
 * `(k+1)/(k+2)·w + 1/(k+2)·a`, as the anchor plus a part of the way to `w`.
 * @param k - float32 `[batch]`: iterations since the anchor was set.
 */
export function halpern<Z extends TensorTree>(w: Z, anchor: Z, k: tf.Tensor): Z {
  const part = tf.div(tf.add(k, 1), tf.add(k, 2));
  return zipTensors([w, anchor], (to, at) => {
    const pace = tf.reshape(part, [-1, ...at.shape.slice(1).map(() => 1)]);
    return tf.add(at, tf.mul(pace, tf.sub(to, at)));
  });
}

/** What the restart rules look at, each float32 `[batch]`; see {@link RestartedHalpernState}. */
export type CycleErrors = Pick<
  RestartedHalpernState<TensorTree, TensorTree>,
  'error' | 'firstError' | 'previousError' | 'sinceRestart' | 'total'
>;

/** Whether to restart, bool `[batch]`: the rules of {@link RestartedHalpernOptions}. */
export function isRestartDue(
  { error, firstError, previousError, sinceRestart, total }: CycleErrors,
  { sufficient, necessary, artificial }: RestartThresholds,
): tf.Tensor {
  const hasFallen = (part: number): tf.Tensor => tf.lessEqual(error, tf.mul(firstError, constant(part)));
  const turnsBack = tf.logicalAnd(hasFallen(necessary), tf.greater(error, previousError));
  const isLong = tf.greaterEqual(sinceRestart, tf.mul(total, constant(artificial)));
  return tf.logicalOr(tf.logicalOr(hasFallen(sufficient), turnsBack), isLong);
}
