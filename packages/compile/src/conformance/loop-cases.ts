/** Loops that must do the same eagerly and compiled, listed once. */
import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '../loop/while-loop.ts';
import type { TensorTree } from '../tree/tree.ts';

/** Functions of two float32 `[3]` that loop. */
export const LOOP_CASES: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => TensorTree>> = {
  'a fixed number of steps': (x, y) =>
    whileLoop({ init: x, body: (s) => tf.tanh(tf.add(s, y)), maxSteps: 7 }),
  'steps that make several of one iteration': (x, y) =>
    whileLoop({
      init: x,
      body: (s, step) => tf.add(tf.mul(s, tf.cast(step, 'float32')), y),
      maxSteps: 15,
    }),
  'no step at all': (x, y) =>
    whileLoop({ init: x, body: (s) => tf.add(s, y), maxSteps: 0, collect: (s) => s }),
  'an early exit': (x, y) => {
    const total: tf.Tensor = tf.scalar(0);
    return whileLoop({
      init: { x, total },
      cond: (s) => tf.less(tf.sum(s.x), 100),
      body: (s) => ({ x: tf.add(tf.mul(s.x, 2), tf.abs(y)), total: tf.add(s.total, 1) }),
      maxSteps: 50,
      collect: (s) => ({ sum: tf.sum(s.x), all: s.x }),
    });
  },
  'a condition that is false at the start': (x, y) =>
    whileLoop({ init: x, cond: (s) => tf.less(tf.sum(s), -1e6), body: (s) => tf.add(s, y), maxSteps: 5 }),
  'the number of the step': (x) =>
    whileLoop({ init: x, body: (s, step) => tf.add(s, tf.cast(step, 'float32')), maxSteps: 5 }),
  'a body that swaps and passes through': (x, y) =>
    whileLoop({ init: [x, y, x], body: ([a, b, c]) => [b!, a!, c!], maxSteps: 3 }),
  'a state that becomes a captured tensor': (x, y) => whileLoop({ init: x, body: () => y, maxSteps: 2 }),
  'a limit given at run time': (x, y) =>
    whileLoop({
      init: x,
      body: (s) => tf.add(s, y),
      maxSteps: 9,
      limit: tf.cast(tf.maximum(tf.sum(tf.zerosLike(x)), 4), 'int32'),
      collect: (s) => s,
    }),
  'a loop in a loop': (x, y) =>
    whileLoop({
      init: x,
      body: (outer) => whileLoop({ init: outer, body: (s) => tf.mul(tf.add(s, y), 0.5), maxSteps: 3 }).state,
      maxSteps: 4,
      collect: (s) => tf.sum(s),
    }),
  'a gradient taken inside the body': (x, y) =>
    whileLoop({
      init: x,
      body: (s) =>
        tf.sub(s, tf.mul(0.25, tf.grads((z: tf.Tensor) => tf.sum(tf.square(tf.sub(z, y))))([s])[0]!)),
      maxSteps: 6,
    }).state,
};
