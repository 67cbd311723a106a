/** Stop rules. */
import * as tf from '@tensorflow/tfjs';
import { constant, type TensorTree } from '@equilibria/compile';
import type { StopRule } from './contract.ts';
import { sampleNorm } from './per-sample.ts';

/** Tolerances of {@link residualBelow}. */
export type Tolerance = {
  /** In the units of `z`; default 1e-6. */
  readonly absolute?: number;
  /** Dimensionless; default 1e-5. */
  readonly relative?: number;
};

/**
 * Stops where `‖f(z) − z‖₂ ≤ absolute + relative·‖f(z)‖₂`.
 *
 * The defaults suit float32, whose rounding alone leaves a residual of about 1e-7·‖z‖.
 *
 * @throws {RangeError} if a tolerance is negative or not finite.
 */
export function residualBelow<Z extends TensorTree = TensorTree>(tolerance: Tolerance = {}): StopRule<Z> {
  const { absolute = 1e-6, relative = 1e-5 } = tolerance;
  for (const [name, value] of Object.entries({ absolute, relative })) {
    if (!Number.isFinite(value) || value < 0) {
      throw new RangeError(`residualBelow: ${name} must be finite and >= 0; got ${value}.`);
    }
  }
  return (_z, image, residual) =>
    relative === 0
      ? tf.lessEqual(residual, constant(absolute))
      : tf.lessEqual(residual, tf.add(constant(absolute), tf.mul(constant(relative), sampleNorm(image))));
}
