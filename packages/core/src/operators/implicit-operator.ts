/** The operator of an implicit model: one map, one parameter block, iterated to its fixed point. */
import type { TensorTree } from '@equilibria/compile';
import type { Key } from '../random/key.ts';

/**
 * An implicit operator `G(z, x; θ)`: the model's answer to the input `x` is the fixed point `z* = G(z*, x; θ)`.
 *
 * State `Z`, input `X` and parameters `P` are trees of tensors: plain objects, so that operators with several variables
 * (splittings, primal–dual pairs) need no packing. Axis 0 of every leaf of `Z` and `X` is the batch, and sample `i` of the
 * result depends on sample `i` of `z` and `x` only: solvers stop each sample by itself.
 *
 * Regularity. `G` is *regular* if, with the parameters fixed,
 * - for each `x` it contracts in `z`: `‖G(z, x) − G(z′, x)‖ ≤ μ(x)‖z − z′‖` with `μ(x) < 1`, and
 * - for each `z` it is Lipschitz in `x` with a constant that grows at most linearly in `‖z‖`.
 *
 * Then `z*(x)` exists, is unique, and is Lipschitz with `Lip(z*) ≤ Lip_x(G)/(1 − μ(x))` where `μ` stays below 1; as `μ(x) → 1`
 * the bound is lost, which is how a simple operator expresses a complex map. Neither property is checked here: core measures both.
 */
export interface ImplicitOperator<
  P extends TensorTree = TensorTree,
  Z extends TensorTree = TensorTree,
  X extends TensorTree = TensorTree,
  Config = unknown,
> {
  readonly name: string;
  /** Fresh parameters, a deterministic function of the key and the configuration. Owned by the caller. */
  init(key: Key, config: Config): P;
  /** The start `z₀` for an input: same batch as `x`, a pure function. Owned by the caller. */
  initialState(x: X): Z;
  /** One application `G(z, x; θ)`: pure, traceable (TF.js ops only, no reading of values), same shapes and dtypes as `z`. */
  apply(params: P, z: Z, x: X): Z;
}
