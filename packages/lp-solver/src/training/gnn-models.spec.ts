import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, toTensors } from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { decode, implicitGnn } from '../equilibria/implicit-gnn.ts';
import { graphOf, type ProgramGraph } from '../equilibria/program-graph.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { equilibriumTask } from './gnn-models.ts';

tf.env().set('PROD', true);

const key = fromSeed(4);
const size = { rows: 4, columns: 7, nonzeros: 12 };
const programs = [0, 1].map((i) => asMinimization(randomLinearProgram(fold(key, i), size)));

describe('equilibriumTask', () => {
  const graph = toTensors<ProgramGraph>(graphOf(programs));
  const params = implicitGnn.init(key, { embedding: 4, gain: Math.SQRT2 });
  const optimum = tf.fill([2, 7], 3);

  /** The mean of the metric over the state and the two after it. */
  const lossAt = (start: tf.Tensor): tf.Tensor => {
    let z = start;
    const errors = [0, 1, 2].map((look) => {
      if (look > 0) z = implicitGnn.apply(params, z, graph);
      const distance = tf.norm(tf.sub(decode(params, z, graph), optimum), 2, 1);
      return tf.mean(tf.div(distance, tf.add(tf.norm(optimum, 2, 1), 1)));
    });
    return tf.mean(tf.stack(errors));
  };
  const stepFrom = (z: tf.Tensor, length: number): tf.Tensor =>
    tf.add(z, tf.mul(length, tf.sub(implicitGnn.apply(params, z, graph), z)));

  it.each([
    ['whole', undefined, 1],
    ['whole', 1, 1],
    ['short', 0.3, 0.3],
  ])('makes the drawn iterations by %s steps, two more by whole ones', (_, given, length) => {
    const batch = {
      graph,
      optimum,
      iterations: tf.scalar(2, 'int32'),
      ...(given !== undefined && { stepLength: tf.scalar(given) }),
    };
    const { loss } = equilibriumTask()(params, batch);
    const z = stepFrom(stepFrom(implicitGnn.initialState(graph), length), length);
    expectClose(loss, lossAt(z), { rtol: 1e-5 });
    // The states differ by the length of the steps.
    const other = stepFrom(stepFrom(implicitGnn.initialState(graph), 1.3 - length), 1.3 - length);
    expect(() => expectClose(loss, lossAt(other), { rtol: 1e-5 })).toThrow('numbers are off');
  });
});
