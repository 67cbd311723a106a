/** How large a Jacobian is, as a penalty to train with and as a measurement. */
import * as tf from '@tensorflow/tfjs';
import { constant, leaves, type TensorTree, zipTensors } from '@equilibria/compile';
import { jacobianVector } from '../lipschitz/jacobian-vector.ts';
import { innerProducts, sampleNorm, scaleSamples } from '../solvers/per-sample.ts';
import { offTape } from './off-tape.ts';

/** Options of {@link jacobianPenalty}. */
export type PenaltyOptions = {
  /** Step of the difference for states of size 1, dimensionless; default 3e-3. Larger states take a step as many times as large. */
  readonly step?: number;
};

/**
 * Hutchinson's estimate of `‖∂f/∂z‖_F²/n` of each sample, `n` numbers a sample: the mean over the probes of `‖(∂f/∂z)v‖²/n`.
 * Differentiable by whatever `f` captures, and by `z`, in one reverse pass: the product is a central difference,
 * `(f(z + hv) − f(z − hv))/2h`, since TF.js refuses the gradient of a gradient. It belongs in the `penalty` of
 * {@link solveAndDifferentiate}, which holds the fixed point as the source does: `tf.mean` of it times a small weight.
 *
 * `h` is `step·max(1, rms(z))`, a constant to the gradient. The default is a compromise of float32: the difference is off by about
 * `h²/6` times the third derivative along `v`, and rounding adds about `6e-8·max(1, rms(f))/h`. Measured for layers `tanh(zW)` of 32
 * units and gains 1 and 3: the penalty is off by 1e-4 of itself, its gradient by 4e-4 at most (by 1e-3 and 4e-3 with three times the
 * step, by 2e-4 and 5e-4 with a thirtieth). In float64 take 1e-5, for 1e-9 and 4e-9.
 *
 * It costs two applications a probe and their reverse pass. Pure and traceable.
 *
 * @param f - TF.js ops, samples apart; `f(z)` is of any form.
 * @param z - where; float32 leaves with the batch on axis 0. Borrowed.
 * @param probes - at least one tree like `z` of independent numbers of mean 0 and variance 1, as of {@link randomSigns}; inputs, not
 *   drawn here, so that they are not frozen into a graph. Borrowed.
 * @returns float32 `[batch]`, the caller's.
 * @throws {RangeError} if there is no probe, or `step` is not positive and finite.
 * @see Bai, Koltun & Kolter, Stabilizing Equilibrium Models by Jacobian Regularization (2021), arXiv 2106.14342, equation 3.
 */
export function jacobianPenalty<Z extends TensorTree>(
  f: (z: Z) => TensorTree,
  z: Z,
  probes: readonly Z[],
  options: PenaltyOptions = {},
): tf.Tensor {
  const { step = 3e-3 } = options;
  if (!(step > 0 && Number.isFinite(step))) {
    throw new RangeError(`jacobianPenalty: step must be positive and finite; got ${step}.`);
  }
  assertProbes('jacobianPenalty', probes);
  return tf.tidy(() => {
    const h = offTape(() => {
      const rms = tf.mul(sampleNorm(z), constant(1 / Math.sqrt(sizeOf(z))));
      return tf.mul(constant(step), tf.maximum(rms, tf.onesLike(rms)));
    });
    const scale = offTape(() => tf.div(constant(0.5), h));
    return meanSquare(probes, z, (v) => {
      const along = scaleSamples(v, h);
      const ahead = f(zipTensors([z, along], (a, b) => tf.add(a, b)));
      const behind = f(zipTensors([z, along], (a, b) => tf.sub(a, b)));
      return scaleSamples(
        zipTensors([ahead, behind], (a, b) => tf.sub(a, b)),
        scale,
      );
    });
  });
}

/**
 * The same estimate as {@link jacobianPenalty} with exact products, for monitoring: it cannot be differentiated.
 *
 * @throws {RangeError} if there is no probe.
 */
export function jacobianFrobenius<Z extends TensorTree>(
  f: (z: Z) => TensorTree,
  z: Z,
  probes: readonly Z[],
): tf.Tensor {
  assertProbes('jacobianFrobenius', probes);
  return tf.tidy(() => offTape(() => meanSquare(probes, z, (v) => jacobianVector(f, z, v))));
}

/** The mean over the probes of `‖product(v)‖²/n` of each sample. */
function meanSquare<Z extends TensorTree>(
  probes: readonly Z[],
  z: Z,
  product: (v: Z) => TensorTree,
): tf.Tensor {
  const sum = probes
    .map((v) => {
      const image = product(v);
      return innerProducts(image, image);
    })
    .reduce((total, square) => tf.add(total, square));
  return tf.mul(sum, constant(1 / (probes.length * sizeOf(z))));
}

/** Numbers in one sample. */
function sizeOf(z: TensorTree): number {
  return leaves<tf.Tensor>(z).reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape.slice(1)), 0);
}

function assertProbes(where: string, probes: readonly TensorTree[]): void {
  if (probes.length > 0) return;
  throw new RangeError(`${where}: there must be at least one probe; got none.`);
}
