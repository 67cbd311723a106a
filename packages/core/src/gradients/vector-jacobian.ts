/** Reverse-mode derivatives of functions of trees. */
import * as tf from '@tensorflow/tfjs';
import { leaves, ShapeError, type TensorTree, tidyTree, unflatten, zipTensors } from '@equilibria/compile';

/** A scalar and its gradient: a tree like the argument. */
export type ValueAndGradient<X> = { readonly value: tf.Tensor; readonly gradient: X };

/**
 * The value and the gradient of a scalar function. Where the function does not depend on a leaf, that leaf's gradient is zero.
 *
 * @param fn - a function of TF.js ops to a float32 scalar. Not through a traced loop.
 * @param x - where; float32 leaves. Borrowed.
 * @returns tensors of the caller.
 * @throws {ShapeError} if the function gives something else: the gradient would be that of a sum nobody asked for.
 */
export function valueAndGradient<X extends TensorTree>(fn: (x: X) => tf.Tensor, x: X): ValueAndGradient<X> {
  const points = leaves<tf.Tensor>(x);
  // Cloned, because a function may return its argument.
  const owned = (): tf.Tensor => scalarOf(fn(x)).clone();
  return tidyTree(() => {
    if (points.length === 0) return { value: owned(), gradient: x };
    // Not `tf.grads`, which refuses a leaf that the function does not use.
    const { value, grads } = tf.engine().gradients(owned, points, undefined, true) as {
      value: tf.Tensor;
      grads: (tf.Tensor | undefined)[];
    };
    const gradient = points.map((point, i) => grads[i] ?? tf.zerosLike(point));
    return { value, gradient: unflatten<tf.Tensor>(x, gradient) as X };
  });
}

function scalarOf(value: tf.Tensor): tf.Tensor {
  if (value instanceof tf.Tensor && value.rank === 0 && value.dtype === 'float32') return value;
  const got = value instanceof tf.Tensor ? `${value.dtype}[${value.shape.join(', ')}]` : typeof value;
  throw new ShapeError(
    `valueAndGradient: the function must give a float32 scalar; got ${got}. Take the mean of a loss for each sample.`,
  );
}

/** `Σ ⟨a, b⟩` over all leaves: a float32 scalar. */
export function innerProduct<Z extends TensorTree>(a: Z, b: Z): tf.Tensor {
  return tf.tidy(() => {
    const products = zipTensors([a, b], (x, y) => tf.sum(tf.mul(x, y)));
    return leaves<tf.Tensor>(products).reduce((sum, product) => tf.add(sum, product));
  });
}

/**
 * `(∂f/∂x)ᵀ u`: the gradient of `⟨f(x), u⟩` with `u` fixed.
 *
 * @param f - a function of TF.js ops to a tree like `u`.
 * @param x - where; float32 leaves. Borrowed.
 * @param u - the cotangent. Borrowed.
 * @returns tensors of the caller.
 */
export function vectorJacobian<X extends TensorTree, Z extends TensorTree>(f: (x: X) => Z, x: X, u: Z): X {
  return tidyTree(() => valueAndGradient((at: X) => innerProduct(f(at), u), x).gradient);
}
