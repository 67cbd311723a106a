/**
 * Gathers, scatters and segment sums. What is gathered is looked for: negative indices count from the end, where eager TF.js
 * throws, and others out of range fail when the graph runs. Rows scattered out of range are dropped. Never `ScatterND` with
 * `add`: it races on several threads.
 */
import { DtypeError, ShapeError, UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { isSameShape, shapeText, sizeOf, type Value } from '../graph/value.ts';
import { axesOf, type Lowerings } from './lowering.ts';
import { planSegments } from './segments.ts';
import { reduce } from './reductions.ts';
import { concat } from './shapes.ts';

export const indexing: Lowerings = {
  GatherV2: (
    g,
    { x, indices }: { x: Value; indices: Value },
    { axis, batchDims = 0 }: { axis: number; batchDims?: number },
  ) => {
    const [at = 0] = axesOf(axis, x.shape.length);
    return batchDims === 0 ? gather(g, x, indices, at) : batchGather(g, x, indices, at, batchDims);
  },
  GatherNd: (g, { params, indices }: { params: Value; indices: Value }) => {
    const depth = indices.shape.at(-1)!;
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
    return g.emit('GatherND', [params, g.cast(indices, 'int64')], { type: params.type, shape });
  },
  ScatterNd: (
    g,
    { indices, updates }: { indices: Value; updates: Value },
    { shape }: { shape: number[] },
  ) => {
    if (updates.type === 'bool') {
      throw new DtypeError('compile: scatterND must not sum bool updates. Cast them with tf.cast first.');
    }
    const depth = indices.shape.at(-1)!;
    const strides = Int32Array.from({ length: depth }, (_, i) => sizeOf(shape.slice(i + 1, depth)));
    const weighted = g.elementwise('Mul', [indices, g.constant(strides, 'int32', [depth])]);
    const flat = reduce(g, 'ReduceSum', weighted, indices.shape.length - 1);
    const rows = g.reshape(flat, [sizeOf(flat.shape)]);
    const values = g.reshape(updates, [rows.shape[0]!, sizeOf(shape.slice(depth))]);
    return g.reshape(scatterAdd(g, values, rows, sizeOf(shape.slice(0, depth))), shape);
  },
  UnsortedSegmentSum: (
    g,
    { x, segmentIds }: { x: Value; segmentIds: Value },
    { numSegments }: { numSegments: number },
  ) => {
    if (!isSameShape(x.shape.slice(0, segmentIds.shape.length), segmentIds.shape)) {
      throw new ShapeError(
        `compile: unsortedSegmentSum must have one segment id for each row; got ${shapeText(segmentIds.shape)} ` +
          `for ${shapeText(x.shape)}.`,
      );
    }
    const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
    const rows = g.reshape(segmentIds, [sizeOf(segmentIds.shape)]);
    const values = g.reshape(g.cast(x, g.floatType), [rows.shape[0]!, sizeOf(shape.slice(1))]);
    const ids = segmentIds.constant instanceof Int32Array ? segmentIds.constant : null;
    const sums =
      ids === null ? scatterAdd(g, values, rows, numSegments) : segmentSum(g, values, ids, numSegments);
    return g.reshape(sums, shape);
  },
  TopK: (g, { x }: { x: Value }, { k, sorted }: { k: number; sorted: boolean }) => {
    const shape = x.shape.with(x.shape.length - 1, k);
    const [values, positions] = g.emitMany(
      'TopK',
      [x, g.int64s([k])],
      [
        { type: x.type, shape },
        { type: 'int64', shape },
      ],
      { axis: -1, sorted: sorted ? 1 : 0 },
    );
    return [values!, g.cast(positions!, 'int32')];
  },
};

export function gather(g: Graph, x: Value, indices: Value, axis: number): Value {
  assertInside(indices, x.shape[axis]!);
  if (sizeOf(x.shape) === x.shape[axis]) return gatherScalars(g, x, indices, axis);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const value = g.emit('Gather', [x, indices], { type: x.type, shape }, { axis });
  const rows = indices.constant;
  if (axis !== 0 || indices.shape.length !== 1 || !(rows instanceof Int32Array)) return value;
  return { ...value, rowsOf: { source: x, rows } };
}

/** Indices that are known while tracing are looked at there. */
function assertInside({ constant }: Value, length: number): void {
  if (!(constant instanceof Int32Array)) return;
  const wrong = constant.find((index) => index >= length || index < -length);
  if (wrong === undefined) return;
  throw new RangeError(
    `compile: indices of a gather must be from ${-length} to ${length - 1}; got ${wrong}.`,
  );
}

/** Through more operators than this, and of fewer numbers, rows are not gathered early: each operator is one for each bucket then. */
const EARLY = { operators: 4, size: 2 ** 16 };

/** Rows to take, listed while tracing, and what was taken of each value so far. */
type Taking = { readonly rows: Int32Array; readonly taken: Map<string, Value> };

/** Rows of a matrix; see {@link Passes.earlyGathers}. What several operators share is taken once. */
function takeRows(g: Graph, x: Value, taking: Taking): Value {
  const known = taking.taken.get(x.name);
  if (known !== undefined) return known;
  const value = takeFresh(g, x, taking);
  taking.taken.set(x.name, value);
  return value;
}

function takeFresh(g: Graph, x: Value, taking: Taking): Value {
  const { rows } = taking;
  const { rowsOf, elementwiseOf } = x;
  const isEarly = g.passes.earlyGathers && sizeOf(x.shape) >= EARLY.size;
  if (isEarly && rowsOf !== undefined) {
    const composed = rows.map((row) => rowsOf.rows[row]!);
    return gather(g, rowsOf.source, g.constant(composed, 'int32', [rows.length]), 0);
  }
  if (isEarly && elementwiseOf !== undefined && elementwiseOf.operators <= EARLY.operators) {
    const { op, inputs, attributes } = elementwiseOf;
    const hasRows = ({ shape }: Value): boolean => shape.length === 2 && shape[0] === x.shape[0];
    const taken = inputs.map((input) => (hasRows(input) ? takeRows(g, input, taking) : input));
    return g.elementwise(op, taken, x.type, attributes);
  }
  return gather(g, x, g.constant(rows, 'int32', [rows.length]), 0);
}

/** Single numbers from what is really a vector: `Gather` copies each with a call of its own, `GatherElements` does not. */
function gatherScalars(g: Graph, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const count = sizeOf(indices.shape);
  const lined = g.reshape(indices, x.shape.with(axis, count));
  const picked = g.emit('GatherElements', [x, lined], { type: x.type, shape: lined.shape }, { axis });
  return g.reshape(picked, shape);
}

/** Gathers along `axis` in each batch. */
function batchGather(g: Graph, x: Value, indices: Value, axis: number, batchDims: number): Value {
  if (axis !== batchDims) {
    throw new UnsupportedOpError(
      'GatherV2',
      `compile: gather with batchDims must gather along axis ${batchDims}, the first after them; got axis ${axis}. ` +
        'Transpose first.',
    );
  }
  const positions = g.cast(g.reshape(indices, [...indices.shape, 1]), 'int64');
  const shape = [...indices.shape, ...x.shape.slice(axis + 1)];
  return g.emit('GatherND', [x, positions], { type: x.type, shape }, { batch_dims: batchDims });
}

/** Sums of the rows of `values` by row number; rows outside of 0 … count − 1 are dropped, as in TF.js. */
export function scatterAdd(g: Graph, values: Value, rows: Value, count: number): Value {
  const { type } = values;
  const [, width = 1] = values.shape;
  const zero = g.int32(0);
  const isOutside = g.elementwise(
    'Or',
    [
      g.elementwise('Less', [rows, zero], 'bool'),
      g.elementwise('GreaterOrEqual', [rows, g.int32(count)], 'bool'),
    ],
    'bool',
  );
  const kept = g.elementwise('Where', [isOutside, g.int32(count), rows], 'int32');
  const column = g.reshape(g.cast(kept, 'int64'), [rows.shape[0]!, 1]);
  const positions = g.emit('Expand', [column, g.int64s([rows.shape[0]!, width])], {
    type: 'int64',
    shape: [rows.shape[0]!, width],
  });
  const start = g.broadcast(g.scalarLike(values, 0), [count + 1, width]);
  const sums = g.emit(
    'ScatterElements',
    [start, positions, values],
    { type, shape: [count + 1, width] },
    { axis: 0, reduction: 'add' },
  );
  const bounds = [g.int64s([0]), g.int64s([count]), g.int64s([0])];
  return g.emit('Slice', [sums, ...bounds], { type, shape: [count, width] });
}

/** The same for row numbers known while tracing: gathers of equal length and sums, many times faster. */
export function segmentSum(g: Graph, values: Value, ids: Int32Array, count: number): Value {
  const [, width = 1] = values.shape;
  const { buckets, order, hasPadding } = planSegments(ids, count);
  const zeroRow = g.broadcast(g.scalarLike(values, 0), [1, width]);
  const source = hasPadding ? concat(g, [values, zeroRow], 0) : values;
  const sums = buckets.map(({ degree, segments, rows }) => {
    if (degree === 0) return g.broadcast(g.scalarLike(values, 0), [segments, width]);
    const picked = g.reshape(takeRows(g, source, { rows, taken: new Map() }), [segments, degree, width]);
    return degree === 1 ? g.reshape(picked, [segments, width]) : reduce(g, 'ReduceSum', picked, 1);
  });
  if (sums.length === 0) return g.broadcast(g.scalarLike(values, 0), [count, width]);
  const stacked = concat(g, sums, 0);
  return order === null ? stacked : gather(g, stacked, g.constant(order, 'int32', [count]), 0);
}
