import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { compile } from '../runtime/compile.ts';
import { spec } from '../tree/tree.ts';
import { planSegments } from './segments.ts';

const EDGES = 100_000;
const SEGMENTS = 5_000;
const WIDTH = 32;
/** Milliseconds for a hundred runs. */
const LONG = 60_000;

/** A pseudo-random sequence with many duplicates; its own, so that it never changes. */
function sequence(length: number, below: number): Int32Array {
  let state = 12345;
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  });
}

function reference(values: Float32Array, ids: Int32Array): Float64Array {
  const sums = new Float64Array(SEGMENTS * WIDTH);
  ids.forEach((segment, row) => {
    for (let k = 0; k < WIDTH; k++) sums[segment * WIDTH + k]! += values[row * WIDTH + k]!;
  });
  return sums;
}

function worst(actual: ArrayLike<number>, expected: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]! - actual[i]!));
  return largest;
}

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('planSegments', () => {
  it('fills nothing up if there are few different numbers of rows', () => {
    const { buckets, hasPadding } = planSegments(Int32Array.of(0, 2, 2, 2, 4, 4), 5);
    expect(hasPadding).toBe(false);
    expect(buckets.map(({ degree, segments }) => [degree, segments])).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it('rounds many different numbers of rows up to powers of two', () => {
    const ids = Int32Array.from(
      Array.from({ length: 60 }, (_, segment) => Array(segment).fill(segment)).flat(),
    );
    const { buckets, hasPadding } = planSegments(ids, 60);
    expect(hasPadding).toBe(true);
    expect(buckets.map(({ degree }) => degree)).toEqual([0, 1, 2, 4, 8, 16, 32, 64]);
  });

  it('lists every row of every segment once, and fills up with the row after the last', () => {
    const holds = (list: number[], count: number): void => {
      const ids = Int32Array.from(list);
      const { buckets, order } = planSegments(ids, count);
      const sums: number[][] = buckets.flatMap(({ degree, segments, rows }) =>
        Array.from({ length: segments }, (_, i) => Array.from(rows.subarray(i * degree, (i + 1) * degree))),
      );
      for (let segment = 0; segment < count; segment++) {
        const rows = sums[order === null ? segment : order[segment]!]!.filter((row) => row !== ids.length);
        expect(rows).toEqual(list.flatMap((id, row) => (id === segment ? [row] : [])));
      }
    };
    fc.assert(fc.property(fc.array(fc.integer({ min: -1, max: 9 })), fc.integer({ min: 1, max: 9 }), holds), {
      seed: 7,
    });
  });
});

/** Threads that add to one place at once would be seen in some runs only. */
const RUNS = 30;

describe('segment sums of 100k × 32 with duplicates, on all threads', () => {
  const ids = sequence(EDGES, SEGMENTS);
  const values = Float32Array.from(sequence(EDGES * WIDTH, 1000), (x) => x / 1000);
  const x = { data: values, shape: [EDGES, WIDTH] };
  const expected = reference(values, ids);

  it(
    'are right for segments known while tracing',
    async () => {
      const compiled = await compile(
        (rows: tf.Tensor) => tf.unsortedSegmentSum(rows, tf.tensor1d(ids, 'int32'), SEGMENTS),
        [spec([EDGES, WIDTH])],
        { threads: availableParallelism() },
      );
      for (let run = 0; run < RUNS; run++)
        expect(worst((await compiled.runArrays(x)).data, expected)).toBeLessThan(1e-4);
      await compiled.dispose();
    },
    LONG,
  );

  it('are right for gathered and weighted rows, which are never written down as a whole', async () => {
    const source = sequence(EDGES, SEGMENTS).toReversed();
    const pass = (nodes: tf.Tensor, weight: tf.Tensor): tf.Tensor => {
      const messages = tf.mul(tf.gather(nodes, tf.tensor1d(source, 'int32')), weight);
      return tf.unsortedSegmentSum(messages, tf.tensor1d(ids, 'int32'), SEGMENTS);
    };
    const nodes = { data: values.slice(0, SEGMENTS * WIDTH), shape: [SEGMENTS, WIDTH] };
    const weight = { data: values.slice(-EDGES), shape: [EDGES, 1] };
    const messages = values.map(
      (_, i) =>
        nodes.data[source[Math.floor(i / WIDTH)]! * WIDTH + (i % WIDTH)]! *
        weight.data[Math.floor(i / WIDTH)]!,
    );
    const signature = [spec(nodes.shape), spec(weight.shape)] as const;
    const early = await compile(pass, signature, { threads: availableParallelism() });
    const late = await compile(pass, signature, { passes: { earlyGathers: false } });
    for (const compiled of [early, late]) {
      const { data } = await compiled.runArrays(nodes, weight);
      expect(worst(data, reference(messages, ids))).toBeLessThan(1e-4);
    }
    expect(early.describe().bytes).toBeLessThan(late.describe().bytes * 0.8);
    await early.dispose();
    await late.dispose();
  });

  it('are the same gathered early or late, gradients too, of operands of every form', async () => {
    const [from, to] = [sequence(EDGES, SEGMENTS).toReversed(), ids];
    const loss = (nodes: tf.Tensor, weight: tf.Tensor, row: tf.Tensor): tf.Scalar => {
      const [a, b] = [from, to].map((at) => tf.gather(nodes, tf.tensor1d(at, 'int32'))) as [
        tf.Tensor,
        tf.Tensor,
      ];
      const messages = tf.add(tf.mul(tf.sub(a, b), weight), tf.mul(row, a));
      return tf.sum(tf.square(tf.unsortedSegmentSum(messages, tf.tensor1d(ids, 'int32'), SEGMENTS)));
    };
    const inputs = [
      { data: values.slice(0, SEGMENTS * WIDTH), shape: [SEGMENTS, WIDTH] },
      { data: values.slice(-EDGES), shape: [EDGES, 1] },
      { data: values.slice(7, 7 + WIDTH), shape: [1, WIDTH] },
    ];
    const signature = inputs.map(({ shape }) => spec(shape));
    const gradients = (...xs: tf.Tensor[]): tf.Tensor[] => tf.grads(loss)(xs);
    const results: Float64Array[][] = [];
    for (const earlyGathers of [true, false]) {
      const compiled = await compile(gradients as never, signature, { passes: { earlyGathers } });
      const arrays = (await compiled.runArrays(...inputs)) as unknown as { data: Float32Array }[];
      results.push(arrays.map(({ data }) => Float64Array.from(data)));
      await compiled.dispose();
    }
    const [early, late] = results as [Float64Array[], Float64Array[]];
    late.forEach((wanted, i) => {
      const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(worst(early[i]!, wanted) / size).toBeLessThan(1e-5);
    });
  });

  it('of rows that much was done to gather them late: nothing is repeated in each bucket', async () => {
    const source = tf.tensor1d(sequence(EDGES, SEGMENTS), 'int32');
    const nodesOf = async (steps: number): Promise<number> => {
      const compiled = await compile(
        (nodes: tf.Tensor) => {
          const rows = tf.gather(nodes, source);
          let h = rows;
          for (let i = 0; i < steps; i++) h = tf.add(tf.mul(h, rows), h);
          return tf.unsortedSegmentSum(h, tf.tensor1d(ids, 'int32'), SEGMENTS);
        },
        [spec([SEGMENTS, WIDTH])],
      );
      const { ops } = compiled.describe();
      await compiled.dispose();
      return Object.values(ops).reduce((sum, count) => sum + count, 0);
    };
    expect((await nodesOf(20)) - (await nodesOf(19))).toBe(2);
  });

  it(
    'are right for segments given at run time',
    async () => {
      const compiled = await compile(
        (rows: tf.Tensor, at: tf.Tensor) => tf.unsortedSegmentSum(rows, at as tf.Tensor1D, SEGMENTS),
        [spec([EDGES, WIDTH]), spec([EDGES], 'int32')],
        { threads: availableParallelism() },
      );
      const at = { data: ids, shape: [EDGES] };
      for (let run = 0; run < RUNS; run++)
        expect(worst((await compiled.runArrays(x, at)).data, expected)).toBeLessThan(1e-4);
      await compiled.dispose();
    },
    LONG,
  );
});
