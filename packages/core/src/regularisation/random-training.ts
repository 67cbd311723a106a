/** What is random in training, drawn on the host: numbers of iterations, starts, probes. They are inputs of a compiled step. */
import type * as tf from '@tensorflow/tfjs';
import { type HostArray, mapTree, type TensorSpec, type Tree } from '@equilibria/compile';
import { fold, type Key } from '../random/key.ts';
import { type IntegerSamples, normal, type Samples, uniform } from '../random/samplers.ts';

/** Anything with a shape that is a leaf of a tree. */
export type Shaped = TensorSpec | HostArray | tf.Tensor;

/** How numbers of iterations are distributed; each is at least 1. */
export type IterationDistribution = 'poisson-lognormal' | 'uniform' | 'geometric';

/** Options of {@link sampleIterations}. */
export type IterationSampling = {
  /** Of the number of iterations before it is cut at `max`, >= 1. */
  readonly mean: number;
  /** Larger numbers count as this one. */
  readonly max: number;
  /**
   * - `poisson-lognormal` (default): `1 + Poisson(e^τ)` with `τ` normal of deviation 1/2: mostly fewer than the mean, now and then many
   *   more.
   * - `uniform`: on `1, …, 2·mean − 1`.
   * - `geometric`: after each iteration, stop with probability `1/mean`.
   */
  readonly distribution?: IterationDistribution;
};

/**
 * A random number of iterations.
 *
 * The source adds 1 to a Poisson number whose rate has the mean `mean`; here the rate has the mean `mean − 1`, so that `mean` is what
 * it says.
 *
 * @returns an int32 scalar as a host array, an input for `truncated`.
 * @throws {RangeError} if `mean` is not finite and >= 1, `max` is not an integer >= 1 within int32, or the mean of `uniform` is not
 *   a multiple of 1/2.
 * @see Geiping et al., Scaling up Test-Time Compute with Latent Reasoning (2025), arXiv 2502.05171, section 3.3.
 * @example
 * sampleIterations(fromSeed(0), { mean: 8, max: 8 }).data[0]! <= 8; // => true
 */
export function sampleIterations(key: Key, options: IterationSampling): IntegerSamples {
  const { mean, max, distribution = 'poisson-lognormal' } = options;
  if (!(mean >= 1 && Number.isFinite(mean))) {
    throw new RangeError(`sampleIterations: mean must be finite and >= 1; got ${mean}.`);
  }
  if (!Number.isInteger(max) || max < 1 || (max | 0) !== max) {
    throw new RangeError(`sampleIterations: max must be an integer >= 1 within int32; got ${max}.`);
  }
  const draw = DISTRIBUTIONS[distribution] as Draw | undefined;
  if (draw === undefined) {
    const known = Object.keys(DISTRIBUTIONS).join(', ');
    throw new RangeError(`sampleIterations: distribution must be one of ${known}; got '${distribution}'.`);
  }
  return { data: Int32Array.of(Math.min(draw(fold(key, 'iterations'), mean, max), max)), shape: [] };
}

/**
 * A random state: independent normal numbers, to start a solve from.
 *
 * @param like - specs, host arrays or tensors of the state's form.
 * @param options.std - standard deviation, in the units of the state; default 1.
 * @returns a tree of that form of host arrays in float64; `mapTree(state, toTensor)` makes tensors of it.
 * @throws {RangeError} if `std` is not finite or negative.
 */
export function randomState(
  key: Key,
  like: Tree<Shaped>,
  options: { readonly std?: number } = {},
): Tree<Samples> {
  const { std = 1 } = options;
  return mapTree<Shaped, Samples>(like, ({ shape }, path) => normal(fold(key, path), shape, { std }));
}

/**
 * Random signs, ±1 with equal probability: the probes of least variance for Hutchinson's estimate.
 * @param like - as in {@link randomState}.
 */
export function randomSigns(key: Key, like: Tree<Shaped>): Tree<Samples> {
  return mapTree<Shaped, Samples>(like, ({ shape }, path) => {
    const { data, ...rest } = uniform(fold(key, path), shape);
    return { ...rest, data: data.map((u) => (u < 0.5 ? -1 : 1)) };
  });
}

/** A number of iterations; those beyond `max` need not be told apart. */
type Draw = (key: Key, mean: number, max: number) => number;

const DISTRIBUTIONS: Readonly<Record<IterationDistribution, Draw>> = {
  'poisson-lognormal': (key, mean, max) => {
    if (mean === 1) return 1;
    const deviation = normal(fold(key, 'rate'), 1, { std: SPREAD }).data[0]!;
    const rate = (mean - 1) * Math.exp(deviation - SPREAD ** 2 / 2);
    return 1 + arrivals(fold(key, 'arrivals'), rate, max);
  },
  uniform: (key, mean) => {
    const count = 2 * mean - 1;
    if (!Number.isInteger(count)) {
      throw new RangeError(
        `sampleIterations: the mean of a uniform number must be a multiple of 1/2; got ${mean}.`,
      );
    }
    return 1 + Math.floor(unitDraw(key) * count);
  },
  geometric: (key, mean) =>
    mean === 1 ? 1 : 1 + Math.floor(Math.log1p(-unitDraw(key)) / Math.log1p(-1 / mean)),
};

/** The deviation of the logarithm of the rate in the source. */
const SPREAD = 0.5;
const BLOCK = 64;

function unitDraw(key: Key): number {
  return uniform(key, 1).data[0]!;
}

/** A Poisson number: how many independent exponential times of mean 1 fit into `rate` one after the other; `max` at most. */
function arrivals(key: Key, rate: number, max: number): number {
  let count = 0;
  let time = 0;
  for (let block = 0; ; block++) {
    for (const u of uniform(fold(key, block), BLOCK).data) {
      time -= Math.log1p(-u);
      if (time > rate || count >= max) return count;
      count += 1;
    }
  }
}
