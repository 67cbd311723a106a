/** Samples to train on, to tune on and to test on, which must not be the same. */
import { fold, type Key } from '../random/key.ts';
import { permutation } from '../random/samplers.ts';
import type { SampleSource } from './batches.ts';

/** Shares of the samples, in any unit: `{ train: 8, validation: 1, test: 1 }` and `{ train: 0.8, … }` are the same. */
export type SplitOptions = {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly key: Key;
};

/** Indices in increasing order; no index is in two of them, every one is in one. */
export type Split = {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
};

/**
 * Splits the samples 0, 1, …, n − 1 at random. A part has `n·share/(sum of shares)` samples, off by less than one, and none only
 * if its share is 0 or `n` is small.
 *
 * Samples that belong together, as frames of one film, must be split as one: give their number as `n`.
 *
 * @throws {RangeError} if `n` is not an integer >= 0, or the shares are not finite numbers >= 0 with a positive sum.
 */
export function splitDataset(n: number, { train, validation, test, key }: SplitOptions): Split {
  const shares = [train, validation, test];
  const total = train + validation + test;
  if (!shares.every((share) => share >= 0) || !(total > 0 && total < Infinity)) {
    throw new RangeError(
      `splitDataset: shares must be finite numbers >= 0 with a positive sum; got ${shares.join(', ')}.`,
    );
  }
  const order = permutation(fold(key, 'split'), n);
  const first = Math.round((n * train) / total);
  const second = Math.round((n * (train + validation)) / total);
  return {
    train: order.slice(0, first).toSorted(),
    validation: order.slice(first, second).toSorted(),
    test: order.slice(second).toSorted(),
  };
}

/**
 * The samples of a source with the given indices, in their order.
 * @param indices - borrowed.
 * @throws {RangeError} if an index is none of the source.
 */
export function subset<T>(source: SampleSource<T>, indices: ArrayLike<number>): SampleSource<T> {
  const chosen = Array.from(indices);
  const wrong = chosen.find((index) => !Number.isInteger(index) || index < 0 || index >= source.size);
  if (wrong !== undefined) {
    throw new RangeError(`subset: indices must be integers in [0, ${source.size}); got ${wrong}.`);
  }
  return {
    size: chosen.length,
    get: (index) => source.get(chosen[index]!),
  };
}
