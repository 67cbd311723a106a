/** Stop rules. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, DtypeError, ShapeError, type TensorTree } from '@equilibria/compile';
import type { StopRule } from './contract.ts';
import { sampleNorm } from './per-sample.ts';

/** Tolerances of {@link residualBelow}: one for all samples, or a float32 `[batch]` tensor with one for each. */
export type Tolerance = {
  /** In the units of `z`; default 1e-6. */
  readonly absolute?: number | tf.Tensor;
  /** Dimensionless; default 1e-5. */
  readonly relative?: number | tf.Tensor;
};

/**
 * Stops where `‖f(z) − z‖₂ ≤ absolute + relative·‖f(z)‖₂`.
 *
 * A small residual is a small error only where `f` contracts well: `‖z − z*‖ ≤ ‖f(z) − z‖/(1 − μ)` for a contraction factor `μ`.
 * With `μ = 0.9999` the error may be ten thousand times the tolerance.
 *
 * Where `‖f(z)‖₂` overflows, only `absolute` is allowed. The defaults suit float32, whose rounding alone leaves a residual of about 1e-7·‖z‖.
 *
 * Tensors are borrowed, and their numbers are not looked at: where one is negative or NaN, the rule never holds. In a compiled solve
 * they may come from the context.
 *
 * @throws {RangeError} if a tolerance is a number that is negative or not finite. The rule throws {ShapeError} or {DtypeError} if a
 *   tensor is not float32 `[batch]`.
 * @example
 * const rule = residualBelow({ absolute: tf.tensor1d([1e-3, 1e-6]), relative: 0 }); // for a batch of two
 */
export function residualBelow<Z extends TensorTree = TensorTree>(tolerance: Tolerance = {}): StopRule<Z> {
  assertKnownOptions('residualBelow: tolerances', tolerance, ['absolute', 'relative']);
  const { absolute = 1e-6, relative = 1e-5 } = tolerance;
  for (const [name, value] of Object.entries({ absolute, relative })) {
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`residualBelow: ${name} must be finite and >= 0; got ${value}.`);
    }
  }
  const rule: StopRule<Z> = (_z, image, residual) => {
    const least = perSample('absolute', absolute, residual);
    if (relative === 0) return tf.lessEqual(residual, least);
    const norm = sampleNorm(image);
    // A norm that overflows allows no residual: else everything that diverges would pass at last.
    const known = tf.where(tf.equal(norm, tf.scalar(Infinity)), tf.zerosLike(norm), norm);
    return tf.lessEqual(residual, tf.add(least, tf.mul(perSample('relative', relative, residual), known)));
  };
  const isUniform = typeof absolute === 'number' && typeof relative === 'number';
  return Object.assign(rule, { isUniform });
}

/**
 * Holds where at least one of the rules does.
 * @throws {RangeError} if there is none.
 */
export function anyOf<Z extends TensorTree = TensorTree>(...rules: readonly StopRule<Z>[]): StopRule<Z> {
  return combined('anyOf', rules, (a, b) => tf.logicalOr(a, b));
}

/**
 * Holds where every one of the rules does.
 * @throws {RangeError} if there is none.
 */
export function allOf<Z extends TensorTree = TensorTree>(...rules: readonly StopRule<Z>[]): StopRule<Z> {
  return combined('allOf', rules, (a, b) => tf.logicalAnd(a, b));
}

function combined<Z extends TensorTree>(
  where: string,
  rules: readonly StopRule<Z>[],
  join: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): StopRule<Z> {
  if (rules.length === 0) throw new RangeError(`${where}: at least one rule must be given; got none.`);
  const rule: StopRule<Z> = (...test) => rules.map((one) => one(...test)).reduce(join);
  return Object.assign(rule, { isUniform: rules.every(({ isUniform }) => isUniform === true) });
}

function perSample(name: string, tolerance: number | tf.Tensor, { shape }: tf.Tensor): tf.Tensor {
  if (typeof tolerance === 'number') return constant(tolerance);
  const got = `${tolerance.dtype}[${tolerance.shape.join(', ')}]`;
  const message = `residualBelow: ${name} must be a number or float32[${shape.join(', ')}]; got ${got}.`;
  if (!tf.util.arraysEqual(tolerance.shape, [...shape])) throw new ShapeError(message);
  if (tolerance.dtype !== 'float32') throw new DtypeError(message);
  return tolerance;
}
