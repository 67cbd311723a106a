/** Theorem 2.4, learned: a small network gives the pace and the push of an operator whose fixed point is a steep function. */
import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { applyPerceptron, initPerceptron, type Layers } from './multilayer-perceptron.ts';

/** Widths of the network's hidden layers. */
export type LearnedPaceConfig = { readonly hidden: readonly number[] };

/**
 * `G(y, x) = y + b(x) − ε(x)·y`, where one multilayer perceptron of `x` gives `b` and the logit of `ε ∈ (0, 1)`: the operator that
 * Theorem 2.4 builds of a map `F`, with `ε` and `b = εF` learned. Its fixed point is `b/ε`, its contraction factor `1 − ε(x)`: two tame
 * functions make a steep one, at the price of iterations where it is steep. `y` and `x` are float32 `[batch, 1]`, `y₀ = 0`, `x` should
 * lie in [−1, 1].
 *
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638, Theorem 2.4.
 */
export function learnedPaceOperator(): ImplicitOperator<Layers, tf.Tensor, tf.Tensor, LearnedPaceConfig> {
  return {
    name: 'learned-pace',
    init: (key, { hidden }) => initPerceptron(key, [1, ...hidden, 2]),
    initialState: (x) => tf.zerosLike(x),
    apply: (layers, y, x) =>
      tidyTree(() => {
        const [logit, push] = tf.split(applyPerceptron(layers, x), 2, 1) as [tf.Tensor, tf.Tensor];
        // Not (1 − ε)·y + b: 1 − ε would lose the digits of a small ε, which are those of the fixed point.
        return tf.add(y, tf.sub(push, tf.mul(tf.sigmoid(logit), y)));
      }),
  };
}
