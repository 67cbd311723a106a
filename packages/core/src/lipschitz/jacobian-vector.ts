/** Forward-mode derivatives, from two reverse ones. */
import * as tf from '@tensorflow/tfjs';
import { mapTensors, type TensorTree, tidyTree } from '@equilibria/compile';
import { innerProduct, valueAndGradient, vectorJacobian } from '../gradients/vector-jacobian.ts';

/**
 * `(∂f/∂x) v`. `u ↦ (∂f/∂x)ᵀu` is linear, and its own transpose is what is asked for: the gradient of `⟨(∂f/∂x)ᵀu, v⟩` by `u`. TF.js
 * has no forward mode, and refuses the gradient of a gradient for many functions; this asks only for kernels that are linear in `u`.
 *
 * @param f - a function of TF.js ops. Not through a traced loop.
 * @param x - where; float32 leaves. Borrowed.
 * @param v - the direction, a tree like `x`. Borrowed.
 * @returns a tree like `f(x)`, of the caller.
 */
export function jacobianVector<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, x: X, v: X): Y {
  return tidyTree(() => {
    const zero = mapTensors(f(x), (leaf) => tf.zerosLike(leaf));
    return valueAndGradient((u: Y) => innerProduct(vectorJacobian(f, x, u), v), zero).gradient;
  });
}
