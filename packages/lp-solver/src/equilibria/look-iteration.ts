/** Primal–dual hybrid gradient whose step sizes are set anew at restarts, a look at a time: pure functions over explicit state. */

import { constant } from '@equilibria/compile';
import {
  halpern,
  isRestartDue,
  offTape,
  reflect,
  RESTART_THRESHOLDS,
  selectSamples,
  type TensorTree,
  whileLoop,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { Products } from './linear-map.ts';
import { type PrimalDual, primalDualStep, type ProgramSides, reducedCosts } from './primal-dual-step.ts';
import type { StepSizes } from './schur-steps.ts';

/** Evaluations between two looks at the restart rules; chosen on validation data. */
export const LOOK = 8;

/** A batch of programs: the products with their matrices, and what is in the tensors of `X`. */
export type ProgramBatch<X extends ProgramSides = ProgramSides> = {
  readonly products: Products;
  readonly sides: X;
};

/** What a rule knows of the samples that restart, all `[batch, …]`. */
export type Restart = {
  /** Where the next cycle begins, and where the last one did. */
  readonly point: PrimalDual;
  readonly anchor: PrimalDual;
  /** `c − Aᵀy` at the point. */
  readonly costs: tf.Tensor;
  /** `y⁺ − y` of the last evaluation. */
  readonly dualChange: tf.Tensor;
  /** `[batch]`: cycles and evaluations of the map so far, 0 for the first. */
  readonly cycles: tf.Tensor;
  readonly evaluations: tf.Tensor;
  /** bool `[batch]`: whether {@link PATIENCE} cycles in succession ever ended without progress. */
  readonly isStalled: tf.Tensor;
};

/** How step sizes are found: a rule with a memory `M`, a tree with the batch on axis 0. */
export interface MetricRule<M extends TensorTree, X extends ProgramSides = ProgramSides> {
  /** Before the first cycle; its step sizes are never used. */
  initial(batch: ProgramBatch<X>): M;
  /** For the next cycle. Samples apart; differentiable. */
  retune(memory: M, restart: Restart, batch: ProgramBatch<X>): M;
  /** Under which the step does not expand, whatever the memory is. */
  steps(memory: M): StepSizes;
  /** Evaluations that setting the step sizes anew costs. */
  readonly evaluations: number;
}

/** Where the iteration is. All leaves but the pairs and the memory are `[batch]`. */
export type LookState<M extends TensorTree> = {
  /** The last image of the map: the point to return. */
  readonly image: PrimalDual;
  /** What it is the image of. */
  readonly inner: PrimalDual;
  /** Where the cycle began. */
  readonly anchor: PrimalDual;
  readonly memory: M;
  readonly sinceRestart: tf.Tensor;
  /** Evaluations of the map, and cycles begun. */
  readonly total: tf.Tensor;
  readonly cycles: tf.Tensor;
  /** Of the cycles before this one, how many in succession ended without progress, only because they were long; stays at {@link PATIENCE}. */
  readonly stalls: tf.Tensor;
  /** The distance of a point and its image: at the start of the cycle, at the look before and at the last one. */
  readonly firstError: tf.Tensor;
  readonly previousError: tf.Tensor;
  readonly error: tf.Tensor;
};

/** Before the first look. */
export function startLooking<M extends TensorTree, X extends ProgramSides>(
  rule: Pick<MetricRule<M, X>, 'initial'>,
  start: PrimalDual,
  batch: ProgramBatch<X>,
): LookState<M> {
  const all = (value: number): tf.Tensor => tf.fill([start.x.shape[0]], value);
  const copy = (): PrimalDual => ({ x: tf.clone(start.x), y: tf.clone(start.y) });
  return {
    image: copy(),
    inner: copy(),
    anchor: copy(),
    memory: rule.initial(batch),
    sinceRestart: all(0),
    total: all(0),
    cycles: all(0),
    stalls: all(0),
    firstError: all(UNKNOWN),
    previousError: all(UNKNOWN),
    error: all(UNKNOWN),
  };
}

/** Evaluations with a possible restart at every look. */
const OFTEN = 128;

/** Cycles in succession without progress after which a rule is told so. */
export const PATIENCE = 3;

/** Stands for an error that was not measured yet: larger than any, but a number, since infinities times 0 are none. */
const UNKNOWN = 1e30;

/** How a look is computed. */
export type LookOptions = {
  /**
   * Whether a gradient is taken through it. If not, step sizes are only computed when a sample of the batch restarts, in a loop of one
   * step that a graph can leave out. Default false.
   */
  readonly isDifferentiated?: boolean;
};

/**
 * One look: samples that are due restart from their last image under new step sizes, and all make {@link LOOK} evaluations of core's
 * Halpern iteration, reflected. A cycle under unchanged step sizes takes no evaluation more than the iteration itself.
 */
export function look<M extends TensorTree, X extends ProgramSides>(
  rule: MetricRule<M, X>,
  state: LookState<M>,
  batch: ProgramBatch<X>,
  { isDifferentiated = false }: LookOptions = {},
): LookState<M> {
  const { products, sides } = batch;
  const one = tf.onesLike(state.total);
  const { isRestart, isStalled, stalls } = offTape(() => restartOf(state));
  const ahead = halpern(reflect(state.image, state.inner), state.anchor, state.sinceRestart);
  const point = selectSamples(isRestart, state.image, ahead);
  const costs = reducedCosts(point.y, products.matrix, sides);
  const retuned = (): M => {
    const { image, inner, anchor, cycles, total } = state;
    const dualChange = tf.sub(image.y, inner.y);
    const restart = { point: image, anchor, costs, dualChange, cycles, evaluations: total, isStalled };
    const next = rule.retune(state.memory, restart, batch);
    return selectSamples(isRestart, next, state.memory);
  };
  const memory = isDifferentiated ? retuned() : onlyIf(isRestart, state.memory, retuned);
  const steps = rule.steps(memory);
  const anchor = selectSamples(isRestart, state.image, state.anchor);
  const image = (z: PrimalDual, costsAt = reducedCosts(z.y, products.matrix, sides)): PrimalDual =>
    primalDualStep(z, costsAt, steps, { matrix: products.matrix, sides });
  const since = offTape(() => tf.where(isRestart, tf.zerosLike(one), tf.add(state.sinceRestart, one)));
  const first: Evaluated = { inner: point, image: image(point, costs), since };
  const last = repeated(LOOK - 1, first, isDifferentiated, ({ inner: from, image: to, since: k }) => {
    const inner = halpern(reflect(to, from), anchor, k);
    return { inner, image: image(inner), since: offTape(() => tf.add(k, one)) };
  });
  const errorOf = (at: Evaluated): tf.Tensor => offTape(() => distance(at.inner, at.image, steps));
  const firstError = errorOf(first);
  return {
    image: last.image,
    inner: last.inner,
    anchor,
    memory,
    error: errorOf(last),
    sinceRestart: last.since,
    ...offTape(() => ({
      total: tf.add(state.total, tf.fill(one.shape, LOOK)),
      cycles: tf.add(state.cycles, tf.cast(isRestart, 'float32')),
      firstError: tf.where(isRestart, firstError, state.firstError),
      previousError: tf.where(isRestart, tf.fill(one.shape, UNKNOWN), state.error),
      stalls: tf.clone(stalls),
    })),
  };
}

/** A point, its image, and the iterations since the restart. */
type Evaluated = { readonly inner: PrimalDual; readonly image: PrimalDual; readonly since: tf.Tensor };

/** The body, so many times: in a loop, which keeps graphs small, unless a gradient shall pass. */
function repeated<T extends TensorTree>(times: number, init: T, isUnrolled: boolean, body: (at: T) => T): T {
  if (!isUnrolled) return whileLoop<T>({ init, body, maxSteps: times }).state;
  let at = init;
  for (let k = 0; k < times; k++) at = body(at);
  return at;
}

/** Evaluations spent on a state, `[batch]`: those of the map, and those of setting step sizes anew. */
export function evaluationsOf<M extends TensorTree, X extends ProgramSides>(
  { total, cycles }: LookState<M>,
  rule: MetricRule<M, X>,
): tf.Tensor {
  return tf.add(total, tf.mul(cycles, constant(rule.evaluations)));
}

/** Most evaluations of a look, what it takes to set step sizes anew included. */
export function mostEvaluations({ evaluations }: Pick<MetricRule<TensorTree>, 'evaluations'>): number {
  return LOOK + evaluations;
}

/** Who restarts, and the stalls by then. The first cycle begins at the first look. */
function restartOf(state: LookState<TensorTree>) {
  const { total, error, firstError } = state;
  const [zero, patience] = [tf.zerosLike(total), tf.fill(total.shape, PATIENCE)];
  const isFirst = tf.equal(total, zero);
  const isDue = tf.logicalAnd(isRestartDue(state, RESTART_THRESHOLDS), isTurn(total));
  const isRestart = tf.logicalOr(isFirst, isDue);
  const wasStalled = tf.greaterEqual(state.stalls, patience);
  const isBetter = tf.lessEqual(error, tf.mul(firstError, constant(RESTART_THRESHOLDS.necessary)));
  const more = tf.minimum(tf.add(state.stalls, 1), patience);
  const after = tf.where(tf.logicalAnd(isBetter, tf.logicalNot(wasStalled)), zero, more);
  const stalls = tf.where(tf.logicalAnd(isRestart, tf.logicalNot(isFirst)), after, state.stalls);
  return { isRestart, stalls, isStalled: tf.greaterEqual(stalls, patience) };
}

/** `‖a − b‖` in `‖x‖²_{1/τ} + ‖y‖²_{1/σ}`: the norm of the map without its cross term, which would cost a product. */
export function distance(a: PrimalDual, b: PrimalDual, { primal, dual }: StepSizes): tf.Tensor {
  const square = (p: tf.Tensor, q: tf.Tensor, step: tf.Tensor): tf.Tensor =>
    tf.sum(tf.div(tf.square(tf.sub(p, q)), step), 1);
  return tf.sqrt(tf.add(square(a.x, b.x, primal), square(a.y, b.y, dual)));
}

function onlyIf<T extends TensorTree>(mask: tf.Tensor, otherwise: T, compute: () => T): T {
  const limit = tf.cast(tf.any(mask), 'int32');
  return whileLoop<T>({ init: otherwise, body: compute, maxSteps: 1, limit }).state;
}

/**
 * Whether a restart may be made after so many evaluations: at every look at first, at every second from {@link OFTEN} on, at every fourth
 * from four times as many on. So a batch, whose samples restart at times of their own, does not compute step sizes at every look.
 */
function isTurn(total: tf.Tensor): tf.Tensor {
  const from = (count: number): tf.Tensor => tf.greaterEqual(total, tf.fill(total.shape, count));
  const pace = (looks: number): tf.Tensor => tf.fill(total.shape, looks * LOOK);
  const period = tf.where(from(4 * OFTEN), pace(4), tf.where(from(OFTEN), pace(2), pace(1)));
  return tf.equal(tf.mod(total, period), tf.zerosLike(total));
}
