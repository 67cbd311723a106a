/** Tensors made from attributes. */
import type { Graph } from '../graph/graph.ts';
import { sizeOf, type Value } from '../graph/value.ts';
import { type Lowerings, typeOf, type Unary } from './lowering.ts';
import { pad } from './shapes.ts';

export const creation: Lowerings = {
  Fill: (g, _inputs, { shape, value, dtype }: { shape: number[]; value: number; dtype?: string }) =>
    g.broadcast(scalar(g, value, dtype ?? 'float32'), shape),
  ZerosLike: (g, { x }: Unary) => g.broadcast(g.scalarLike(x, 0), x.shape),
  OnesLike: (g, { x }: Unary) => g.broadcast(g.scalarLike(x, 1), x.shape),
  Range: (
    g,
    _inputs,
    { start, stop, step, dtype }: { start: number; stop: number; step: number; dtype: string },
  ) => {
    // TF.js turns its default step of 1 round where that leads nowhere, after it has counted by it.
    const leadsNowhere = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
    const length = leadsNowhere ? 0 : Math.abs(Math.ceil((stop - start) / step));
    const stride = stop < start && step === 1 ? -1 : step;
    return vector(
      g,
      Array.from({ length }, (_, i) => start + i * stride),
      dtype,
    );
  },
  LinSpace: (g, _inputs, { start, stop, num }: { start: number; stop: number; num: number }) => {
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return vector(
      g,
      Array.from({ length: num }, (_, i) => start + i * step),
      'float32',
    );
  },
  OneHot: (
    g,
    { indices }: { indices: Value },
    { depth, onValue, offValue, dtype }: { depth: number; onValue: number; offValue: number; dtype?: string },
  ) => {
    const classes = g.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      'int32',
      [depth],
    );
    const isHot = g.elementwise('Equal', [g.reshape(indices, [...indices.shape, 1]), classes], 'bool');
    const on = scalar(g, onValue, dtype ?? 'float32');
    if (on.type === 'bool') return onValue === 0 ? g.elementwise('Not', [isHot]) : isHot;
    return g.elementwise('Where', [isHot, on, scalar(g, offValue, dtype ?? 'float32')], on.type);
  },
  Diag: (g, { x }: Unary) => {
    const size = sizeOf(x.shape);
    const eye = Uint8Array.from({ length: size ** 2 }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    const isDiagonal = g.constant(eye, 'bool', [size, size]);
    const row = g.reshape(x, [1, size]);
    const matrix =
      x.type === 'bool'
        ? g.elementwise('And', [isDiagonal, row])
        : g.where(isDiagonal, row, g.scalarLike(x, 0));
    return g.reshape(matrix, [...x.shape, ...x.shape]);
  },
  /** The shape of two shapes together, given as tensors. */
  BroadcastArgs: (g, { s0, s1 }: { s0: Value; s1: Value }) => {
    const rank = Math.max(sizeOf(s0.shape), sizeOf(s1.shape));
    const [a, b] = [s0, s1].map((s) => pad(g, s, [[rank - sizeOf(s.shape), 0]], 1)) as [Value, Value];
    const isOne = g.elementwise('Equal', [a, g.int32(1)], 'bool');
    return g.where(isOne, b, a);
  },
};

function scalar(g: Graph, value: number, dtype: string): Value {
  const type = typeOf(g, dtype);
  if (type === 'int32') return g.int32(Math.trunc(value));
  return type === 'bool' ? g.constant(Uint8Array.of(value === 0 ? 0 : 1), 'bool', []) : g.float(value);
}

function vector(g: Graph, values: readonly number[], dtype: string): Value {
  if (dtype === 'int32') return g.constant(Int32Array.from(values), 'int32', [values.length]);
  const data = g.floatType === 'double' ? Float64Array.from(values) : Float32Array.from(values);
  return g.constant(data, g.floatType, [values.length]);
}
