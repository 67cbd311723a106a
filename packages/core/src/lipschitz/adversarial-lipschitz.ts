/** The largest ratio that gradient ascent finds: a lower bound of the Lipschitz constant, above that of random pairs. */
import * as tf from '@tensorflow/tfjs';
import {
  constant,
  disposeTree,
  leaves,
  mapTensors,
  type TensorTree,
  tidyTree,
  whileLoop,
  zipTensors,
} from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { valueAndGradient } from '../gradients/vector-jacobian.ts';
import {
  innerProducts,
  sampleDistance,
  scaleSamples,
  selectSamples,
  unitSamples,
} from '../solvers/per-sample.ts';
import { assertSameForm } from './same-form.ts';

/** The worst pair found of each sample. */
export type AdversarialLipschitz<X extends TensorTree> = {
  /** float32 `[batch]`: `‖F(x + δ) − F(x)‖₂/‖δ‖₂`, in units of `F` by units of `x`; NaN where no ratio was finite. */
  readonly value: tf.Tensor;
  /** `δ`, a tree like `x`, of length `radius` in each sample up to rounding. */
  readonly perturbation: X;
  /** int32 `[batch]`: ratios that were not finite and count for nothing. */
  readonly failures: tf.Tensor;
};

/** How far away and how long to search. */
export type AdversarialOptions = {
  /** `‖δ‖₂` of each sample, in units of `x`. */
  readonly radius: number;
  /** Gradient steps from each start; default 20. */
  readonly steps?: number;
};

/**
 * Seeks, for each sample, the perturbation `δ` of length `radius` that changes `F(x)` most: from every start, normalised ascent steps along the
 * sphere, each kept only if it is one. A step moves towards the direction `g/‖g‖` of the gradient, all the way at first, as suits a convex
 * distance and makes it the power iteration on `JᵀJ` where `F` is linear; half as far after every step that fails, twice as far after one that succeeds.
 *
 * A bound from below, at least the ratio of every start, and no more than that: another pair may be worse. Pure and traceable; one forward and one reverse pass
 * a step, and starts one after another, so that memory does not grow with them. `F` must not contain a traced `whileLoop`: unroll the iterations of `x ↦ y_t(x)`.
 *
 * The ratio divides by the distance that rounding has left: in float32 a radius below about 1e-3 of `x` measures rounding. Compile in float64 for small ones.
 *
 * @param F - TF.js ops; sample `i` of `F(x)` depends on sample `i` of `x` only.
 * @param at.x - float32 leaves with the batch on axis 0. Borrowed.
 * @param at.starts - directions like `x`, random and not zero in any sample: inputs, so that they are not frozen into a graph. Borrowed.
 * @returns tensors of the caller.
 * @throws {RangeError} if `radius` is not positive and finite, `steps` not a natural number >= 1, or there is no start.
 * @throws {ShapeError} if a start is not of the form of `x`.
 * @see Journée et al., Generalized power method for sparse principal component analysis (2010), arXiv 0811.4724, algorithm 1, for convex distances.
 */
export function adversarialLipschitz<X extends TensorTree>(
  F: (x: X) => TensorTree,
  at: { readonly x: X; readonly starts: readonly X[] },
  options: AdversarialOptions,
): AdversarialLipschitz<X> {
  const { x, starts } = at;
  const { radius, steps = 20 } = options;
  assertSteps('adversarialLipschitz', 'steps', steps);
  if (!(radius > 0 && radius < Infinity)) {
    throw new RangeError(`adversarialLipschitz: radius must be positive and finite; got ${radius}.`);
  }
  if (starts.length === 0) throw new RangeError('adversarialLipschitz: needs at least one start; got none.');
  for (const start of starts) assertSameForm('adversarialLipschitz', { x, start });
  return tidyTree(() => {
    const image = F(x);
    const ratioAt = (delta: X): Probe<X> => probe(F, { x, image, delta });
    const ends: readonly End<X>[] = starts.map((start) => climb(ratioAt, start, { radius, steps }));
    const { value, delta, failures } = ends.reduce((best, end) => {
      const isBetter = tf.greater(end.value, best.value);
      return {
        value: tf.where(isBetter, end.value, best.value),
        delta: selectSamples(isBetter, end.delta, best.delta),
        failures: tf.add(best.failures, end.failures),
      };
    });
    const isFound = tf.greaterEqual(value, tf.zerosLike(value));
    return {
      value: tf.where(isFound, value, tf.fill(value.shape, NaN)),
      perturbation: mapTensors(delta, (leaf) => leaf.clone()),
      failures: tf.clone(failures),
    };
  });
}

