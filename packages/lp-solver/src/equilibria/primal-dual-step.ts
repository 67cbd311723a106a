/** One step of primal–dual hybrid gradient with a step size for each row and column. */

import * as tf from '@tensorflow/tfjs';
import type { LinearMap } from './linear-map.ts';
import type { StepSizes } from './schur-steps.ts';

/** A pair: `x` is `[batch, columns]`, `y` is `[batch, rows]`. */
export type PrimalDual = { readonly x: tf.Tensor; readonly y: tf.Tensor };

/** Costs, bounds and sides of a batch of programs: `[batch, columns]` and `[batch, rows]`; infinite where there is none. */
export type ProgramSides = {
  readonly objective: tf.Tensor;
  readonly lower: tf.Tensor;
  readonly upper: tf.Tensor;
  readonly rowLower: tf.Tensor;
  readonly rowUpper: tf.Tensor;
};

/** The reduced costs `c − Aᵀy`, `[batch, columns]`. */
export function reducedCosts(y: tf.Tensor, matrix: LinearMap, { objective }: ProgramSides): tf.Tensor {
  return tf.sub(objective, matrix.backward(y));
}

/**
 * `x⁺ = Π[l,u](x − τ(c − Aᵀy))`, then `y⁺ = σ(Π[b](v) − v)` with `v = A(2x⁺ − x) − y/σ`, written so that an infinite side of
 * a row needs no case of its own. Its fixed points are the primal–dual optima of the program, whatever the positive step sizes are.
 *
 * It does not expand in the norm `‖x‖²_{1/τ} + ‖y‖²_{1/σ} + 2⟨y, Ax⟩` while `‖diag(σ)^½ A diag(τ)^½‖₂ < 1`.
 *
 * @param costs - {@link reducedCosts} at `y`. Borrowed.
 * @see Chambolle & Pock, A first-order primal-dual algorithm for convex problems (2011), algorithm 1.
 */
export function primalDualStep(
  { x, y }: PrimalDual,
  costs: tf.Tensor,
  { primal, dual }: StepSizes,
  { matrix, sides }: { readonly matrix: LinearMap; readonly sides: ProgramSides },
): PrimalDual {
  const nextX = clamp(tf.sub(x, tf.mul(primal, costs)), sides.lower, sides.upper);
  // As solvers write their reflection, so that a compiled step computes it once.
  const reflected = tf.sub(tf.mul(nextX, 2), x);
  const target = tf.sub(matrix.forward(reflected), tf.div(y, dual));
  const nextY = tf.mul(dual, tf.sub(clamp(target, sides.rowLower, sides.rowUpper), target));
  return { x: nextX, y: nextY };
}

/** The nearest point between two others. */
export function clamp(x: tf.Tensor, low: tf.Tensor, high: tf.Tensor): tf.Tensor {
  return tf.minimum(tf.maximum(x, low), high);
}
