/** Kernels that move values without computing: shapes, slices, joins. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inverse } from '../graph/permutation.ts';
import { isSameShape, shapeText, type Value } from '../graph/value.ts';
import { reshapeRagged } from '../trace/ragged.ts';
import { axesOf, type Lowerings, type Unary } from './lowering.ts';

type Many = Readonly<Record<string, Value>>;

/** An end before every index, for slices that run backwards to the first element. */
const BEFORE_FIRST = -(2 ** 31);

export const shapes: Lowerings = {
  Reshape: (g, { x }: Unary, { shape }: { shape: number[] }) =>
    reshapeRagged(g, x, tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape([...x.shape]))),
  ExpandDims: (g, { input }: { input: Value }, { dim }: { dim: number }) => {
    const at = dim < 0 ? dim + input.shape.length + 1 : dim;
    return g.reshape(input, input.shape.toSpliced(at, 0, 1));
  },
  Transpose: (g, { x }: Unary, { perm }: { perm: number[] }) => g.transpose(x, perm),
  Slice: (g, { x }: Unary, { begin, size }: { begin: number | number[]; size: number | number[] }) => {
    const like = { shape: [...x.shape] } as unknown as tf.TensorInfo;
    const [starts = [], sizes = []] = tf.slice_util.parseSliceParams(like, begin, size);
    if (starts.some((start, i) => start < 0 || start + sizes[i]! > x.shape[i]!)) {
      throw new ShapeError(
        `compile: a slice must lie inside of its tensor; got [${starts.join(', ')}] and ${sizes.join(' × ')} of ${shapeText(x.shape)}.`,
      );
    }
    return slice(
      g,
      x,
      starts,
      starts.map((start, i) => start + sizes[i]!),
    );
  },
  StridedSlice: (g, { x }: Unary, attributes: StridedSliceAttributes) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    const ends = info.end.map((at, i) => (info.strides[i]! < 0 && at < 0 ? BEFORE_FIRST : at));
    return g.reshape(slice(g, x, info.begin, ends, info.strides), info.finalShape);
  },
  Reverse: (g, { x }: Unary, { dims }: { dims: number | number[] }) =>
    reverse(g, x, axesOf(dims, x.shape.length)),
  Concat: (g, inputs: Many, { axis }: { axis: number }) => concat(g, Object.values(inputs), axis),
  Pack: (g, inputs: Many, { axis }: { axis: number }) => {
    const at = axis < 0 ? axis + Object.values(inputs)[0]!.shape.length + 1 : axis;
    return concat(
      g,
      Object.values(inputs).map((x) => g.reshape(x, x.shape.toSpliced(at, 0, 1))),
      at,
    );
  },
  Unpack: (g, { value }: { value: Value }, { axis }: { axis: number }) => {
    const [at = 0] = axesOf(axis, value.shape.length);
    const pieces = split(
      g,
      value,
      at,
      Array.from({ length: value.shape[at]! }, () => 1),
    );
    return pieces.map((piece) => g.reshape(piece, value.shape.toSpliced(at, 1)));
  },
  SplitV: (
    g,
    { x }: Unary,
    { numOrSizeSplits, axis }: { numOrSizeSplits: number | number[]; axis: number },
  ) => {
    const [at = 0] = axesOf(axis, x.shape.length);
    const like = { shape: [...x.shape] } as unknown as tf.Tensor;
    return split(g, x, at, tf.backend_util.prepareSplitSize(like, numOrSizeSplits, at));
  },
  PadV2: (
    g,
    { x }: Unary,
    { paddings, constantValue }: { paddings: [number, number][]; constantValue: number },
  ) => pad(g, x, paddings, constantValue),
  MirrorPad: (
    g,
    { x }: Unary,
    { paddings, mode }: { paddings: [number, number][]; mode: 'reflect' | 'symmetric' },
  ) => paddings.reduce((padded, pads, axis) => mirror(g, padded, axis, pads, mode), x),
  Tile: (g, { x }: Unary, { reps }: { reps: number[] }) => {
    const shape = x.shape.map((length, i) => length * reps[i]!);
    if (x.shape.every((length, i) => length === 1 || reps[i] === 1)) return g.broadcast(x, shape);
    return g.emit('Tile', [x, g.int64s(reps)], { type: x.type, shape });
  },
};

