import { describe, expect, it } from '@jest/globals';
import { valueAndGradient } from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import { type Recurrence, recurrentTask } from './recurrent-task.ts';

type Params = { readonly a: tf.Tensor; readonly b: tf.Tensor };
type State = { readonly x: tf.Tensor };
type Batch = { readonly start: tf.Tensor; readonly target: tf.Tensor };

/** `x ← tanh(a x + b)`, held against a target after each step. */
const recurrence: Recurrence<Params, State, Batch> = {
  start: ({ start }) => ({ x: start }),
  step: ({ a, b }, { x }) => ({ x: tf.tanh(tf.add(tf.mul(x, a), b)) }),
  loss: ({ x }, { target }) => tf.mean(tf.squaredDifference(x, target)),
};
const params = (): Params => ({ a: tf.tensor1d([1.5, -0.7]), b: tf.tensor1d([0.2, 0.4]) });
const batch = (): Batch => ({
  start: tf.tensor2d([
    [1, 2],
    [-1, 0.5],
    [0, 3],
  ]),
  target: tf.tensor2d([
    [0, 1],
    [1, 0],
    [0.5, 0.5],
  ]),
});

/** The mean loss of the steps after the first, through the whole graph at once. */
function unrolled(at: Params, steps: number, unasked: number): tf.Tensor {
  const given = batch();
  let state = recurrence.start(given);
  let sum: tf.Tensor = tf.scalar(0);
  for (let k = 0; k < steps; k++) {
    state = recurrence.step(at, state, given);
    if (k >= unasked) sum = tf.add(sum, recurrence.loss(state, given));
  }
  return tf.div(sum, steps - unasked);
}

describe('recurrentTask', () => {
  it.each([
    [1, 0],
    [5, 0],
    [6, 2],
  ])('gives the loss and the gradient of %i steps, %i of them unasked', (steps, unasked) => {
    const { loss, gradient } = recurrentTask(recurrence, { steps, unasked })(params(), batch());
    const whole = valueAndGradient((at: Params) => unrolled(at, steps, unasked), params());
    expectClose(loss, whole.value, { rtol: 1e-5 });
    expectClose(gradient.a, whole.gradient.a, { rtol: 1e-4, atol: 1e-6 });
    expectClose(gradient.b, whole.gradient.b, { rtol: 1e-4, atol: 1e-6 });
  });

  it('keeps so much of the gradient a step back', () => {
    const gradientOf = (kept: number): number =>
      recurrentTask(recurrence, { steps: 2, unasked: 1, kept })(params(), batch()).gradient.a.dataSync()[0]!;
    // Of two steps the last counts whole, the first by the part that is kept.
    const [none, half, all] = [1e-9, 0.5, 1].map(gradientOf) as [number, number, number];
    expect(half).toBeCloseTo((none + all) / 2, 5);
    expect(Math.abs(all - none)).toBeGreaterThan(1e-4);
  });
});
