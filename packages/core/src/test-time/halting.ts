/** Halting rules that act at evaluation: a number that tells how settled an answer is, and a threshold for it. */
import * as tf from '@tensorflow/tfjs';
import { constant, type TensorTree } from '@equilibria/compile';
import type { StopRule } from '../solvers/contract.ts';
import { sampleDistance, sampleNorm } from '../solvers/per-sample.ts';

/**
 * A number per sample that falls as the answer settles: float32 `[batch]` from the point `z`, its image `f(z)` and the residual
 * `‖f(z) − z‖₂`. Traced like a {@link StopRule}: TF.js ops only, samples apart.
 */
export type HaltingStatistic<Z extends TensorTree = TensorTree> = (
  z: Z,
  image: Z,
  residual: tf.Tensor,
) => tf.Tensor;

/** `‖f(z) − z‖₂/‖f(z)‖₂`: dimensionless; 0 where the residual is, infinite where `f(z)` alone is 0 or its norm overflows. */
export function relativeResidual<Z extends TensorTree = TensorTree>(): HaltingStatistic<Z> {
  return (_z, image, residual) => {
    const norm = sampleNorm(image);
    // A norm that overflows allows no residual: else everything that diverges would halt at last.
    const known = tf.where(tf.equal(norm, tf.scalar(Infinity)), tf.zerosLike(norm), norm);
    const isSolved = tf.equal(residual, tf.zerosLike(residual));
    return tf.where(isSolved, residual, tf.div(residual, known));
  };
}

/**
 * `‖decode(f(z)) − decode(z)‖₂`: how much the answer changes by one more application, in the units of the answer.
 *
 * @param decode - the answer in a state: TF.js ops, samples apart, a tree with the batch on axis 0; for a classifier, its
 *   probabilities.
 */
export function answerChange<Z extends TensorTree>(decode: (z: Z) => TensorTree): HaltingStatistic<Z> {
  return (z, image) => sampleDistance(decode(image), decode(z));
}

/**
 * Halts a sample where the statistic is at most the threshold; never where it is NaN. `solve` then says `converged` of the sample, which
 * means no more than that: the residual tells how near a fixed point it is.
 *
 * @param threshold - in the units of the statistic; from validation data, see {@link calibrateHalting}.
 * @throws {RangeError} if `threshold` is negative or not finite.
 */
export function haltBelow<Z extends TensorTree>(
  statistic: HaltingStatistic<Z>,
  threshold: number,
): StopRule<Z> {
  if (!Number.isFinite(threshold) || threshold < 0) {
    throw new RangeError(`haltBelow: threshold must be finite and >= 0; got ${threshold}.`);
  }
  return (z, image, residual) => tf.lessEqual(statistic(z, image, residual), constant(threshold));
}
