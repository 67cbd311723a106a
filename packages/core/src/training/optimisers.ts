/** Optimisers: pure functions from parameters and gradient to parameters, over explicit state. */
import * as tf from '@tensorflow/tfjs';
import {
  assertKnownOptions,
  constant,
  leavesWithPaths,
  mapTensors,
  type TensorTree,
  unflatten,
  zipTensors,
} from '@equilibria/compile';

/** Parameters and optimiser state after an update. */
export type Updated<P extends TensorTree, S extends TensorTree> = { readonly params: P; readonly state: S };

/** Updates parameters; traceable, so that it becomes part of the training step's graph. All leaves are float32. */
export interface Optimiser<S extends TensorTree = TensorTree> {
  /** With its parameters: a resumed run is asked for the same. */
  readonly name: string;
  /** Whether every number is updated by itself, whatever leaf it is in; a step then updates all of them as one vector. Default false. */
  readonly isElementwise?: boolean;
  /** The state before the first update. Owned by the caller. */
  init(params: TensorTree): S;
  /**
   * One update.
   * @param learningRate - float32 scalar; an input, since it changes from step to step.
   */
  update<P extends TensorTree>(params: P, gradient: P, context: UpdateContext<S>): Updated<P, S>;
}

/** What an update needs besides parameters and gradient. */
export type UpdateContext<S extends TensorTree> = { readonly state: S; readonly learningRate: tf.Tensor };

/** Options of {@link sgd}, dimensionless. */
export type SgdOptions = {
  /** In [0, 1); default 0. */
  readonly momentum?: number;
};

/** The velocity, a tree like the parameters; nothing without momentum. */
export type SgdState = { readonly velocity: TensorTree };

/**
 * Gradient descent with heavy-ball momentum: `v ← momentum·v + g`, `θ ← θ − rate·v`.
 * @throws {RangeError} if `momentum` is not in [0, 1).
 */
export function sgd(options: SgdOptions = {}): Optimiser<SgdState> {
  assertKnownOptions('sgd: options', options, ['momentum']);
  const { momentum = 0 } = options;
  requireThat(momentum >= 0 && momentum < 1, `sgd: momentum must be in [0, 1); got ${momentum}`);
  return {
    name: `sgd(${momentum})`,
    isElementwise: true,
    init: (params) => ({ velocity: momentum === 0 ? {} : zerosLike(params) }),
    update: (params, gradient, { state, learningRate }) => {
      const velocity =
        momentum === 0
          ? gradient
          : zipTensors([state.velocity as typeof gradient, gradient], (v, g) =>
              tf.add(tf.mul(constant(momentum), v), g),
            );
      return {
        params: zipTensors([params, velocity], (p, v) => tf.sub(p, tf.mul(learningRate, v))),
        state: momentum === 0 ? state : { velocity },
      };
    },
  };
}

/** Options of {@link adam} and {@link adamW}, dimensionless. */
export type AdamOptions = {
  /** Decay of the mean of the gradient, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of its square, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square, > 0; default 1e-8. */
  readonly epsilon?: number;
};

/** Means of the gradient and of its square, trees like what is updated, and how many updates they are made of. */
export type AdamState = {
  /** float32 scalar. */
  readonly count: tf.Tensor;
  readonly mean: TensorTree;
  readonly square: TensorTree;
};

/**
 * Adam: `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `θ ← θ − rate·m̂/(√v̂ + ε)` with the bias of both means corrected.
 *
 * @throws {RangeError} if an option is out of its range.
 * @see Kingma & Ba, Adam: A Method for Stochastic Optimization (2015), arXiv 1412.6980, algorithm 1.
 */
export function adam(options: AdamOptions = {}): Optimiser<AdamState> {
  return adaptive({ name: 'adam', own: [] }, options);
}

