/** Local Lipschitz constants of the iterates `x ↦ y_t(x)`, for many `t` at once. */
import * as tf from '@tensorflow/tfjs';
import { mapTensors, type TensorTree, tidyTree, whileLoop, zipTensors } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { vectorJacobian } from '../gradients/vector-jacobian.ts';
import { powerIteration } from './jacobian-norm.ts';
import { jacobianVector } from './jacobian-vector.ts';
import { assertSameForm } from './same-form.ts';

/** What is iterated: `z_0 = initialState(x)`, `z_{t+1} = G(z_t, x)`, `y_t = readout(z_t, x)`. TF.js ops, samples apart. */
export type Iteration<Z extends TensorTree, X extends TensorTree> = {
  readonly map: (z: Z, x: X) => Z;
  readonly initialState: (x: X) => Z;
  /** Default the state itself. */
  readonly readout?: (z: Z, x: X) => TensorTree;
};

/** Estimates along the iterates: axis 0 is the number of evaluations `t`, axis 1 the sample. */
export type IterateJacobianNorm = {
  /** float32 `[t, batch]`: `‖∂y_t/∂x‖₂`, in units of `y` by units of `x`. */
  readonly value: tf.Tensor;
  /** float32 `[t, batch]`, dimensionless: the relative change in the last power step. */
  readonly error: tf.Tensor;
};

/** When to look, and how long to iterate. */
export type IterateJacobianOptions = {
  /** Numbers of evaluations `t`, increasing, from 0. */
  readonly at: readonly number[];
  /** Power steps of each estimate; default 50. */
  readonly steps?: number;
};

/**
 * `‖∂y_t/∂x‖₂` of each sample and each given `t`: the local Lipschitz constant of `t` evaluations, differentiated through all of
 * them and through the start, by power iteration. Like {@link jacobianNorm} it never exceeds the norm but for rounding.
 *
 * Pure and traceable, and exact for what was computed: no fixed point, no contraction and no convergence is assumed. A power step goes forward
 * with a tangent, `ż ← ∂G/∂z ż + ∂G/∂x v`, and back with an adjoint, `λ ← (∂G/∂z)ᵀλ`, collecting `(∂G/∂x)ᵀλ`: its time is linear in `t`, and for
 * `t` = 1, 2, 4, …, T together it is that of 2T evaluations. The iterates are computed once and stored, `T` states; nothing else grows with `t`.
 *
 * @param iteration - see {@link Iteration}.
 * @param x - where; float32 leaves with the batch on axis 0. Borrowed.
 * @param start - a direction like `x`, random and not zero in any sample. Borrowed.
 * @returns tensors of the caller.
 * @throws {RangeError} if `at` is empty or not increasing integers >= 0, or `steps` not a natural number >= 1.
 * @throws {ShapeError} if `start` is not of the form of `x`.
 */
export function iterateJacobianNorm<Z extends TensorTree, X extends TensorTree>(
  iteration: Iteration<Z, X>,
  { x, start }: { readonly x: X; readonly start: X },
  options: IterateJacobianOptions,
): IterateJacobianNorm {
  const { at, steps = 50 } = options;
  assertSteps('iterateJacobianNorm', 'steps', steps);
  if (at.length === 0 || !at.every((t, i) => Number.isInteger(t) && t >= 0 && (i === 0 || t > at[i - 1]!))) {
    throw new RangeError(`iterateJacobianNorm: at must be increasing integers >= 0; got [${at.join(', ')}].`);
  }
  assertSameForm('iterateJacobianNorm', { x, start });
  return tidyTree(() => {
    const states = iteratesOf(iteration, x, at.at(-1)!);
    const estimates = at.map((t) => {
      const forward = (v: X): TensorTree => pushForward(iteration, { x, states, t }, v);
      const backward = (u: TensorTree): X => pullBack(iteration, { x, states, t }, u);
      return powerIteration({ forward, backward }, start, steps);
    });
    return {
      value: tf.stack(estimates.map(({ value }) => value)),
      error: tf.stack(estimates.map(({ error }) => error)),
    };
  });
}

/** The iterates of which the last is that after `t` evaluations. */
type Trajectory<Z, X> = { readonly x: X; readonly states: (step: tf.Tensor) => Z; readonly t: number };

/** Both arguments of `G` as one tree, so that one pass differentiates by both. */
type Pair<Z, X> = { readonly z: Z; readonly x: X };

/** `z_0`, …, `z_T`, by the index as an int32 scalar. */
function iteratesOf<Z extends TensorTree, X extends TensorTree>(
  { map, initialState }: Iteration<Z, X>,
  x: X,
  last: number,
): (step: tf.Tensor) => Z {
  const first = initialState(x);
  const rows = mapTensors(first, (leaf) => tf.expandDims(leaf, 0));
  const all =
    last === 0
      ? rows
      : zipTensors(
          [
            rows,
            whileLoop({ init: first, body: (z: Z) => map(z, x), collect: (z) => z, maxSteps: last })
              .collected,
          ],
          (head, rest) => tf.concat([head, rest], 0),
        );
  return (step) => mapTensors(all, (leaf) => tf.gather(leaf, step));
}

/** `(∂y_t/∂x) v`. */
function pushForward<Z extends TensorTree, X extends TensorTree>(
  { map, initialState, readout }: Iteration<Z, X>,
  { x, states, t }: Trajectory<Z, X>,
  v: X,
): TensorTree {
  const along = <Y extends TensorTree>(f: (z: Z, x: X) => Y, z: Z, tangent: Z): Y =>
    jacobianVector((at: Pair<Z, X>) => f(at.z, at.x), { z, x }, { z: tangent, x: v });
  const { state: tangent } = whileLoop({
    init: jacobianVector(initialState, x, v),
    body: (ż: Z, step) => along(map, states(step), ż),
    maxSteps: t,
  });
  return readout === undefined ? tangent : along(readout, states(tf.scalar(t, 'int32')), tangent);
}

/** `(∂y_t/∂x)ᵀ u`. */
function pullBack<Z extends TensorTree, X extends TensorTree>(
  { map, initialState, readout }: Iteration<Z, X>,
  { x, states, t }: Trajectory<Z, X>,
  u: TensorTree,
): X {
  const back = <Y extends TensorTree>(f: (z: Z, x: X) => Y, z: Z, cotangent: Y): Pair<Z, X> =>
    vectorJacobian((at: Pair<Z, X>) => f(at.z, at.x), { z, x }, cotangent);
  const sum = (a: X, b: X): X => zipTensors([a, b], (p, q) => tf.add(p, q));
  const last = tf.scalar(t, 'int32');
  const { state } = whileLoop({
    init:
      readout === undefined
        ? // Without a readout, cotangents are of the form of the state.
          { z: u as Z, x: mapTensors(x, (leaf) => tf.zerosLike(leaf)) }
        : back(readout, states(last), u),
    body: ({ z: λ, x: collected }: Pair<Z, X>, step) => {
      const before = states(tf.sub(tf.sub(last, step), tf.scalar(1, 'int32')));
      const { z, x: direct } = back(map, before, λ);
      return { z, x: sum(collected, direct) };
    },
    maxSteps: t,
  });
  return sum(state.x, vectorJacobian(initialState, x, state.z));
}
