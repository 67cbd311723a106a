/** Step sizes, one for each row and column, under which primal–dual hybrid gradient does not expand. */

import { constant } from '@equilibria/compile';
import { offTape } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { LinearMap } from './linear-map.ts';

/** Step sizes of a pair: `τ`, `[batch, columns]`, and `σ`, `[batch, rows]`; positive. */
export type StepSizes = { readonly primal: tf.Tensor; readonly dual: tf.Tensor };

/** Any positive numbers: `β`, `[batch, columns]`, and `α`, `[batch, rows]`, and `ω`, `[batch]`, which weighs one side against the other. */
export type StepWeights = {
  readonly columns: tf.Tensor;
  readonly rows: tf.Tensor;
  readonly balance: tf.Tensor;
};

/** `|A|β`, `[batch, rows]`, and `|A|ᵀα`, `[batch, columns]`; what stands for 0 where a row or column has no entries. */
export type WeightSums = { readonly rows: tf.Tensor; readonly columns: tf.Tensor };

/** Part of the largest safe step that is taken, so that rounding does not matter. */
const SAFE_PART = 0.998;

/** Sums of the weights over the entries of each row and of each column: one product with `|A|` and one with its transpose. */
export function weightSums(
  { columns, rows }: Omit<StepWeights, 'balance'>,
  magnitude: LinearMap,
  empty: WeightSums,
): WeightSums {
  const orElse = (sums: tf.Tensor, other: tf.Tensor): tf.Tensor =>
    tf.where(
      offTape(() => tf.greater(sums, tf.zerosLike(sums))),
      sums,
      other,
    );
  return {
    rows: orElse(magnitude.forward(columns), empty.rows),
    columns: orElse(magnitude.backward(rows), empty.columns),
  };
}

/**
 * `τ_j = θ β_j / (ω Σ_i |A_ij| α_i)` and `σ_i = θ ω α_i / Σ_j |A_ij| β_j` with `θ < 1`: whatever the positive weights are,
 * `‖diag(σ)^½ A diag(τ)^½‖₂ ≤ θ`.
 *
 * By Schur's test: with `u_i = √(α_i Σ_j |A_ij| β_j)` and `v_j = √(β_j Σ_i |A_ij| α_i)`, the matrix `B` of magnitudes of
 * `diag(σ)^½ A diag(τ)^½` has `B v = θ u` and `Bᵀ u = θ v`, so that `‖B‖₂ ≤ θ`. With equal weights these are the steps of Pock and
 * Chambolle.
 *
 * @see Pock & Chambolle, Diagonal preconditioning for first order primal-dual algorithms (2011), lemma 2.
 */
export function schurSteps({ columns, rows, balance }: StepWeights, sums: WeightSums): StepSizes {
  const ratio = tf.expandDims(balance, 1);
  const part = constant(SAFE_PART);
  return {
    primal: tf.div(tf.mul(part, columns), tf.mul(ratio, sums.columns)),
    dual: tf.div(tf.mul(tf.mul(part, ratio), rows), sums.rows),
  };
}