/** Options of {@link adamW}. */
export type AdamWOptions = AdamOptions & {
  /** Shrinks parameters by `rate·weightDecay` an update, >= 0; default 0.01. */
  readonly weightDecay?: number;
  /** Which parameters shrink, by their path in the tree; default those of rank 2 and more: weights, but neither biases nor scales. */
  readonly isDecayed?: (path: string, parameter: tf.Tensor) => boolean;
};

/**
 * Adam with the weight decay apart from the gradient: `θ ← (1 − rate·weightDecay)·θ` before the update of {@link adam}.
 *
 * @throws {RangeError} if an option is out of its range.
 * @see Loshchilov & Hutter, Decoupled Weight Decay Regularization (2019), arXiv 1711.05101, algorithm 2.
 */
export function adamW(options: AdamWOptions = {}): Optimiser<AdamState> {
  const { weightDecay = 0.01, isDecayed = (_, { rank }) => rank >= 2, ...rest } = options;
  requireThat(weightDecay >= 0, `adamW: weightDecay must be >= 0; got ${weightDecay}`);
  return adaptive({ name: 'adamW', own: [weightDecay] }, rest, (params, learningRate) => {
    const kept = tf.sub(tf.onesLike(learningRate), tf.mul(learningRate, constant(weightDecay)));
    const shrunk = leavesWithPaths<tf.Tensor>(params).map(({ path, leaf }) =>
      isDecayed(path, leaf) ? tf.mul(leaf, kept) : leaf,
    );
    return unflatten<tf.Tensor>(params, shrunk) as typeof params;
  });
}

function adaptive(
  { name, own }: { readonly name: string; readonly own: readonly number[] },
  options: AdamOptions,
  decay?: <P extends TensorTree>(params: P, learningRate: tf.Tensor) => P,
): Optimiser<AdamState> {
  assertKnownOptions(`${name}: options`, options, ['beta1', 'beta2', 'epsilon']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  requireThat(beta1 >= 0 && beta1 < 1, `${name}: beta1 must be in [0, 1); got ${beta1}`);
  requireThat(beta2 >= 0 && beta2 < 1, `${name}: beta2 must be in [0, 1); got ${beta2}`);
  requireThat(epsilon > 0, `${name}: epsilon must be > 0; got ${epsilon}`);
  return {
    name: `${name}(${[beta1, beta2, epsilon, ...own].join(', ')})`,
    isElementwise: decay === undefined,
    init: (params) => ({ count: tf.scalar(0), mean: zerosLike(params), square: zerosLike(params) }),
    update: (params, gradient, { state, learningRate }) => {
      const count = tf.add(state.count, tf.onesLike(state.count));
      const mean = averaged(beta1, state.mean as typeof gradient, gradient);
      const square = averaged(beta2, state.square as typeof gradient, mapTensors(gradient, tf.square));
      // Both corrections are numbers of the step, not of the parameters.
      const rate = tf.div(learningRate, remainder(beta1, count));
      const correction = tf.sqrt(remainder(beta2, count));
      const next = zipTensors([decay?.(params, learningRate) ?? params, mean, square], (p, m, v) =>
        tf.sub(p, tf.mul(rate, tf.div(m, tf.add(tf.div(tf.sqrt(v), correction), constant(epsilon))))),
      );
      return { params: next, state: { count, mean, square } };
    },
  };
}

/** `decay·average + (1 − decay)·value`. */
export function averaged<P extends TensorTree>(decay: number | tf.Tensor, average: P, value: P): P {
  const kept = typeof decay === 'number' ? constant(decay) : decay;
  const added = typeof decay === 'number' ? constant(1 - decay) : tf.sub(tf.onesLike(decay), decay);
  return zipTensors([average, value], (a, b) => tf.add(tf.mul(kept, a), tf.mul(added, b)));
}

/** `1 − βⁿ`, without the cancellation that float32 would suffer at first. */
function remainder(beta: number, count: tf.Tensor): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(count, constant(Math.log(beta)))));
}

function zerosLike(params: TensorTree): TensorTree {
  return mapTensors(params, (leaf) => tf.zerosLike(leaf));
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`${message}.`);
}
