/** Reductions and scans along axes. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { axesOf, type Lowerings, type Unary } from './lowering.ts';
import { pad, reverse as reversed, slice } from './shapes.ts';

type Axes = { readonly axis: number | number[] | null; readonly keepDims?: boolean };
type Scan = { readonly axis: number; readonly exclusive?: boolean; readonly reverse?: boolean };

const reduction =
  (op: string) =>
  (g: Graph, { x }: Unary, { axis, keepDims }: Axes): Value =>
    reduce(g, op, x, axis, keepDims);

export const reductions: Lowerings = {
  Sum: (g, { x }: Unary, { axis, keepDims }: Axes) =>
    reduce(g, 'ReduceSum', x.type === 'bool' ? g.cast(x, 'int32') : x, axis, keepDims),
  Mean: (g, { x }: Unary, { axis, keepDims }: Axes) =>
    reduce(g, 'ReduceMean', g.cast(x, g.floatType), axis, keepDims),
  Prod: reduction('ReduceProd'),
  Min: (g, { x }: Unary, { axis, keepDims }: Axes) => extremum(g, 'ReduceMin', x, axis, keepDims),
  Max: (
    g,
    { x }: Unary,
    { reductionIndices, keepDims }: { reductionIndices: number | number[]; keepDims?: boolean },
  ) => extremum(g, 'ReduceMax', x, reductionIndices, keepDims),
  All: (g, { x }: Unary, { axis, keepDims }: Axes) =>
    g.elementwise('Not', [someOf(g, g.elementwise('Not', [g.cast(x, 'bool')]), axis, keepDims)]),
  Any: (g, { x }: Unary, { axis, keepDims }: Axes) => someOf(g, x, axis, keepDims),
  ArgMax: (g, { x }: Unary, { axis }: Axes) => argument(g, 'ArgMax', x, axis),
  ArgMin: (g, { x }: Unary, { axis }: Axes) => argument(g, 'ArgMin', x, axis),
  Cumsum: (g, { x }: Unary, { axis, exclusive, reverse }: Scan) => {
    const position = g.constant(BigInt64Array.of(BigInt(axesOf(axis, x.shape.length)[0]!)), 'int64', []);
    const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return g.emit('CumSum', [x, position], { type: x.type, shape: x.shape }, attributes);
  },
  Cumprod: (g, { x }: Unary, { axis, exclusive, reverse }: Scan) => {
    const [along = 0] = axesOf(axis, x.shape.length);
    const ordered = reverse ? reversed(g, x, [along]) : x;
    const products = cumulativeProducts(g, exclusive ? shifted(g, ordered, along, 1) : ordered, along);
    return reverse ? reversed(g, products, [along]) : products;
  },
};

/** Products of 1, 2, 4, … neighbours, each from two of half the length (Hillis and Steele). */
function cumulativeProducts(g: Graph, x: Value, axis: number): Value {
  let products = x;
  for (let reach = 1; reach < x.shape[axis]!; reach *= 2) {
    products = g.elementwise('Mul', [products, shifted(g, products, axis, reach)]);
  }
  return products;
}

/** `x` moved towards the end by `steps`, ones before it. */
function shifted(g: Graph, x: Value, axis: number, steps: number): Value {
  const starts = x.shape.map(() => 0);
  const kept = slice(g, x, starts, x.shape.with(axis, Math.max(0, x.shape[axis]! - steps)));
  const widths = x.shape.map((_, i) => (i === axis ? ([steps, 0] as const) : ([0, 0] as const)));
  return pad(g, kept, widths, 1);
}

/** Whether any is true: a count, which is right of none at all. */
function someOf(g: Graph, x: Value, axis: Axes['axis'], keepDims?: boolean): Value {
  const count = reduce(g, 'ReduceSum', g.cast(g.cast(x, 'bool'), 'int32'), axis, keepDims);
  return g.elementwise('Greater', [count, g.int32(0)], 'bool');
}

/** ONNX Runtime keeps a NaN only where it comes first; TF.js keeps all. */
function extremum(g: Graph, op: string, x: Value, axis: Axes['axis'], keepDims?: boolean): Value {
  const numbers = x.type === 'bool' ? g.cast(x, 'int32') : x;
  const found = reduce(g, op, numbers, axis, keepDims);
  if (found.type === 'int32' || found === numbers) return g.cast(found, x.type);
  const hasNaN = someOf(g, g.elementwise('IsNaN', [x], 'bool'), axis, keepDims);
  return g.elementwise('Where', [hasNaN, g.float(NaN), found], x.type);
}

/** A reduction over `axis`; over none it is the identity. */
export function reduce(
  g: Graph,
  op: string,
  x: Value,
  axis: number | readonly number[] | null | undefined,
  keepDims = false,
): Value {
  const axes = axesOf(axis, x.shape.length);
  if (axes.length === 0) return x;
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  if (x.transposeOf !== undefined) {
    const { source, perm } = x.transposeOf;
    const stored = axes.map((i) => perm[i]!);
    return g.reshape(g.transpose(reduce(g, op, source, stored, true), perm), shape);
  }
  return g.emit(op, [x, g.int64s(axes)], { type: x.type, shape }, { keepdims: keepDims ? 1 : 0 });
}

function argument(g: Graph, op: string, x: Value, axis: Axes['axis']): Value {
  const [along = 0] = axesOf(axis, x.shape.length);
  const shape = x.shape.filter((_, i) => i !== along);
  return g.cast(g.emit(op, [x], { type: 'int64', shape }, { axis: along, keepdims: 0 }), 'int32');
}