type StridedSliceAttributes = {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
};

export function slice(
  g: Graph,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  strides: readonly number[] = starts.map(() => 1),
): Value {
  const lengths = starts.map((start, i) => {
    const end = ends[i] === BEFORE_FIRST ? -1 : ends[i]!;
    return Math.max(0, Math.ceil((end - start) / strides[i]!));
  });
  const axes = lengths.map((_, i) => i).filter((i) => lengths[i] !== x.shape[i] || strides[i] !== 1);
  if (axes.length === 0) return x;
  // A start before the first element, which TF.js uses for nothing, would count from the end.
  if (lengths.includes(0)) return g.broadcast(g.scalarLike(x, 0), lengths);
  const at = (values: readonly number[]) => g.int64s(axes.map((i) => values[i]!));
  return g.asStored(x, (stored, storedAxis) => {
    const shape = axes.reduce((cut, i) => cut.with(storedAxis(i), lengths[i]!), [...stored.shape]);
    const along = g.int64s(axes.map(storedAxis));
    return g.emit('Slice', [stored, at(starts), at(ends), along, at(strides)], { type: x.type, shape });
  });
}

export function reverse(g: Graph, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  const all = (value: number) => g.int64s(axes.map(() => value));
  return g.asStored(x, (stored, storedAxis) => {
    const along = g.int64s(axes.map(storedAxis));
    const { type, shape } = stored;
    return g.emit('Slice', [stored, all(-1), all(BEFORE_FIRST), along, all(-1)], { type, shape });
  });
}

/** `x` with `[before, after]` elements of one value around it along each axis. */
export function pad(
  g: Graph,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  filling: number,
): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  return g.asStored(x, (stored, storedAxis) => {
    const widths = paddings.map(() => [0, 0] as readonly [number, number]);
    paddings.forEach((width, axis) => (widths[storedAxis(axis)] = width));
    const pads = g.int64s([...widths.map(([before]) => before), ...widths.map(([, after]) => after)]);
    const shape = stored.shape.map((length, i) => length + widths[i]![0] + widths[i]![1]);
    return g.emit('Pad', [stored, pads, g.scalarLike(x, filling)], { type: x.type, shape });
  });
}

/** The parts end to end; they are stored like the first of them that is stored in another order of axes. */
export function concat(g: Graph, parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const [at = 0] = axesOf(axis, first!.shape.length);
  const other = parts.find(({ shape }) => !isSameShape(shape.with(at, 0), first!.shape.with(at, 0)));
  if (other !== undefined) {
    throw new ShapeError(
      `compile: what is joined along axis ${at} must have equal lengths along the others; ` +
        `got ${shapeText(first!.shape)} and ${shapeText(other.shape)}.`,
    );
  }
  const perm = parts.find((x) => x.transposeOf !== undefined)?.transposeOf?.perm;
  const stored = perm === undefined ? parts : parts.map((x) => g.transpose(x, inverse(perm)));
  const along = perm === undefined ? at : perm[at]!;
  const length = stored.reduce((sum, { shape }) => sum + shape[along]!, 0);
  const shape = stored[0]!.shape.with(along, length);
  const joined = g.emit('Concat', stored, { type: first!.type, shape }, { axis: along });
  return perm === undefined ? joined : g.transpose(joined, perm);
}

function split(g: Graph, x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  if (sizes.length === 1) return [x];
  const outputs = sizes.map((size) => ({ type: x.type, shape: x.shape.with(axis, size) }));
  return g.emitMany('Split', [x, g.int64s(sizes)], outputs, { axis });
}

/** `reflect` leaves the border out of the image, `symmetric` repeats it. */
function mirror(g: Graph, x: Value, axis: number, [before, after]: [number, number], mode: string): Value {
  if (before === 0 && after === 0) return x;
  const length = x.shape[axis]!;
  const skip = mode === 'reflect' ? 1 : 0;
  const indices = Array.from({ length: before + length + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - 1 + skip;
    return at < length ? at : 2 * length - at - 1 - skip;
  });
  const positions = g.constant(Int32Array.from(indices), 'int32', [indices.length]);
  return g.emit(
    'Gather',
    [x, positions],
    { type: x.type, shape: x.shape.with(axis, indices.length) },
    { axis },
  );
}
