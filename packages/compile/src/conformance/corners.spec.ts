/**
 * Inputs at the corners of what kernels take, where providers and TF.js have disagreed. Left out is where TF.js itself is odd:
 * its `sign(NaN)` is 0, ours NaN; its `all` of nothing is false, ours true.
 */
import * as tf from '@tensorflow/tfjs';
import { compile } from '../runtime/compile.ts';
import { spec, type TensorSpec } from '../tree/tree.ts';

type Corner = {
  readonly what: string;
  readonly inputs: readonly tf.TensorLike[];
  readonly dtypes?: readonly ('float32' | 'int32' | 'bool')[];
  readonly shapes?: readonly number[][];
  readonly fn: (...xs: tf.Tensor[]) => tf.Tensor;
};

const odd = [NaN, Infinity, -Infinity, -0, 0, 1, -1];

/** Multiples of 1/4, so that sums are exact in any order. */
const quarters = (shape: readonly number[]) =>
  tf.mul(tf.sub(tf.mod(tf.range(0, tf.util.sizeFromShape([...shape])), 5), 2), 0.25).reshape([...shape]);

const corners: readonly Corner[] = [
  {
    // ONNX Runtime computes these together, in kernels of their own.
    what: 'a NaN through rectified convolutions',
    inputs: [Array.from({ length: 6 * 6 * 16 }, (_, i) => (i === 100 ? NaN : (i % 7) - 3))],
    shapes: [[1, 6, 6, 16]],
    fn: (x) => {
      const w = quarters([3, 3, 16, 16]) as tf.Tensor4D;
      return tf.relu(tf.conv2d(tf.relu(tf.conv2d(x as tf.Tensor4D, w, 1, 'same')), w, 1, 'same'));
    },
  },
  {
    what: 'softmax of a broadcast',
    inputs: [[1, 2, 3, 4]],
    fn: (x) => tf.mul(tf.softmax(tf.zerosLike(x)), x),
  },
  {
    what: 'logSoftmax of a broadcast',
    inputs: [[1, 2, 3, 4]],
    fn: (x) => tf.mul(tf.logSoftmax(tf.onesLike(x)), x),
  },
  { what: 'a NaN in max', inputs: [[1, NaN, 3]], fn: (x) => tf.max(x) },
  {
    what: 'a NaN in min',
    inputs: [
      [
        [1, 2],
        [NaN, 4],
        [5, 6],
      ],
    ],
    fn: (x) => tf.min(x, 0),
  },
  {
    what: 'a NaN in max, axes kept',
    inputs: [
      [
        [1, 2],
        [4, NaN],
      ],
    ],
    fn: (x) => tf.max(x, 1, true),
  },
  { what: 'max of int32', inputs: [[3, -7]], dtypes: ['int32'], fn: (x) => tf.max(x) },
  {
    what: 'clip of int32 to infinity',
    inputs: [[1, -2, 7]],
    dtypes: ['int32'],
    fn: (x) => tf.clipByValue(x, 0, Infinity),
  },
  { what: 'a range that runs down', inputs: [[1]], fn: (x) => tf.add(tf.range(5, 0), x) },
  { what: 'floorDiv of floats', inputs: [[7, -7]], fn: (x) => tf.floorDiv(x, 2) },
  {
    what: 'division of int32 by zero',
    inputs: [
      [7, 0, -3],
      [0, 0, 2],
    ],
    dtypes: ['int32', 'int32'],
    fn: (a, b) => tf.floorDiv(a, b),
  },
  {
    what: 'remainder of int32 by zero',
    inputs: [
      [7, 0, -3],
      [0, 0, 2],
    ],
    dtypes: ['int32', 'int32'],
    fn: (a, b) => tf.mod(a, b),
  },
  {
    what: 'a cast of odd numbers to int32',
    inputs: [[NaN, Infinity, -Infinity, -0, 2.9, -2.9]],
    fn: (x) => tf.cast(x, 'int32'),
  },
  {
    what: 'atan2 of axes and infinities',
    inputs: [
      [1, -1, 0, 0, Infinity, -Infinity, 2],
      [-0, -0, -0, -1, -Infinity, Infinity, 0],
    ],
    fn: (y, x) => tf.atan2(y, x),
  },
  {
    what: 'floorDiv of decimals, whose float32 quotients round up',
    inputs: [
      [7.4, 2, 7, -0.3],
      [0.1, 0.4, 0.1, 0.1],
    ],
    fn: (x, y) => tf.floorDiv(x, y),
  },
  {
    what: 'mod of a small negative number',
    inputs: [
      [-1e-10, 5.5, -5.5],
      [2, -2, 2],
    ],
    fn: (x, y) => tf.mod(x, y),
  },
  {
    what: 'powers of int32 that wrap',
    inputs: [
      [0, 10, 3, -2],
      [-1, 10, 4, 31],
    ],
    dtypes: ['int32', 'int32'],
    fn: (x, y) => tf.pow(x, y),
  },
  {
    what: 'powers of one',
    inputs: [
      [1, 1, 1, -1, -1, 2],
      [NaN, Infinity, -Infinity, Infinity, 2, NaN],
    ],
    fn: (x, y) => tf.pow(x, y),
  },
  { what: 'sigmoid far on the left', inputs: [[-20, -50, -17.9, -80]], fn: tf.sigmoid },
  { what: 'the logarithm of sigmoid', inputs: [[-20, -50]], fn: (x) => tf.log(tf.sigmoid(x)) },
  { what: 'acosh below 1', inputs: [[-1e4, -1e8, 0.5]], fn: tf.acosh },
  {
    what: 'a slice that starts before the first',
    inputs: [[1, 2, 3]],
    fn: (x) => tf.sum(tf.stridedSlice(x, [-10], [-20], [-1])),
  },
  {
    what: 'a segment sum of bool',
    inputs: [
      [1, 1, 1],
      [0, 0, 0],
    ],
    dtypes: ['bool', 'int32'],
    fn: (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 2),
  },
  {
    what: 'a segment sum of bool, segments known',
    inputs: [[1, 1, 1]],
    dtypes: ['bool'],
    fn: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 0, 0], 'int32'), 2),
  },
  { what: 'reciprocal of int32', inputs: [[2, 1]], dtypes: ['int32'], fn: tf.reciprocal },
  { what: 'sinh of int32', inputs: [[2, 3]], dtypes: ['int32'], fn: tf.sinh },
  {
    what: 'atan2 of int32',
    inputs: [
      [2, 3],
      [1, -1],
    ],
    dtypes: ['int32', 'int32'],
    fn: (y, x) => tf.atan2(y, x),
  },
  { what: 'a cast of the least int32', inputs: [[-2147483648, 2147483520]], fn: (x) => tf.cast(x, 'int32') },
  {
    what: 'a range that TF.js counts by its default step',
    inputs: [[1]],
    fn: (x) => tf.add(tf.sum(tf.range(5, 0.5)), x),
  },
  {
    what: 'a choice of int32 or float',
    inputs: [
      [1, 0],
      [3, 4],
      [0.5, 0.25],
    ],
    dtypes: ['bool', 'int32', 'float32'],
    fn: (c, a, b) => tf.where(c, a, b),
  },
  {
    what: 'a filling of int32 that is none',
    inputs: [[1]],
    dtypes: ['int32'],
    fn: (x) => tf.add(tf.fill([1], 2.7, 'int32'), x),
  },
  { what: 'sinh where exp overflows', inputs: [[89, -89, 0, 1e-9]], fn: tf.sinh },
  { what: 'cosh where exp overflows', inputs: [[89, -89, 0]], fn: tf.cosh },
  { what: 'acosh of a large number', inputs: [[1e20, 1]], fn: tf.acosh },
  { what: 'any of nothing', inputs: [[]], dtypes: ['bool'], shapes: [[0]], fn: (x) => tf.any(x) },
  { what: 'a reshape of nothing', inputs: [[]], shapes: [[2, 0]], fn: (x) => tf.reshape(x, [0, 5]) },
  { what: 'a new axis of nothing', inputs: [[]], shapes: [[2, 0]], fn: (x) => tf.expandDims(x, 1) },
  { what: 'a sum of nothing', inputs: [[]], shapes: [[2, 0]], fn: (x) => tf.sum(x, 1) },
  {
    what: 'a product of nothing',
    inputs: [[], [[1, 2]]],
    shapes: [
      [0, 1],
      [1, 2],
    ],
    fn: (a, b) => tf.matMul(a, b),
  },
  { what: 'exp of int32', inputs: [[1, 2]], dtypes: ['int32'], fn: tf.exp },
  { what: 'round of int32', inputs: [[1, 2]], dtypes: ['int32'], fn: tf.round },
  {
    what: 'addN of int32',
    inputs: [
      [1, 2],
      [3, 4],
    ],
    dtypes: ['int32', 'int32'],
    fn: (...xs) => tf.addN(xs),
  },
  {
    what: 'a transposed product of int32',
    inputs: [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    dtypes: ['int32'],
    fn: (x) => tf.matMul(x, x, true),
  },
  ...Object.entries({
    abs: tf.abs,
    neg: tf.neg,
    relu: tf.relu,
    elu: tf.elu,
    softplus: tf.softplus,
    sigmoid: tf.sigmoid,
    tanh: tf.tanh,
    square: tf.square,
    isNaN: tf.isNaN,
    isFinite: tf.isFinite,
    expm1: tf.expm1,
    asinh: tf.asinh,
  }).map(([name, fn]): Corner => ({ what: `${name} of odd numbers`, inputs: [odd], fn })),
  ...Object.entries({
    maximum: tf.maximum,
    minimum: tf.minimum,
    less: tf.less,
    equal: tf.equal,
    add: tf.add,
    mul: tf.mul,
  }).map(([name, fn]): Corner => ({ what: `${name} of odd numbers`, inputs: [odd, odd.toReversed()], fn })),
];

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe.each(corners.map((corner) => [corner.what, corner] as const))('%s', (_what, corner) => {
  it.each(['float32', 'float64'] as const)('is in %s what it is in TF.js', async (precision) => {
    const tensors = corner.inputs.map((values, i) =>
      tf.tensor(values, corner.shapes?.[i], corner.dtypes?.[i] ?? 'float32'),
    );
    const expected = corner.fn(...tensors);
    const signature = tensors.map(({ shape, dtype }): TensorSpec =>
      spec(shape, dtype as TensorSpec['dtype']),
    );
    const compiled = await compile((...xs: unknown[]) => corner.fn(...(xs as tf.Tensor[])), signature, {
      precision,
    });
    const arrays = tensors.map((t) => {
      const data = t.dataSync();
      const isWide = precision === 'float64' && data instanceof Float32Array;
      return { data: isWide ? Float64Array.from(data) : data, shape: t.shape };
    });
    const actual = await compiled.runArrays(...arrays);
    expect(actual.shape).toEqual(expected.shape);
    expect(compiled.outputs[0]!.spec.dtype).toBe(expected.dtype);
    const rounded = Array.from(actual.data, (x) => (Math.abs(x) > 3.5e38 ? Math.sign(x) * Infinity : x));
    expect(rounded.map((x) => Number(x.toPrecision(5)) + 0)).toEqual(
      Array.from(expected.dataSync(), (x) => Number(x.toPrecision(5)) + 0),
    );
    await compiled.dispose();
  });
});
