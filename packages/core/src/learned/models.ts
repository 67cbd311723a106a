/** The models that learn: an implicit one, and explicit ones beside it. */
import * as tf from '@tensorflow/tfjs';
import { implicit } from '../gradients/gradient-method.ts';
import type { Key } from '../random/key.ts';
import { anderson } from '../solvers/anderson.ts';
import { solveTraced } from '../solvers/fixed-point-loop.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { explicitTask, implicitTask, type Task } from '../training/task.ts';
import { learnedPaceOperator } from './learned-pace.ts';
import { applyPerceptron, initPerceptron, type Layers, perceptronSize } from './multilayer-perceptron.ts';

/** Inputs in [−1, 1] and values, float32 `[batch, 1]`. */
export type ScalarBatch = { readonly x: tf.Tensor; readonly y: tf.Tensor };

/** A model of a scalar map. */
export interface LearnedModel {
  readonly name: string;
  readonly kind: 'implicit' | 'explicit';
  /** Widths of its layers, from the input to the output. */
  readonly sizes: readonly number[];
  readonly parameters: number;
  init(key: Key): Layers;
  readonly task: Task<Layers, ScalarBatch>;
  /** The answer, of an implicit model at its fixed point. Traceable. */
  predict(layers: Layers, x: tf.Tensor): tf.Tensor;
}

/** On a line Anderson's method with one difference is the secant method: of an affine map, exact after two steps. */
const solver = anderson<tf.Tensor>({ memory: 1 });
const MAX_STEPS = 40;
const stop = residualBelow<tf.Tensor>({ absolute: 1e-7, relative: 1e-6 });

/** The fixed point of {@link learnedPaceOperator}, learned by implicit gradients. */
export function implicitModel(hidden: readonly number[]): LearnedModel {
  const operator = learnedPaceOperator();
  const sizes = [1, ...hidden, 2];
  return {
    name: 'implicit',
    kind: 'implicit',
    sizes,
    parameters: perceptronSize(sizes),
    init: (key) => operator.init(key, { hidden }),
    task: implicitTask<Layers, tf.Tensor, ScalarBatch>({
      map: (layers, z, { x }) => operator.apply(layers, z, x),
      start: ({ x }) => operator.initialState(x),
      loss: (z, _, { y }) => compressedLoss(z, y),
      solver,
      stop,
      maxSteps: MAX_STEPS,
      gradient: implicit<tf.Tensor>({ solver, stop, maxSteps: MAX_STEPS }),
    }),
    predict: (layers, x) =>
      solveTraced((z) => operator.apply(layers, z, x), operator.initialState(x), solver, {
        stop,
        maxSteps: MAX_STEPS,
      }).value,
  };
}

/** A multilayer perceptron. */
export function explicitModel(name: string, hidden: readonly number[]): LearnedModel {
  const sizes = [1, ...hidden, 1];
  return {
    name,
    kind: 'explicit',
    sizes,
    parameters: perceptronSize(sizes),
    init: (key) => initPerceptron(key, sizes),
    task: explicitTask<Layers, ScalarBatch>((layers, { x, y }) =>
      compressedLoss(applyPerceptron(layers, x), y),
    ),
    predict: applyPerceptron,
  };
}

/**
 * Mean square of `asinh y − asinh F`: absolute errors where the map is small, relative ones where it is large, and of all models
 * alike. The square of the metric itself would give predictions far beyond a pole gradients that drown all others.
 */
function compressedLoss(prediction: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.mean(tf.squaredDifference(tf.asinh(prediction), tf.asinh(y)));
}

/** Hidden layers of the shipped models: their number was chosen on validation data, for both kinds alike. */
export const LEARNED_MODELS: readonly LearnedModel[] = [
  implicitModel([7, 7, 7, 7]),
  explicitModel('explicit-same-size', [7, 7, 8, 7]),
  // Anderson's method evaluates the implicit model's operator four times.
  explicitModel('explicit-same-compute', [15, 15, 16, 16]),
];
