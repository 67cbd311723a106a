/** One training step: loss, gradient, clipping, update and average of the parameters, as one traceable function. */
import * as tf from '@tensorflow/tfjs';
import {
  assertKnownOptions,
  constant,
  leaves,
  mapTensors,
  ShapeError,
  type TensorTree,
  tidyTree,
  unflatten,
  zipTensors,
} from '@equilibria/compile';
import { averaged, type Optimiser } from './optimisers.ts';
import type { Task } from './task.ts';

/** Everything that training carries from step to step. */
export type TrainingState<P extends TensorTree, S extends TensorTree> = {
  readonly params: P;
  readonly optimiser: S;
  /** The moving average of the parameters, if one is kept. */
  readonly average?: P;
  /** float32 scalar: updates made. */
  readonly updates: tf.Tensor;
};

/** What a step measured. */
export type StepReport<R extends TensorTree> = {
  /** float32 scalar: of the parameters before the update. */
  readonly loss: tf.Tensor;
  /** float32 scalar: `‖gradient‖₂` over all parameters, before clipping. */
  readonly gradientNorm: tf.Tensor;
  /** bool scalar: whether `gradientNorm` was not finite, and so nothing was changed. */
  readonly isSkipped: tf.Tensor;
  readonly task: R;
};

/** What a step is made of. */
export type TrainStepOptions<S extends TensorTree> = {
  readonly optimiser: Optimiser<S>;
  /** Longest gradient: longer ones are scaled to it. Default: none is. */
  readonly clipNorm?: number;
  /**
   * Decay of the moving average of the parameters, in [0, 1). Default: none is kept. It warms up as `min(decay, (1 + n)/(10 + n))` at
   * update `n`, so that the first parameters are soon forgotten.
   */
  readonly averageDecay?: number;
};

/** A training step and the state it begins with. */
export interface TrainStep<
  P extends TensorTree,
  B extends TensorTree,
  R extends TensorTree,
  S extends TensorTree,
> {
  /** The state before the first step: the parameters themselves, and what belongs to them. Owned by the caller. */
  init(params: P): TrainingState<P, S>;
  /**
   * One step. Pure and traceable.
   * @param learningRate - float32 scalar.
   * @returns tensors of the caller.
   */
  step(
    state: TrainingState<P, S>,
    batch: B,
    learningRate: tf.Tensor,
  ): { readonly state: TrainingState<P, S>; readonly report: StepReport<R> };
}

/**
 * Makes a training step of a task: compiled, the solve, the gradient and the update are one graph.
 *
 * A gradient whose norm is not finite changes nothing, and the report says so: one NaN would be in every parameter for good.
 *
 * @throws {RangeError} if `clipNorm` is not positive, or `averageDecay` not in [0, 1).
 * @throws {ShapeError} (in `step`) if the task's loss is no scalar.
 */
export function trainStep<
  P extends TensorTree,
  B extends TensorTree,
  R extends TensorTree,
  S extends TensorTree,
