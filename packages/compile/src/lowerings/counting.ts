/** Counting, searching and sparse tensors; shapes must not depend on values. */
import { UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeOf, type Value } from '../graph/value.ts';
import { gather, scatterAdd, segmentSum } from './indexing.ts';
import type { Lowerings } from './lowering.ts';
import { reduce } from './reductions.ts';

type Count = { readonly x: Value; readonly weights: Value };
type Segments = { readonly data: Value; readonly indices: Value; readonly segmentIds: Value };

export const counting: Lowerings = {
  Bincount: (g, { x, weights }: Count, { size }: { size: number }) => count(g, x, weights, size),
  DenseBincount: (
    g,
    { x, weights }: Count,
    { size, binaryOutput }: { size: number; binaryOutput: boolean },
  ) => {
    if (x.shape.length === 1) return count(g, x, weights, size);
    return countRows(g, x, weights, { size, isBinary: binaryOutput });
  },
  /** How many elements of a sorted row are below a value (or equal to it, on the right): all are compared. */
  SearchSorted: (
    g,
    { sortedSequence, values }: { sortedSequence: Value; values: Value },
    { side }: { side: 'left' | 'right' },
  ) => {
    const [rows = 0, length = 0] = sortedSequence.shape;
    const sorted = g.reshape(sortedSequence, [rows, 1, length]);
    const wanted = g.reshape(values, [...values.shape, 1]);
    const isBelow = g.elementwise(side === 'left' ? 'Less' : 'LessOrEqual', [sorted, wanted], 'bool');
    return reduce(g, 'ReduceSum', g.cast(isBelow, 'int32'), 2);
  },
  SparseSegmentSum: (g, inputs: Segments) => segments(g, 'SparseSegmentSum', inputs).sums,
  SparseSegmentMean: (g, inputs: Segments) => {
    const { sums, sizes } = segments(g, 'SparseSegmentMean', inputs);
    const divisors = sizes.map((size) => Math.max(1, size));
    const data = sums.type === 'double' ? Float64Array.from(divisors) : Float32Array.from(divisors);
    const shape = sums.shape.map((_, axis) => (axis === 0 ? divisors.length : 1));
    return g.elementwise('Div', [sums, g.constant(data, sums.type, shape)]);
  },
  SparseToDense: (
    g,
    {
      sparseIndices,
      sparseValues,
      defaultValue,
    }: { sparseIndices: Value; sparseValues: Value; defaultValue: Value },
    { outputShape }: { outputShape: number[] },
  ) => {
    const [entries = 1] = sparseIndices.shape;
    const depth = sparseIndices.shape.length === 2 ? sparseIndices.shape[1]! : 1;
    const indices = g.reshape(sparseIndices, [sparseIndices.shape.length === 0 ? 1 : entries, depth]);
    const values = g.broadcast(sparseValues, [indices.shape[0]!, ...outputShape.slice(depth)]);
    return scatterUpdate(g, g.broadcast(defaultValue, outputShape), indices, values);
  },
  TensorScatterUpdate: (g, { tensor, indices, updates }: { tensor: Value; indices: Value; updates: Value }) =>
    scatterUpdate(g, tensor, indices, updates),
};

/** Without `add`, so that it does not race unless indices are duplicate, where TF.js too gives any of the updates. */
function scatterUpdate(g: Graph, x: Value, indices: Value, updates: Value): Value {
  return g.emit('ScatterND', [x, g.cast(indices, 'int64'), updates], { type: x.type, shape: x.shape });
}

/** The sum of the weights of each number below `size`; no weights are ones. */
function count(g: Graph, x: Value, weights: Value, size: number): Value {
  const entries = sizeOf(x.shape);
  return g.reshape(
    scatterAdd(g, weightsOf(g, weights, x.shape, [entries, 1]), g.reshape(x, [entries]), size),
    [size],
  );
}

function countRows(
  g: Graph,
  x: Value,
  weights: Value,
  { size, isBinary }: { readonly size: number; readonly isBinary: boolean },
): Value {
  const classes = g.constant(
    Int32Array.from({ length: size }, (_, i) => i),
    'int32',
    [size],
  );
  const isIt = g.elementwise('Equal', [g.reshape(x, [...x.shape, 1]), classes], 'bool');
  const zero = g.scalarLike(weights, 0);
  if (isBinary) {
    const found = reduce(g, 'ReduceMax', g.cast(isIt, 'int32'), 1);
    return g.cast(found, weights.type);
  }
  const each = weightsOf(g, weights, x.shape, [...x.shape, 1]);
  return reduce(g, 'ReduceSum', g.where(isIt, each, zero), 1);
}

function weightsOf(g: Graph, weights: Value, shape: readonly number[], as: readonly number[]): Value {
  const given = sizeOf(weights.shape) === 0 ? g.broadcast(g.scalarLike(weights, 1), shape) : weights;
  return g.reshape(given, as);
}

/** Sums of gathered rows; the number of segments must be known, so the segments must be. */
function segments(g: Graph, kernel: string, { data, indices, segmentIds }: Segments) {
  const ids = segmentIds.constant;
  if (!(ids instanceof Int32Array)) {
    throw new UnsupportedOpError(
      kernel,
      `compile: ${kernel} needs segment ids that are known while tracing, as they decide the shape; got an input. ` +
        'Use tf.unsortedSegmentSum with a number of segments.',
    );
  }
  const total = ids.length === 0 ? 0 : ids.at(-1)! + 1;
  const sizes = Array.from({ length: total }, (_, segment) => ids.filter((id) => id === segment).length);
  const picked = gather(g, data, indices, 0);
  const rows = g.reshape(picked, [ids.length, sizeOf(data.shape.slice(1))]);
  return { sums: g.reshape(segmentSum(g, rows, ids, total), [total, ...data.shape.slice(1)]), sizes };
}
