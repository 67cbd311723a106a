/** Batches of a data set: shuffled by a key, made ahead, and resumable from any position. */
import type { HostArray, Tree } from '@equilibria/compile';
import { fold, type Key } from '../random/key.ts';
import { permutation } from '../random/samplers.ts';
import { assertSteps } from '../solvers/assert-steps.ts';
import { stack } from './stack.ts';

/** Samples by index. */
export interface SampleSource<T> {
  readonly size: number;
  /** The sample with an index in [0, size). Several may be asked for before the first has come. */
  get(index: number): T | Promise<T>;
}

/** Where in the data a batch begins. Plain data, safe to store in JSON. */
export type BatchPosition = {
  /** Passes through the data before, counted from 0. */
  readonly epoch: number;
  /** Samples of this epoch before. */
  readonly index: number;
};

/** A batch. */
export type PlacedBatch<B> = {
  readonly batch: B;
  /** Where the *next* batch begins: with it as `from`, the batches behind this one come again. */
  readonly position: BatchPosition;
  /** The epoch of this batch. */
  readonly epoch: number;
  /** Indices of its samples in the data set. */
  readonly indices: Int32Array;
};

/** What becomes of the last samples of an epoch where they are fewer than a batch. */
export type Leftovers =
  /** They are left out of this epoch; shuffled, others are in the next. */
  | 'drop'
  /** They are a smaller batch. */
  | 'keep';

/** Options of {@link batches}. */
export type BatchOptions<T, B> = {
  /** Samples of a batch. */
  readonly batchSize: number;
  /** Of the order, and of what `augment` draws. */
  readonly key: Key;
  /** Whether each epoch has an order of its own; default true. Otherwise it is that of the indices. */
  readonly shuffle?: boolean;
  /** Default 'drop', because compiled graphs are for one size. */
  readonly leftovers?: Leftovers;
  /** Batches that are made while one is used, at most; default 2. They help where `get` or `augment` waits for something. */
  readonly prefetch?: number;
  /** Epochs, counted from the first, after which there are no more batches; default without end. */
  readonly epochs?: number;
  /** Where to begin; default, and null, at the beginning. */
  readonly from?: BatchPosition | null;
  /**
   * Changes a sample as it is taken, as by noise or a flip.
   * @param key - of this sample in this epoch: the same whatever the batches are.
   */
  readonly augment?: (sample: T, key: Key) => T | Promise<T>;
  /** Makes a batch of samples. Default {@link stack}. */
  readonly collate: (samples: readonly T[]) => B;
};

/**
 * The batches of a data set, epoch after epoch.
 *
 * The order of an epoch is a pure function of the key and the epoch, and so is the key of each sample: equal sources and options give
 * equal batches, wherever they begin and however they are made ahead.
 *
 * Batches come in order. What a source, `augment` or `collate` throws is thrown in place of its batch, after the batches before it, and
 * ends the iteration. Leaving a `for await` early, like `return()`, waits for what is being made, so that nothing runs on.
 *
 * @param source - samples, or a list of them. Borrowed while it is iterated.
 * @throws {RangeError} if there is not a whole batch with 'drop' (no sample with 'keep'), a number is out of its range, or
 *   `from` is no position in this data.
 */
export function batches<T extends Tree<HostArray>>(
  source: SampleSource<T> | readonly T[],
  options: Omit<BatchOptions<T, T>, 'collate'>,
): AsyncGenerator<PlacedBatch<T>, void, undefined>;
export function batches<T, B>(
  source: SampleSource<T> | readonly T[],
  options: BatchOptions<T, B>,
): AsyncGenerator<PlacedBatch<B>, void, undefined>;
export function batches<T, B>(
  source: SampleSource<T> | readonly T[],
  options: Omit<BatchOptions<T, B>, 'collate'> & Partial<Pick<BatchOptions<T, B>, 'collate'>>,
): AsyncGenerator<PlacedBatch<B>, void, undefined> {
  const samples = sourceOf(source);
  // Without a collate, the overload says that samples are trees of host arrays and that a batch is one.
  const collate = options.collate ?? (stack as unknown as (samples: readonly T[]) => B);
  const { prefetch = 2 } = options;
  assertOptions(samples.size, options);
  const plans = planned(samples.size, options);
  return inOrder(plans, (plan) => make(samples, plan, { ...options, collate }), prefetch);
}

