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
 * A small residual is a small error only where `f` contracts well: `‖z − z*‖ ≤ ‖f(z) − z‖/(1 − μ)` for a contraction factor `μ`.
 * With `μ = 0.9999` the error may be ten thousand times the tolerance.
 *
 * Where `‖f(z)‖₂` overflows, only `absolute` is allowed. The defaults suit float32, whose rounding alone leaves a residual of about 1e-7·‖z‖.
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
  return (_z, image, residual) => {
    if (relative === 0) return tf.lessEqual(residual, constant(absolute));
    const norm = sampleNorm(image);
    // A norm that overflows allows no residual: else everything that diverges would pass at last.
    const known = tf.where(tf.equal(norm, tf.scalar(Infinity)), tf.zerosLike(norm), norm);
    return tf.lessEqual(residual, tf.add(constant(absolute), tf.mul(constant(relative), known)));
  };
}
