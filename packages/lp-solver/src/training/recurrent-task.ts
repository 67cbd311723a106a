/** Training through many steps of a recurrence, at the memory of its states: each step is computed again when it is differentiated. */

import {
  mapTensors,
  type Task,
  type TensorTree,
  vectorJacobian,
  whileLoop,
  zipTensors,
} from '@equilibria/core';
import { constant } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';

/** What is iterated, and what is asked of its states. All leaves are float32, those of states with the batch on axis 0. */
export type Recurrence<P extends TensorTree, Z extends TensorTree, B extends TensorTree> = {
  /** The state before the first step; not differentiated. */
  readonly start: (batch: B) => Z;
  readonly step: (params: P, state: Z, batch: B) => Z;
  /** Of the state after each step, a float32 scalar. */
  readonly loss: (state: Z, batch: B) => tf.Tensor;
};

/** How far a recurrence is followed. */
export type RecurrenceOptions = {
  readonly steps: number;
  /** The first steps, after which nothing is asked; default 0. */
  readonly unasked?: number;
  /**
   * What is left of a gradient one step further back, in (0, 1]; default 1, the whole gradient. Maps that choose between pieces have
   * gradients that grow with the steps they pass and say less and less.
   */
  readonly kept?: number;
};

/**
 * Trains a recurrence by the mean loss over its states. The loops are traced, so that the graph does not grow with the steps: forth to
 * keep the states, and back from the last with one step's gradient each.
 */
export function recurrentTask<P extends TensorTree, Z extends TensorTree, B extends TensorTree>(
  { start, step, loss }: Recurrence<P, Z, B>,
  { steps, unasked = 0, kept = 1 }: RecurrenceOptions,
): Task<P, B, Record<string, never>> {
  const share = 1 / (steps - unasked);
  return (params, batch) => {
    const init = start(batch);
    const { collected } = whileLoop<Z, { state: Z; loss: tf.Tensor }>({
      init,
      body: (state) => step(params, state, batch),
      maxSteps: steps,
      collect: (state) => ({ state, loss: loss(state, batch) }),
    });
    const states = zipTensors([init, collected.state], (first, rest) =>
      tf.concat([tf.expandDims(first, 0), rest], 0),
    );
    const shares = tf.tensor1d(Array.from({ length: steps }, (_, k) => (k < unasked ? 0 : share)));
    type Sums = { readonly state: Z; readonly params: P };
    const zeros = <T extends TensorTree>(tree: T): T => mapTensors(tree, (leaf) => tf.zerosLike(leaf));
    const back = whileLoop<Sums>({
      init: { state: zeros(init), params: zeros(params) },
      body: ({ state: ahead, params: sum }, k) => {
        const at = tf.sub(tf.scalar(steps - 1, 'int32'), k);
        const from = mapTensors(states, (leaf) => tf.gather(leaf, at));
        const both = vectorJacobian(
          (x: Sums) => {
            const state = step(x.params, x.state, batch);
            return { state, loss: loss(state, batch) };
          },
          { params, state: from },
          { state: ahead, loss: tf.gather(shares, at) },
        );
        return {
          state: mapTensors(both.state, (leaf) => tf.mul(leaf, constant(kept))),
          params: zipTensors([sum, both.params], (a, b) => tf.add(a, b)),
        };
      },
      maxSteps: steps,
    });
    return { loss: tf.sum(tf.mul(collected.loss, shares)), gradient: back.state.params, report: {} };
  };
}