/** A list as a source. */
function sourceOf<T>(source: SampleSource<T> | readonly T[]): SampleSource<T> {
  return isList(source) ? { size: source.length, get: (index) => source[index]! } : source;
}

function isList<T>(source: SampleSource<T> | readonly T[]): source is readonly T[] {
  return Array.isArray(source);
}

/** A batch before its samples are there. */
type Plan = Omit<PlacedBatch<unknown>, 'batch'>;

type Planning = Pick<
  BatchOptions<never, never>,
  'batchSize' | 'key' | 'shuffle' | 'leftovers' | 'epochs' | 'from'
>;

function* planned(size: number, options: Planning): Generator<Plan, void, undefined> {
  const { batchSize, key, shuffle = true, leftovers = 'drop', epochs = Infinity, from } = options;
  let { epoch, index } = from ?? { epoch: 0, index: 0 };
  const hasNext = (): boolean => (leftovers === 'drop' ? index + batchSize <= size : index < size);
  for (; epoch < epochs; epoch++, index = 0) {
    const order = shuffle ? permutation(fold(fold(key, 'order'), epoch), size) : null;
    while (hasNext()) {
      const end = Math.min(index + batchSize, size);
      const indices =
        order?.slice(index, end) ?? Int32Array.from({ length: end - index }, (_, i) => index + i);
      index = end;
      yield { epoch, indices, position: hasNext() ? { epoch, index } : { epoch: epoch + 1, index: 0 } };
    }
  }
}

async function make<T, B>(
  source: SampleSource<T>,
  plan: Plan,
  { augment, collate, key }: Pick<BatchOptions<T, B>, 'augment' | 'collate' | 'key'>,
): Promise<PlacedBatch<B>> {
  const epochKey = fold(fold(key, 'augment'), plan.epoch);
  const sampleOf = async (index: number): Promise<T> => {
    const sample = await source.get(index);
    return augment === undefined ? sample : augment(sample, fold(epochKey, index));
  };
  // All of them, so that none runs on behind an error of another.
  const samples = await Promise.allSettled(Array.from(plan.indices, sampleOf));
  return { ...plan, batch: collate(samples.map(valueOf)) };
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** What `makeOne` makes of each plan, in order, `prefetch` of them ahead. */
async function* inOrder<P, B>(
  plans: Iterator<P, void>,
  makeOne: (plan: P) => Promise<B>,
  prefetch: number,
): AsyncGenerator<B, void, undefined> {
  const ahead: Promise<B>[] = [];
  const fill = (count: number): void => {
    while (ahead.length < count) {
      const { done, value } = plans.next();
      if (done === true) return;
      const made = makeOne(value);
      // Its error is thrown when its turn comes, and is no unhandled one until then.
      made.catch(() => undefined);
      ahead.push(made);
    }
  };
  try {
    for (;;) {
      fill(1);
      const next = ahead.shift();
      if (next === undefined) return;
      fill(prefetch);
      yield await next;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

type Checked = Pick<BatchOptions<never, never>, 'batchSize' | 'prefetch' | 'epochs' | 'leftovers' | 'from'>;

function assertOptions(
  size: number,
  { batchSize, prefetch = 2, epochs = Infinity, leftovers = 'drop', from }: Checked,
): void {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  assertSteps('batches', 'batchSize', batchSize);
  if (!isCount(prefetch)) throw new RangeError(`batches: prefetch must be an integer >= 0; got ${prefetch}.`);
  if (epochs !== Infinity && !isCount(epochs)) {
    throw new RangeError(`batches: epochs must be an integer >= 0 or Infinity; got ${epochs}.`);
  }
  const least = leftovers === 'drop' ? batchSize : 1;
  if (size < least) {
    const remedy = size === 0 ? '' : " Take smaller batches, or leftovers: 'keep'.";
    throw new RangeError(`batches: the source must have at least ${least} samples; got ${size}.${remedy}`);
  }
  const { epoch, index } = from ?? { epoch: 0, index: 0 };
  if (!isCount(epoch) || !isCount(index) || index > size) {
    throw new RangeError(
      `batches: from must be { epoch, index } with integers >= 0 and index <= ${size}; got { ${epoch}, ${index} }. ` +
        'A position is for the data set it came from.',
    );
  }
}
