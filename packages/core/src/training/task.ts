/** What is trained: from parameters and a batch to a loss, its gradient, and what else is worth knowing. */
import * as tf from '@tensorflow/tfjs';
import { mapTensors, ShapeError, type TensorTree, whileLoop, zipTensors } from '@equilibria/compile';
import type { AdjointOutcome, GradientMethod } from '../gradients/gradient-method.ts';
import { solveAndDifferentiate } from '../gradients/solve-and-differentiate.ts';
import { valueAndGradient } from '../gradients/vector-jacobian.ts';
import { assertSteps } from '../solvers/assert-steps.ts';
import type { Solver, StopRule } from '../solvers/contract.ts';
import type { LoopOptions } from '../solvers/fixed-point-loop.ts';

/** Loss and gradient of one batch. */
export type TaskResult<P extends TensorTree, R extends TensorTree> = {
  /** float32 scalar, a mean over the batch. */
  readonly loss: tf.Tensor;
  readonly gradient: P;
  /** What is recorded of the batch: tensors whose axis 0 is the batch, or scalars. */
  readonly report: R;
};

/**
 * What is trained. Pure and traceable; whatever changes from step to step is in the batch: data, noise, random starts, numbers of
 * iterations. Axis 0 of the leaves of a batch is the batch; scalars are for all of it.
 */
export type Task<P extends TensorTree, B extends TensorTree, R extends TensorTree = TensorTree> = (
  params: P,
  batch: B,
) => TaskResult<P, R>;

/**
 * An explicit model: a loss that TF.js differentiates.
 * @param loss - a float32 scalar, the mean over the batch.
 */
export function explicitTask<P extends TensorTree, B extends TensorTree>(
  loss: (params: P, batch: B) => tf.Tensor,
): Task<P, B, Record<string, never>> {
  return (params, batch) => {
    const { value, gradient } = valueAndGradient((at: P) => loss(at, batch), params);
    return { loss: value, gradient, report: {} };
  };
}

/** An implicit model, its loss, and how both are computed. */
export type ImplicitTask<P extends TensorTree, Z extends TensorTree, B extends TensorTree> = Omit<
  LoopOptions<Z>,
  'stop'
> & {
  /** `G(z; θ, batch)`. */
  readonly map: (params: P, z: Z, batch: B) => Z;
  /** `z₀`; of random starts, a part of the batch. It is not differentiated. */
  readonly start: (batch: B) => Z;
  /** A float32 scalar, the mean over the batch, regularisers included. */
  readonly loss: (z: Z, params: P, batch: B) => tf.Tensor;
  /** Added to the loss at a point that it holds, as Jacobian regularisation; see `ImplicitProblem`. */
  readonly penalty?: (z: Z, params: P, batch: B) => tf.Tensor;
  /** Default undamped Picard. */
  readonly solver?: Solver<Z>;
  /** The method, or what makes one of the batch, as of numbers of iterations in it. */
  readonly gradient: GradientMethod<Z> | ((batch: B) => GradientMethod<Z>);
  readonly stop?: StopRule<Z>;
};

/** How the solves of a batch ended, per sample; see `LoopOutcome`. The adjoint's only with `implicit`. */
export type SolveReport = {
  /** int32 `[batch]`: indices into `VERDICTS`. */
  readonly status: tf.Tensor;
  /** float32 `[batch]`. */
  readonly residual: tf.Tensor;
  /** int32 `[batch]`. */
  readonly evaluations: tf.Tensor;
  readonly adjoint?: AdjointOutcome;
};

/**
 * An implicit model: {@link solveAndDifferentiate} for each batch, the verdicts of the solves in the report.
 * @throws (when called) what {@link solveAndDifferentiate} throws.
 */
export function implicitTask<P extends TensorTree, Z extends TensorTree, B extends TensorTree>(
  task: ImplicitTask<P, Z, B>,
): Task<P, B, SolveReport> {
  const { map, start, loss, penalty, solver, gradient, ...loop } = task;
  return (params, batch) => {
    const solved = solveAndDifferentiate(
      {
        map: (at: P, z: Z) => map(at, z, batch),
        loss: (z: Z, at: P) => loss(z, at, batch),
        ...(penalty && { penalty: (z: Z, at: P) => penalty(z, at, batch) }),
        ...(solver && { solver }),
      },
      params,
      start(batch),
      { ...loop, gradient: typeof gradient === 'function' ? gradient(batch) : gradient },
    );
    const { status, residual, evaluations } = solved.solve;
    const report = { status, residual, evaluations, ...(solved.adjoint && { adjoint: solved.adjoint }) };
    return { loss: solved.loss, gradient: solved.gradient, report };
  };
}

/**
 * The same task, a batch in `parts` equal parts one after the other, their gradients added: a larger batch in the memory of a part.
 * The result is that of the whole batch where the loss is a mean over samples.
 *
 * @throws {RangeError} if `parts` is no natural number.
 * @throws {ShapeError} (when called) if the parts of a leaf are not equal.
 */
export function accumulated<P extends TensorTree, B extends TensorTree, R extends TensorTree>(
  task: Task<P, B, R>,
  parts: number,
): Task<P, B, R> {
  assertSteps('accumulated', 'parts', parts);
  if (parts === 1) return task;
  return (params, batch) => {
    const rows = mapTensors(batch, (leaf, path) => inParts(leaf, path, parts));
    const partOf = (index: tf.Tensor): B =>
      mapTensors(rows, (leaf) => (leaf.rank === 0 ? leaf : tf.gather(leaf, index)));
    const none: TaskResult<P, R> = {
      loss: tf.scalar(0),
      gradient: mapTensors(params, (leaf) => tf.zerosLike(leaf)),
      report: mapTensors(reportLike(task, params, partOf), (leaf) => tf.zerosLike(leaf)),
    };
    const { state, collected } = whileLoop({
      init: none,
      body: ({ loss, gradient }, step): TaskResult<P, R> => {
        const part = task(params, partOf(step));
        return {
          loss: tf.add(loss, part.loss),
          gradient: zipTensors([gradient, part.gradient], (a, b) => tf.add(a, b)),
          report: part.report,
        };
      },
      maxSteps: parts,
      collect: ({ report }) => report,
    });
    const share = (sum: tf.Tensor): tf.Tensor => tf.div(sum, tf.scalar(parts));
    return {
      loss: share(state.loss),
      gradient: mapTensors(state.gradient, share),
      report: mapTensors(collected, together),
    };
  };
}

/** The form of the report: of a part that is computed, and whose value nobody uses. */
function reportLike<P extends TensorTree, B extends TensorTree, R extends TensorTree>(
  task: Task<P, B, R>,
  params: P,
  partOf: (index: tf.Tensor) => B,
): R {
  return task(params, partOf(tf.scalar(0, 'int32'))).report;
}

function inParts(leaf: tf.Tensor, path: string, parts: number): tf.Tensor {
  if (leaf.rank === 0) return leaf;
  const [batch, ...rest] = leaf.shape as [number, ...number[]];
  if (batch % parts !== 0) {
    throw new ShapeError(
      `accumulated: the batch must divide into ${parts} equal parts; '${path}' is [${leaf.shape.join(', ')}].`,
    );
  }
  return tf.reshape(leaf, [parts, batch / parts, ...rest]);
}

/** `[parts, batch, …]` to `[parts·batch, …]`; of scalars, the mean over the parts. */
function together(leaf: tf.Tensor): tf.Tensor {
  const [parts, batch, ...rest] = leaf.shape as [number, ...number[]];
  return batch === undefined ? tf.mean(leaf) : tf.reshape(leaf, [parts * batch, ...rest]);
}