/** A ratio, and the gradient of the distance by the perturbation. */
type Probe<X> = { readonly ratio: tf.Tensor; readonly gradient: X };

function probe<X extends TensorTree>(
  F: (x: X) => TensorTree,
  { x, image, delta }: { readonly x: X; readonly image: TensorTree; readonly delta: X },
): Probe<X> {
  const moved = zipTensors([x, delta], (a, b) => tf.add(a, b));
  let change: TensorTree = [];
  // Half the squared distance: its gradient is no NaN where the distance is 0, and has the direction of the distance's.
  const { gradient } = valueAndGradient((to: X) => {
    change = zipTensors([F(to), image], (a, b) => tf.keep(tf.sub(a, b)));
    return tf.mul(tf.scalar(0.5), tf.sum(innerProducts(change, change)));
  }, moved);
  const { length } = unitSamples(change);
  disposeTree(change);
  return { ratio: tf.div(length, sampleDistance(moved, x)), gradient };
}

/** The best pair so far. */
type End<X> = { readonly value: tf.Tensor; readonly delta: X; readonly failures: tf.Tensor };

type Climb<X> = End<X> & {
  /** Of unit length, and zero where nothing is known. */
  readonly ascent: X;
  /** In (0, 1]: how far towards the ascent direction the next step goes. */
  readonly stride: tf.Tensor;
};

function climb<X extends TensorTree>(
  ratioAt: (delta: X) => Probe<X>,
  start: X,
  { radius, steps }: { readonly radius: number; readonly steps: number },
): Climb<X> {
  const onSphere = (v: X): X => mapTensors(unitSamples(v).unit, (leaf) => tf.mul(leaf, constant(radius)));
  const first = onSphere(start);
  const [batch = 0] = leaves<tf.Tensor>(start)[0]!.shape;
  const none: Climb<X> = {
    value: tf.fill([batch], -1),
    delta: first,
    ascent: mapTensors(start, (leaf) => tf.zerosLike(leaf)),
    stride: tf.ones([batch]),
    failures: tf.zeros([batch], 'int32'),
  };
  const { state } = whileLoop({
    init: after(none, first, ratioAt(first)),
    body: (at: Climb<X>) => {
      const { unit } = unitSamples(at.delta);
      const kept = tf.sub(tf.onesLike(at.stride), at.stride);
      const towards = zipTensors([scaleSamples(unit, kept), scaleSamples(at.ascent, at.stride)], (a, b) =>
        tf.add(a, b),
      );
      const delta = onSphere(towards);
      return after(at, delta, ratioAt(delta));
    },
    maxSteps: steps,
  });
  return state;
}

/** A step that does not lead up, or to no finite ratio, is taken back. */
function after<X extends TensorTree>(from: Climb<X>, delta: X, { ratio, gradient }: Probe<X>): Climb<X> {
  const isFinite = tf.less(ratio, tf.scalar(Infinity));
  const isUp = tf.logicalAnd(isFinite, tf.greater(ratio, from.value));
  const one = tf.onesLike(from.stride);
  const half = tf.mul(from.stride, tf.scalar(0.5));
  return {
    value: tf.where(isUp, ratio, from.value),
    delta: selectSamples(isUp, delta, from.delta),
    ascent: selectSamples(isUp, unitSamples(gradient).unit, from.ascent),
    stride: tf.where(isUp, tf.minimum(tf.mul(from.stride, tf.scalar(2)), one), half),
    failures: tf.add(from.failures, tf.cast(tf.logicalNot(isFinite), 'int32')),
  };
}
