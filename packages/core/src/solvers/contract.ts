/** What a solver, a map and a stop rule are to the one loop. */
import type * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '@equilibria/compile';

/**
 * The map whose fixed point is sought: TF.js ops only (no reading of values), same structure, shapes and dtypes as `z`, and
 * sample `i` of the image depends on sample `i` of `z` only (axis 0 of every leaf is the batch). All leaves are float32.
 *
 * `control` is what the solver decides about the map (a step size, a weight); solvers that decide nothing pass `undefined`.
 */
export type FixedPointMap<Z extends TensorTree, C = undefined> = (z: Z, control: C) => Z;

/** What one step of a solver gives. */
export type SolverStep<Z extends TensorTree, S extends TensorTree> = {
  /** The next iterate. */
  readonly value: Z;
  /** `f(z)` at the step's *starting* point, undamped: the residual is measured with it. */
  readonly image: Z;
  /** The solver's next state: same structure, shapes and dtypes. */
  readonly state: S;
};

/**
 * A solver: pure functions over explicit state, run by the one loop of `solve`, eagerly or inside a compiled function.
 *
 * A step may evaluate `f` once (Picard, Anderson) or many times (an epoch with restarts, averages and step-size rules in its
 * own state): the loop tests convergence once a step, at the step's starting point. Steps use TF.js ops without reading
 * values, keep samples apart, and select with `tf.where`, never by multiplying with a mask: `0·NaN` is NaN. The state's
 * leaves need not have a batch axis; samples that have stopped go on being stepped from where they stopped, to no effect.
 */
export interface Solver<Z extends TensorTree, S extends TensorTree = TensorTree, C = undefined> {
  readonly name: string;
  /** Evaluations of `f` in one step. */
  readonly evaluationsPerStep: number;
  /** The state before the first step. Does not evaluate `f`. */
  init(z0: Z): S;
  /** One step from `z`. */
  step(f: FixedPointMap<Z, C>, z: Z, state: S): SolverStep<Z, S>;
  /**
   * The control with which the next step begins: a tree of tensors with the batch on axis 0, under which `f` is evaluated once
   * more at a returned point. Left out by solvers that pass `undefined`.
   */
  control?(state: S): C;
  /** bool `[batch]`: whether the step that made this state fell back to a simpler method. Left out by solvers that never do. */
  fallback?(state: S): tf.Tensor;
  /**
   * bool `[batch]`: whether the solver may still give its method up for another. As long as it may, no failure is said of the
   * sample: what looks like one is what the change is for. Left out by solvers that never do.
   */
  mayChange?(state: S): tf.Tensor;
}

/**
 * When a sample is done: bool `[batch]` from the point `z`, its image `f(z)` (undamped) and the residual
 * `‖f(z) − z‖₂`, float32 `[batch]`. Traced like the map: TF.js ops only, samples apart.
 */
export interface StopRule<Z extends TensorTree = TensorTree> {
  (z: Z, image: Z, residual: tf.Tensor): tf.Tensor;
  /** Whether it treats all samples alike, and so may be asked about any number of points at once; default false. */
  readonly isUniform?: boolean;
}
