/** A matrix as what it does to vectors: the same formulas serve a batch of dense matrices and one sparse matrix. */

import * as tf from '@tensorflow/tfjs';
import type { ProductPlans } from './pdhg-operator.ts';
import { applyProduct } from './sparse-product.ts';

/** Products with the matrices of a batch. */
export interface LinearMap {
  /** `A x`: from `[batch, columns]` to `[batch, rows]`. */
  forward(x: tf.Tensor): tf.Tensor;
  /** `Aᵀ y`: from `[batch, rows]` to `[batch, columns]`. */
  backward(y: tf.Tensor): tf.Tensor;
}

/** A batch of matrices `A` and their magnitudes `|A|`. */
export type Products = { readonly matrix: LinearMap; readonly magnitude: LinearMap };

/**
 * Products with dense matrices.
 * @param matrices - `[batch, rows, columns]`. Borrowed.
 */
export function denseProducts(matrices: tf.Tensor): Products {
  return { matrix: denseMap(matrices), magnitude: denseMap(tf.abs(matrices)) };
}

/** What `productValues` laid out of `A` and of `Aᵀ`. Borrowed. */
export type PlannedValues = { readonly forward: tf.Tensor; readonly backward: tf.Tensor };

/** Products with one matrix by the plans of its pattern. */
export function plannedMap(plans: ProductPlans, { forward, backward }: PlannedValues): LinearMap {
  return {
    forward: (x) => applyProduct(plans.forward, forward, x),
    backward: (y) => applyProduct(plans.backward, backward, y),
  };
}

/** Products with one matrix and with its magnitudes, which have the same pattern. */
export function plannedProducts(plans: ProductPlans, values: PlannedValues): Products {
  const magnitudes = { forward: tf.abs(values.forward), backward: tf.abs(values.backward) };
  return { matrix: plannedMap(plans, values), magnitude: plannedMap(plans, magnitudes) };
}

function denseMap(matrices: tf.Tensor): LinearMap {
  return {
    forward: (x) => tf.squeeze(tf.matMul(matrices, tf.expandDims(x, 2)), [2]),
    backward: (y) => tf.squeeze(tf.matMul(matrices, tf.expandDims(y, 2), true), [2]),
  };
}
