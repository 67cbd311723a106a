/** How regular an operator is at its iterates: residual, contraction factor and rate of every sample. */

import {
  compile,
  type HostArray,
  mapTree,
  type MapTree,
  spec,
  type TensorSpec,
  type TensorTree,
  type Tree,
  whileLoop,
} from '@equilibria/compile';
import { type ImplicitOperator, jacobianNorm, type Key, normal, spectralRadius } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { COUNT, countOf, specOf } from '../equilibria/gnn-sessions.ts';
import { MOST_EVALUATIONS } from '../equilibria/program-looks.ts';

/** What is iterated: an operator whose state is one tensor, axis 0 being the samples, and its inputs in float64. */
export type IteratedOperator<P extends TensorTree, X extends TensorTree> = {
  readonly operator: Pick<ImplicitOperator<P, tf.Tensor, X>, 'initialState' | 'apply'> & {
    /** Iteration `k`, an int32 scalar, where iterations are not all applications. */
    readonly iterate?: (params: P, z: tf.Tensor, x: X, k: tf.Tensor) => tf.Tensor;
    /** The map that iterations end with, where that is not the operator: it decides whether they converge, so it is differentiated. */
    readonly settled?: (params: P, z: tf.Tensor, x: X) => tf.Tensor;
  };
  readonly params: MapTree<P, tf.Tensor, HostArray>;
  readonly x: MapTree<X, tf.Tensor, HostArray>;
};

/** Where to look, and how long to estimate. */
export type RegularityAlongOptions = {
  /** Increasing whole numbers >= 0. */
  readonly evaluations: readonly number[];
  /** Random key of the direction that the estimates start from. */
  readonly key: Key;
  /** Power steps of each estimate; default 40. */
  readonly steps?: number;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
};

/** One value a sample, float64. */
export type Regularity = {
  readonly evaluations: number;
  /** `‖G(z_t) − z_t‖₂`. */
  readonly residual: Float64Array;
  /** `‖∂G/∂z‖₂` at `z_t`, of `settled` where there is one, from below: see `jacobianNorm` of core. */
  readonly contraction: Float64Array;
  /** The spectral radius of the same at `z_t`: see `spectralRadius` of core. */
  readonly rate: Float64Array;
};

/**
 * Iterates an operator from its own start and differentiates it at the states, compiled in float64.
 * @throws what `compile` throws.
 */
export async function regularityAlong<P extends TensorTree, X extends TensorTree>(
  { operator, params, x }: IteratedOperator<P, X>,
  { evaluations, key, steps = 40, threads }: RegularityAlongOptions,
): Promise<readonly Regularity[]> {
  type Given = { readonly params: P; readonly x: X };
  const options = { precision: 'float64', ...(threads !== undefined && { threads }) } as const;
  // The trees are known to the operator, not to the compiler: at this border their types are given by hand.
  const given = { params, x } as unknown as Tree<HostArray>;
  const givenSpec = mapTree<HostArray, TensorSpec>(given, specOf);
  const start = await compile(
    (all: unknown) => operator.initialState((all as Given).x),
    [givenSpec],
    options,
  );
  const stateSpec = spec(start.outputs[0]!.spec.shape);
  const look = await compile(
    (init: tf.Tensor, all: unknown, direction: tf.Tensor, from: tf.Tensor, to: tf.Tensor) => {
      const { params: theta, x: at } = all as Given;
      const { apply, iterate = apply, settled = apply } = operator;
      const map = (z: tf.Tensor): tf.Tensor => settled(theta, z, at);
      const body = (z: tf.Tensor, k: tf.Tensor): tf.Tensor => iterate(theta, z, at, tf.add(from, k));
      const z = whileLoop<tf.Tensor>({
        init,
        body,
        maxSteps: MOST_EVALUATIONS,
        limit: tf.sub(to, from),
      }).state;
      return {
        state: z,
        residual: tf.norm(tf.reshape(tf.sub(apply(theta, z, at), z), [z.shape[0], -1]), 2, 1),
        contraction: jacobianNorm(map, z, direction, { steps }).value,
        rate: spectralRadius(map, z, direction, { steps }).value,
      };
    },
    [stateSpec, givenSpec, stateSpec, COUNT, COUNT],
    options,
  );
  try {
    const direction = normal(key, stateSpec.shape);
    const found: Regularity[] = [];
    let state = await start.runArrays(given);
    let done = 0;
    for (const count of evaluations) {
      const seen = await look.runArrays(state, given, direction, countOf(done), countOf(count));
      const column = ({ data }: HostArray): Float64Array => Float64Array.from(data);
      found.push({
        evaluations: count,
        residual: column(seen.residual),
        contraction: column(seen.contraction),
        rate: column(seen.rate),
      });
      [state, done] = [seen.state, count];
    }
    return found;
  } finally {
    await start.dispose();
    await look.dispose();
  }
}
