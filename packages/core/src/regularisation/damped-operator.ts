/** The theory's adaptive contraction: an operator damped by what its input needs. */
import * as tf from '@tensorflow/tfjs';
import { constant, leaves, ShapeError, type TensorTree, tidyTree, zipTensors } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { fold, type Key } from '../random/key.ts';
import { scaleSamples } from '../solvers/per-sample.ts';

/** A learned function from an input to how fast its sample is iterated. */
export interface Pace<
  P extends TensorTree = TensorTree,
  X extends TensorTree = TensorTree,
  Config = unknown,
> {
  /** Fresh parameters, as of {@link ImplicitOperator}. Owned by the caller. */
  init(key: Key, config: Config): P;
  /** float32 `[batch]` or `[batch, 1]`, any numbers: the pace is their sigmoid. Pure and traceable, samples apart. */
  logit(params: P, x: X): tf.Tensor;
}

/** The range of a pace, dimensionless. */
export type PaceOptions = {
  /** In (0, largest); default 1e-3. */
  readonly smallest?: number;
  /** At most 1; default 1. */
  readonly largest?: number;
};

/**
 * `G_ε(z, x) = z + ε(x)(G(z, x) − z)`, with `ε(x) = smallest + (largest − smallest)·sigmoid(logit(x))` learned, one for each sample:
 * what Theorem 2.4 builds by hand. The fixed points are those of `G`; where `G` contracts by `μ`, `G_ε` contracts by `1 − ε(1 − μ)`
 * at most, so that small paces allow steep solutions; and where the Jacobian of `G` has eigenvalues of real part below 1 but beyond
 * −1, a small pace converges where `G` itself does not.
 *
 * Its residual is `ε(x)` times that of `G`: tolerances mean as much less. `ε` depends on the input alone: in a compiled loop it is
 * computed once, before the loop; eagerly in every application.
 *
 * @param operator - the operator `G`; its parameters go by the name `operator`.
 * @param epsilon - the pace; its parameters go by the name `epsilon`.
 * @returns an operator whose configuration is `{ operator, epsilon }` as well.
 * @throws {RangeError} unless `0 < smallest < largest <= 1`.
 * @throws {ShapeError} (when applied) if `logit` does not give one number for each sample.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models, arXiv 2510.03638, Theorem 2.4.
 */
export function dampedOperator<
  P extends TensorTree,
  E extends TensorTree,
  Z extends TensorTree,
  X extends TensorTree,
  C = unknown,
  D = unknown,
>(
  operator: ImplicitOperator<P, Z, X, C>,
  epsilon: Pace<E, X, D>,
  options: PaceOptions = {},
): ImplicitOperator<
  { readonly operator: P; readonly epsilon: E },
  Z,
  X,
  { readonly operator: C; readonly epsilon: D }
> {
  const { smallest = 1e-3, largest = 1 } = options;
  if (!(smallest > 0 && smallest < largest && largest <= 1)) {
    throw new RangeError(
      `dampedOperator: 0 < smallest < largest <= 1 must hold; got smallest ${smallest}, largest ${largest}.`,
    );
  }
  return {
    name: `damped ${operator.name}`,
    init: (key, config) => ({
      operator: operator.init(fold(key, 'operator'), config.operator),
      epsilon: epsilon.init(fold(key, 'epsilon'), config.epsilon),
    }),
    initialState: (x) => operator.initialState(x),
    apply: (params, z, x) =>
      tidyTree(() => {
        const logit = perSample(epsilon.logit(params.epsilon, x), z);
        const share = tf.mul(constant(largest - smallest), tf.sigmoid(logit));
        const pace = tf.add(constant(smallest), share);
        const image = operator.apply(params.operator, z, x);
        const change = zipTensors([image, z], (a, b) => tf.sub(a, b));
        return zipTensors([z, scaleSamples(change, pace)], (a, b) => tf.add(a, b));
      }),
  };
}

/** `[batch]`, or an error: broadcasting would mix samples. */
function perSample(logit: tf.Tensor, z: TensorTree): tf.Tensor {
  const batch = leaves<tf.Tensor>(z)[0]?.shape[0];
  const isOneEach = logit.rank >= 1 && logit.rank <= 2 && (logit.shape[1] ?? 1) === 1;
  if (isOneEach && logit.shape[0] === batch) return logit.rank === 1 ? logit : tf.reshape(logit, [batch]);
  throw new ShapeError(
    `dampedOperator: logit must give [batch] or [batch, 1], here of ${batch} samples; got [${logit.shape.join(', ')}].`,
  );
}
