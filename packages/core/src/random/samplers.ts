/** Samplers: from a key to numbers in float64. Equal arguments give equal numbers, on every machine. */
import * as tf from '@tensorflow/tfjs';
import type { HostArray } from '@equilibria/compile';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { streamState, type Key } from './key.ts';

/** Samples in float64, row-major. */
export type Samples = { readonly data: Float64Array; readonly shape: readonly number[] };

/** Whole samples, row-major. */
export type IntegerSamples = { readonly data: Int32Array; readonly shape: readonly number[] };

/** The shape of the samples; a number `n` stands for `[n]`. */
export type SampleShape = number | readonly number[];

type Generator = ReturnType<typeof xoroshiro128plusFromState>;

/**
 * Independent samples, uniform on `[low, high)`: `low + (high − low)·u`, rounded, where `u` in `[0, 1)` is a multiple of 2⁻⁵³. What
 * rounds to `high` is drawn again. All samples are `low` if `low = high`.
 *
 * The generator is xoroshiro128+ (Blackman & Vigna) of `pure-rand`. A key is for one call: the same key gives the same
 * numbers again. Different samplers called with one key draw from different streams.
 *
 * @param options.low - default 0.
 * @param options.high - default 1.
 * @throws {RangeError} if a bound is not finite, `low > high`, or a dimension is not an integer >= 0.
 */
export function uniform(
  key: Key,
  shape: SampleShape,
  options: { readonly low?: number; readonly high?: number } = {},
): Samples {
  const { low = 0, high = 1 } = options;
  if (!Number.isFinite(high - low) || low > high) {
    throw new RangeError(`uniform: low <= high must be finite; got low ${low}, high ${high}.`);
  }
  const rng = generator(key, 'uniform');
  if (low === high) return fill('uniform', shape, () => low);
  return fill('uniform', shape, () => {
    for (;;) {
      const value = low + (high - low) * uniformFloat64(rng);
      if (value < high) return value;
    }
  });
}

/**
 * Independent normal samples.
 *
 * Samples are within 8.6 standard deviations of the mean, since the smallest uniform is 2⁻⁵³.
 *
 * @param options.mean - default 0.
 * @param options.std - standard deviation, default 1.
 * @throws {RangeError} if `mean` or `std` is not finite, `std < 0`, or a dimension is not an integer >= 0.
 * @see Box & Muller, A note on the generation of random normal deviates (1958).
 */
export function normal(
  key: Key,
  shape: SampleShape,
  options: { readonly mean?: number; readonly std?: number } = {},
): Samples {
  const { mean = 0, std = 1 } = options;
  if (!Number.isFinite(mean) || !Number.isFinite(std) || std < 0) {
    throw new RangeError(`normal: mean and std >= 0 must be finite; got mean ${mean}, std ${std}.`);
  }
  const rng = generator(key, 'normal');
  let spare: number | null = null;
  return fill('normal', shape, () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return mean + std * value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(rng)));
    const angle = 2 * Math.PI * uniformFloat64(rng);
    spare = radius * Math.sin(angle);
    return mean + std * radius * Math.cos(angle);
  });
}

/**
 * Independent integers, uniform on `low ≤ i < high`.
 * @param options.low - default 0.
 * @param options.high - exclusive.
 * @throws {RangeError} unless `low < high` are integers that int32 holds, or if a dimension is not an integer >= 0.
 */
export function integers(
  key: Key,
  shape: SampleShape,
  options: { readonly low?: number; readonly high: number },
): IntegerSamples {
  const { low = 0, high } = options;
  const isInt32 = (value: number) => (value | 0) === value;
  if (!isInt32(low) || !isInt32(high - 1) || low >= high) {
    throw new RangeError(`integers: low < high must be integers within int32; got low ${low}, high ${high}.`);
  }
  const rng = generator(key, 'integers');
  const samples = fill('integers', shape, () => low + below(rng, high - low));
  return { data: Int32Array.from(samples.data), shape: samples.shape };
}

/**
 * A uniformly random order of 0, 1, …, n − 1 (Fisher–Yates).
 * @throws {RangeError} if `n` is not an integer >= 0.
 */
export function permutation(key: Key, n: number): Int32Array {
  const order = Int32Array.from({ length: sizeOf('permutation', [n]) }, (_, i) => i);
  const rng = generator(key, 'permutation');
  for (let i = n - 1; i > 0; i--) {
    const j = below(rng, i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Samples as a tensor: float32 of float64 (rounded), int32 of integers. Owned by the caller.
 * @param samples - row-major values and their shape.
 */
export function toTensor(samples: HostArray): tf.Tensor {
  const { data, shape } = samples;
  if (data instanceof Int32Array) return tf.tensor(data.slice(), [...shape], 'int32');
  if (data instanceof Uint8Array) return tf.tensor(data.slice(), [...shape], 'bool');
  return tf.tensor(Float32Array.from(data), [...shape], 'float32');
}

function generator(key: Key, sampler: string): Generator {
  return xoroshiro128plusFromState(streamState(key, sampler).map((word) => word | 0));
}

/**
 * Uniform on 0, 1, …, n − 1 up to n·2⁻⁵³, from the high bits: the low bits of xoroshiro128+ are linear, and remainders would
 * show it.
 */
function below(rng: Generator, n: number): number {
  return Math.floor(uniformFloat64(rng) * n);
}

function fill(where: string, shape: SampleShape, next: () => number): Samples {
  const dims = typeof shape === 'number' ? [shape] : [...shape];
  const data = new Float64Array(sizeOf(where, dims));
  for (let i = 0; i < data.length; i++) data[i] = next();
  return { data, shape: dims };
}

function sizeOf(where: string, dims: readonly number[]): number {
  const isDimension = (d: number) => Number.isInteger(d) && d >= 0;
  if (!dims.every(isDimension)) {
    throw new RangeError(`${where}: every dimension must be an integer >= 0; got [${dims.join(', ')}].`);
  }
  return dims.reduce((product, d) => product * d, 1);
}