>(task: Task<P, B, R>, options: TrainStepOptions<S>): TrainStep<P, B, R, S> {
  assertKnownOptions('trainStep: options', options, ['optimiser', 'clipNorm', 'averageDecay']);
  assertOptimiser(options.optimiser);
  const { optimiser, clipNorm = Infinity, averageDecay } = options;
  if (!(clipNorm > 0)) throw new RangeError(`trainStep: clipNorm must be > 0; got ${clipNorm}.`);
  if (averageDecay !== undefined && !(averageDecay >= 0 && averageDecay < 1)) {
    throw new RangeError(`trainStep: averageDecay must be in [0, 1); got ${averageDecay}.`);
  }
  const averageOf = (
    { average, updates }: TrainingState<TensorTree, S>,
    params: TensorTree,
  ): TensorTree | undefined =>
    averageDecay === undefined || average === undefined
      ? undefined
      : averaged(warmDecay(averageDecay, updates), average, params);
  const { pack, unpack } = optimiser.isElementwise === true ? ONE_VECTOR : AS_IT_IS;
  const packed = ({ params, average, ...rest }: TrainingState<P, S>): TrainingState<TensorTree, S> => ({
    ...rest,
    params: pack(params),
    ...(average !== undefined && { average: pack(average) }),
  });
  return {
    init: (params) =>
      tidyTree(() => ({
        params: copied(params),
        optimiser: optimiser.init(pack(params)),
        ...(averageDecay !== undefined && { average: copied(params) }),
        updates: tf.scalar(0),
      })),
    step: (state, batch, learningRate) =>
      tidyTree(() => {
        const { loss, gradient: ofLeaves, report } = task(state.params, batch);
        assertScalar(loss);
        const gradient = pack(ofLeaves);
        const before = packed(state);
        const gradientNorm = treeNorm(gradient);
        const isSound = tf.less(gradientNorm, tf.scalar(Infinity));
        const updated = optimiser.update(before.params, clipped(gradient, gradientNorm, clipNorm), {
          state: before.optimiser,
          learningRate,
        });
        const average = averageOf(before, updated.params);
        const next: typeof before = {
          params: updated.params,
          optimiser: updated.state,
          ...(average !== undefined && { average }),
          updates: tf.add(before.updates, tf.onesLike(before.updates)),
        };
        const {
          params,
          average: meanParams,
          ...rest
        } = zipTensors([next, before], (a, b) => tf.where(isSound, a, b));
        return {
          state: {
            ...rest,
            params: unpack(params, state.params),
            ...(meanParams !== undefined && { average: unpack(meanParams, state.params) }),
          },
          report: { loss, gradientNorm, isSkipped: tf.logicalNot(isSound), task: report },
        };
      }),
  };
}

/** The form in which parameters are updated. */
type Packing = {
  readonly pack: (tree: TensorTree) => TensorTree;
  readonly unpack: <P extends TensorTree>(packed: TensorTree, like: P) => P;
};

const AS_IT_IS: Packing = { pack: (tree) => tree, unpack: (packed) => packed as never };

/** All parameters as one vector: an update of many small leaves would be nearly as many nodes as the rest of the step. */
const ONE_VECTOR: Packing = {
  pack: (tree) => tf.concat(leaves<tf.Tensor>(tree).map((leaf) => tf.reshape(leaf, [leaf.size]))),
  unpack: (packed, like) => {
    const parts = leaves<tf.Tensor>(like);
    const pieces = tf.split(
      packed as tf.Tensor,
      parts.map(({ size }) => size),
    );
    return unflatten(
      like,
      pieces.map((piece, i) => tf.reshape(piece, parts[i]!.shape)),
    ) as typeof like;
  },
};

function assertScalar({ shape }: tf.Tensor): void {
  if (shape.length === 0) return;
  throw new ShapeError(
    `trainStep: the loss of the task must be a scalar; got shape [${shape.join(', ')}]. Take its mean over the batch.`,
  );
}

function assertOptimiser(optimiser: unknown): void {
  if (typeof optimiser === 'object' && optimiser !== null && 'update' in optimiser) return;
  const remedy = typeof optimiser === 'function' ? ' Call it.' : '';
  throw new TypeError(
    `trainStep: optimiser must be a record with init and update, as adam() gives; got ${typeof optimiser}.${remedy}`,
  );
}

/** `‖tree‖₂` over all leaves: a float32 scalar. */
export function treeNorm(tree: TensorTree): tf.Tensor {
  const squares = leaves<tf.Tensor>(tree).map((leaf) => tf.sum(tf.square(leaf)));
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0)));
}

/** The gradient, scaled to `clipNorm` where it is longer. */
function clipped<P extends TensorTree>(gradient: P, norm: tf.Tensor, clipNorm: number): P {
  if (clipNorm === Infinity) return gradient;
  const limit = constant(clipNorm);
  const scale = tf.div(limit, tf.maximum(norm, limit));
  return mapTensors(gradient, (leaf) => tf.mul(leaf, scale));
}

function warmDecay(decay: number, updates: tf.Tensor): tf.Tensor {
  const warm = tf.div(tf.add(updates, tf.scalar(1)), tf.add(updates, tf.scalar(10)));
  return tf.minimum(constant(decay), warm);
}

function copied<P extends TensorTree>(params: P): P {
  return mapTensors(params, (leaf) => leaf.clone());
}
