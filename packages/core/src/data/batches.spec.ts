import fc from 'fast-check';
import { DtypeError, type HostArray, ShapeError } from '@equilibria/compile';
import { fromSeed, type Key } from '../random/key.ts';
import { uniform } from '../random/samplers.ts';
import {
  batches,
  type BatchOptions,
  type BatchPosition,
  type PlacedBatch,
  type SampleSource,
} from './batches.ts';
import { stack } from './stack.ts';

const key = fromSeed(7);

/** The samples 0, 1, …, size − 1. */
const numbers = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
const list = (samples: readonly number[]): readonly number[] => samples;

/** The first `count` batches, or all. */
async function take<B>(from: AsyncIterable<PlacedBatch<B>>, count = Infinity): Promise<PlacedBatch<B>[]> {
  const taken: PlacedBatch<B>[] = [];
  if (count === 0) return taken;
  for await (const batch of from) {
    taken.push(batch);
    if (taken.length === count) break;
  }
  return taken;
}

type Options = Partial<BatchOptions<number, readonly number[]>>;

/** Batches of numbers, each a list of samples. */
function ofNumbers(size: number, options: Options = {}) {
  return batches(numbers(size), { batchSize: 3, key, collate: list, ...options });
}

describe('batches', () => {
  it('gives the samples in order, epoch after epoch, if they are not to be shuffled', async () => {
    const given = await take(ofNumbers(7, { shuffle: false, epochs: 2 }));
    expect(given).toEqual([
      { batch: [0, 1, 2], epoch: 0, indices: Int32Array.of(0, 1, 2), position: { epoch: 0, index: 3 } },
      { batch: [3, 4, 5], epoch: 0, indices: Int32Array.of(3, 4, 5), position: { epoch: 1, index: 0 } },
      { batch: [0, 1, 2], epoch: 1, indices: Int32Array.of(0, 1, 2), position: { epoch: 1, index: 3 } },
      { batch: [3, 4, 5], epoch: 1, indices: Int32Array.of(3, 4, 5), position: { epoch: 2, index: 0 } },
    ]);
  });

  it('gives a smaller last batch if leftovers are to be kept', async () => {
    const given = await take(ofNumbers(7, { shuffle: false, epochs: 1, leftovers: 'keep' }));
    expect(given.map(({ batch }) => batch)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(given.at(-1)!.position).toEqual({ epoch: 1, index: 0 });
    const one = await take(ofNumbers(2, { epochs: 1, leftovers: 'keep' }));
    expect(one.map(({ batch }) => batch.toSorted((a, b) => a - b))).toEqual([[0, 1]]);
  });

  it('gives every sample once an epoch, in another order each', async () => {
    const given = await take(ofNumbers(60, { epochs: 3 }));
    const orders = [0, 1, 2].map((epoch) =>
      given.filter((at) => at.epoch === epoch).flatMap(({ batch }) => batch),
    );
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual(numbers(60));
    expect(new Set([numbers(60), ...orders].map(String)).size).toBe(4);
    const other = await take(ofNumbers(60, { epochs: 1, key: fromSeed(8) }));
    expect(other.flatMap(({ batch }) => batch)).not.toEqual(orders[0]);
  });

  it('goes on from any position with the very batches that would have come', async () => {
    type Case = Required<Pick<Options, 'batchSize' | 'leftovers' | 'shuffle' | 'prefetch'>> & {
      size: number;
      done: number;
    };
    const cases: fc.Arbitrary<Case> = fc.record({
      size: fc.integer({ min: 3, max: 12 }),
      batchSize: fc.integer({ min: 1, max: 3 }),
      leftovers: fc.constantFrom('drop' as const, 'keep' as const),
      shuffle: fc.boolean(),
      prefetch: fc.integer({ min: 0, max: 3 }),
      done: fc.integer({ min: 0, max: 12 }),
    });
    const holds = async ({ size, done, prefetch, ...options }: Case): Promise<void> => {
      const augment = (sample: number, at: Key): number => sample + uniform(at, 1).data[0]!;
      const whole = await take(ofNumbers(size, { ...options, augment }), done + 5);
      const position: BatchPosition | null = done === 0 ? null : whole[done - 1]!.position;
      const from = JSON.parse(JSON.stringify(position)) as BatchPosition | null;
      const rest = await take(ofNumbers(size, { ...options, augment, prefetch, from }), 5);
      expect(rest).toEqual(whole.slice(done));
    };
    await fc.assert(fc.asyncProperty(cases, holds), { seed: 7, numRuns: 60 });
  });

  it('augments each sample by a key of its own, the same in batches of any size', async () => {
    const augment = (sample: number, at: Key): number => sample + uniform(at, 1).data[0]!;
    const drawn = async (batchSize: number, epochs: number) =>
      (await take(ofNumbers(6, { augment, batchSize, epochs }))).flatMap(({ batch }) => batch);
    const once = await drawn(2, 1);
    expect(await drawn(3, 1)).toEqual(once);
    expect(new Set((await drawn(2, 3)).map((value) => value % 1)).size).toBe(18);
  });

  it('stacks trees of host arrays by itself', async () => {
    const samples = numbers(4).map((i) => ({
      x: { data: Float32Array.of(i, -i), shape: [2] },
      label: { data: Int32Array.of(i), shape: [] },
    }));
    const [first] = await take(batches(samples, { batchSize: 2, key, shuffle: false }), 1);
    expect(first!.batch).toEqual({
      x: { data: Float32Array.of(0, -0, 1, -1), shape: [2, 2] },
      label: { data: Int32Array.of(0, 1), shape: [2] },
    });
  });

  it.each<[Options, number, string]>([
    [{ batchSize: 0 }, 5, 'batches: batchSize must be an integer >= 1; got 0.'],
    [{ prefetch: -1 }, 5, 'batches: prefetch must be an integer >= 0; got -1.'],
    [{ epochs: NaN }, 5, 'batches: epochs must be an integer >= 0 or Infinity; got NaN.'],
    [
      {},
      2,
      "batches: the source must have at least 3 samples; got 2. Take smaller batches, or leftovers: 'keep'.",
    ],
    [{ leftovers: 'keep' }, 0, 'batches: the source must have at least 1 samples; got 0.'],
    [
      { from: { epoch: 0, index: 6 } },
      5,
      'index <= 5; got { 0, 6 }. A position is for the data set it came from.',
    ],
    [{ from: { epoch: 0.5, index: 0 } }, 5, 'batches: from must be { epoch, index } with integers'],
  ])('refuses %j at once', (options, size, message) => {
    expect(() => ofNumbers(size, options)).toThrow(RangeError);
    expect(() => ofNumbers(size, options)).toThrow(message);
  });
});

/** A source that tells what is asked of it, and answers when it is told to. */
function watched(size: number) {
  const asked: number[] = [];
  const answers = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const source: SampleSource<number> = {
    size,
    get: (index) =>
      new Promise((resolve, reject) => {
        asked.push(index);
        answers.set(index, { resolve: () => resolve(index), reject });
      }),
  };
  return { source, asked, answer: (index: number) => answers.get(index)!.resolve(), answers };
}

const single = { batchSize: 1, key, shuffle: false, collate: list };

describe('prefetching', () => {
  it('makes so many batches ahead, and no more', async () => {
    const { source, asked, answer } = watched(10);
    const given = batches(source, { ...single, prefetch: 2 });
    expect(asked).toEqual([]);
    const first = given.next();
    expect(asked).toEqual([0, 1, 2]);
    answer(2);
    answer(1);
    answer(0);
    expect(await first).toMatchObject({ value: { batch: [0] } });
    expect(asked).toEqual([0, 1, 2]);
    expect(await given.next()).toMatchObject({ value: { batch: [1] } });
    expect(asked).toEqual([0, 1, 2, 3]);
    answer(3);
    await given.return();
  });

  it('makes none ahead if it is 0', async () => {
    const { source, asked, answer } = watched(10);
    const given = batches(source, { ...single, prefetch: 0 });
    const first = given.next();
    answer(0);
    await first;
    expect(asked).toEqual([0]);
    await given.return();
  });

  it('throws an error in the place of its batch, and ends', async () => {
    const { source, answer, answers } = watched(10);
    const given = batches(source, { ...single, prefetch: 2 });
    const first = given.next();
    answers.get(1)!.reject(new Error('disk'));
    // Time enough for an unhandled rejection to end the process.
    await new Promise((resolve) => setImmediate(resolve));
    answer(0);
    answer(2);
    expect(await first).toMatchObject({ value: { batch: [0] } });
    const second = given.next();
    answers.get(3)?.resolve();
    await expect(second).rejects.toThrow('disk');
    expect(await given.next()).toEqual({ done: true, value: undefined });
  });

  it('waits for what is being made when it is left', async () => {
    const { source, asked, answer } = watched(10);
    const given = batches(source, { ...single, prefetch: 2 });
    const first = given.next();
    answer(0);
    await first;
    let hasEnded = false;
    const end = given.return().then(() => (hasEnded = true));
    answer(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEnded).toBe(false);
    answer(2);
    await end;
    expect(asked).toEqual([0, 1, 2]);
    expect(await given.next()).toEqual({ done: true, value: undefined });
  });

  it.each<[string, Options]>([
    ['augment', { augment: () => Promise.reject(new Error('mine')) }],
    [
      'collate',
      {
        collate: () => {
          throw new Error('mine');
        },
      },
    ],
  ])('throws what %s throws', async (_, options) => {
    await expect(take(ofNumbers(5, options))).rejects.toThrow('mine');
  });
});

describe('stack', () => {
  const of = (...values: number[]): HostArray => ({
    data: Float32Array.from(values),
    shape: [values.length],
  });

  it('keeps the kinds of the arrays', () => {
    const sample = {
      a: { data: Float64Array.of(1), shape: [1] },
      b: [{ data: Uint8Array.of(1), shape: [] }],
    };
    expect(stack([sample, sample])).toEqual({
      a: { data: Float64Array.of(1, 1), shape: [2, 1] },
      b: [{ data: Uint8Array.of(1, 1), shape: [2] }],
    });
  });

  it('refuses what does not fit together, by its path', () => {
    expect(() => stack([])).toThrow(new ShapeError('stack: samples must not be empty; got none.'));
    expect(() => stack([{ x: of(1) }, { x: of(1, 2) }])).toThrow(
      "stack: samples must have one shape; got [1] and [2] at 'x'. Pad them, or give a collate of your own.",
    );
    expect(() =>
      stack<{ x: HostArray }>([{ x: of(1) }, { x: { data: Int32Array.of(1), shape: [1] } }]),
    ).toThrow(
      new DtypeError("stack: samples must have arrays of one kind; got Float32Array and Int32Array at 'x'."),
    );
    expect(() => stack<Record<string, HostArray>>([{ x: of(1) }, { y: of(1) }])).toThrow(ShapeError);
  });
});
