/** The multilayer perceptron of the learned examples. */
import * as tf from '@tensorflow/tfjs';
import { type MapTree, spec, type TensorSpec } from '@equilibria/compile';
import { fold, type Key } from '../random/key.ts';
import { normal, toTensor, uniform } from '../random/samplers.ts';

/** Weights and biases, first layer first. */
export type Layers = readonly {
  /** float32 `[in, out]`. */
  readonly W: tf.Tensor;
  /** float32 `[out]`. */
  readonly b: tf.Tensor;
}[];

/** Of the first layer: inputs lie in [−1, 1], where its units are to bend. */
const FIRST_STD = 2;
const FIRST_BIAS = 2;

/**
 * Fresh parameters: normal weights of standard deviation `1/√in`, zero biases; in the first layer wider ones, so that its units bend
 * in different places of [−1, 1].
 *
 * @param sizes - widths from the input to the output, `[1, 9, 9, 1]` say.
 * @throws {RangeError} if there are less than two widths, or one is not a natural number.
 */
export function initPerceptron(key: Key, sizes: readonly number[]): Layers {
  if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new RangeError(
      `initPerceptron: sizes must be two or more integers >= 1; got [${sizes.join(', ')}].`,
    );
  }
  return sizes.slice(1).map((width, layer) => {
    const own = fold(key, layer);
    const before = sizes[layer]!;
    const std = layer === 0 ? FIRST_STD : before ** -0.5;
    return {
      W: toTensor(normal(fold(own, 'W'), [before, width], { std })),
      b:
        layer === 0
          ? toTensor(uniform(fold(own, 'b'), width, { low: -FIRST_BIAS, high: FIRST_BIAS }))
          : tf.zeros([width]),
    };
  });
}

/** `[batch, in]` to `[batch, out]`: tanh between the layers, none after the last. */
export function applyPerceptron(layers: Layers, x: tf.Tensor): tf.Tensor {
  return layers.reduce((h, { W, b }, layer) => {
    const z = tf.add(tf.matMul(h as tf.Tensor2D, W as tf.Tensor2D), b);
    return layer === layers.length - 1 ? z : tf.tanh(z);
  }, x);
}

/** The specs of parameters of these sizes. */
export function layersLike(sizes: readonly number[]): MapTree<Layers, tf.Tensor, TensorSpec> {
  return sizes.slice(1).map((width, layer) => ({ W: spec([sizes[layer]!, width]), b: spec([width]) }));
}

/** Numbers in the parameters of these sizes. */
export function perceptronSize(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, width, layer) => sum + (sizes[layer]! + 1) * width, 0);
}
