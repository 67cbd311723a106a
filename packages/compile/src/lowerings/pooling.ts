/** Pooling and its gradients. Filling never counts: it is −∞ under a maximum and left out of a mean. */
import * as tf from '@tensorflow/tfjs';
import { UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { channelsFirst, channelsLast, permute } from '../graph/permutation.ts';
import { sizeOf, type Value } from '../graph/value.ts';
import { scatterAdd } from './indexing.ts';
import type { Lowerings, Unary } from './lowering.ts';
import {
  addViews,
  fillingAfter,
  places,
  type Rounding,
  type Shape4D,
  type Shape5D,
  views,
  type Windows,
  windows2d,
  windows3d,
  backFromReach,
  withinReach,
} from './windows.ts';

type Attributes = {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: Rounding;
};
type Attributes3D = {
  readonly filterSize: number | [number, number, number];
  readonly strides: number | [number, number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: Rounding;
};
type Slope = { readonly dy: Value; readonly input: Value };

export const pooling: Lowerings = {
  MaxPool: (g, { x }: Unary, attributes: Attributes) => maxPool(g, x, planar(x.shape, attributes)),
  MaxPoolGrad: (g, { dy, input }: Slope, attributes: Attributes) =>
    maxPoolGradient(g, dy, input, planar(input.shape, attributes)),
  MaxPool3D: (g, { x }: Unary, attributes: Attributes3D) =>
    withinReach(g, x, spatial(x.shape, attributes), (seen, windows) => maxPool(g, seen, windows)),
  MaxPool3DGrad: (g, { dy, input }: Slope, attributes: Attributes3D) =>
    maxPoolGradient(g, dy, input, spatial(input.shape, attributes)),
  MaxPoolWithArgmax: (
    g,
    { x }: Unary,
    { includeBatchInIndex, ...attributes }: Attributes & { readonly includeBatchInIndex: boolean },
  ) => {
    const windows = planar(x.shape, attributes);
    const positions = positionsInTfjs(g, positionsOf(g, x, windows), x.shape, includeBatchInIndex);
    return [maxPool(g, x, windows), g.cast(positions, 'int32')];
  },
  AvgPool: (g, { x }: Unary, attributes: Attributes) => meanPool(g, x, planar(x.shape, attributes)),
  AvgPoolGrad: (g, { dy, input }: Slope, attributes: Attributes) =>
    meanPoolGradient(g, dy, planar(input.shape, attributes)),
  AvgPool3D: (g, { x }: Unary, attributes: Attributes3D) =>
    withinReach(g, x, spatial(x.shape, attributes), (seen, windows) => meanPool(g, seen, windows)),
  AvgPool3DGrad: (g, { dy, input }: Slope, attributes: Attributes3D) =>
    backFromReach(g, spatial(input.shape, attributes), (windows) => meanPoolGradient(g, dy, windows)),
};

function maxPool(g: Graph, x: Value, windows: Windows): Value {
  const image = stored(g, x);
  const pooled = g.emit('MaxPool', [image], pooledOf(image, windows), onnxAttributes(windows));
  return g.cast(g.transpose(pooled, channelsLast(x.shape.length)), x.type);
}

/** Where each maximum was found first: int64 positions in the flattened image as it is stored, channels first. */
function positionsOf(g: Graph, x: Value, windows: Windows): Value {
  const image = stored(g, x);
  const pooled = pooledOf(image, windows);
  // An output of its own: not every provider can tell positions.
  const [, positions] = g.emitMany(
    'MaxPool',
    [image],
    [pooled, { ...pooled, type: 'int64' }],
    onnxAttributes(windows),
  );
  return positions!;
}

function stored(g: Graph, x: Value): Value {
  return g.transpose(g.cast(x, g.floatType), channelsFirst(x.shape.length));
}

function pooledOf({ type, shape }: Value, { output }: Windows) {
  return { type, shape: [shape[0]!, shape[1]!, ...output] };
}

function maxPoolGradient(g: Graph, dy: Value, input: Value, all: Windows): Value {
  return backFromReach(g, all, (windows) =>
    withinReach(g, input, all, (seen) => {
      const positions = positionsOf(g, seen, windows);
      const rank = seen.shape.length;
      const slopes = g.transpose(dy, channelsFirst(rank));
      const shape = permute(seen.shape, channelsFirst(rank));
      const count = sizeOf(slopes.shape);
      const rows = g.cast(g.reshape(positions, [count]), 'int32');
      const sums = scatterAdd(g, g.reshape(slopes, [count, 1]), rows, sizeOf(shape));
      return g.transpose(g.reshape(sums, shape), channelsLast(rank));
    }),
  );
}

/** From positions in `[batch, channels, height, width]` to positions in `[(batch,) height, width, channels]`. */
function positionsInTfjs(g: Graph, positions: Value, shape: readonly number[], hasBatch: boolean): Value {
  const [, height = 0, width = 0, channels = 0] = shape;
  const plane = g.int64s([height * width]);
  const depth = g.int64s([channels]);
  const rest = g.elementwise('Div', [positions, plane]);
  const channel = g.elementwise('Mod', [rest, depth]);
  const pixel = g.elementwise('Mod', [positions, plane]);
  const inImage = g.elementwise('Add', [g.elementwise('Mul', [pixel, depth]), channel]);
  const size = g.int64s([height * width * channels]);
  const before = g.elementwise('Mul', [g.elementwise('Div', [rest, depth]), size]);
  const inBatch = hasBatch ? g.elementwise('Add', [inImage, before]) : inImage;
  return g.transpose(inBatch, channelsLast(4));
}

function meanPool(g: Graph, x: Value, windows: Windows): Value {
  const rank = x.shape.length;
  const floats = g.cast(x, g.floatType);
  if (g.floatType === 'double') {
    const sum = views(g, floats, windows, 0).reduce((all, view) => g.elementwise('Add', [all, view]));
    return g.elementwise('Div', [sum, counts(g, windows)]);
  }
  const image = g.transpose(floats, channelsFirst(rank));
  const shape = [image.shape[0]!, image.shape[1]!, ...windows.output];
  const { dilations: _none, ...attributes } = onnxAttributes(windows);
  const pooled = g.emit('AveragePool', [image], { type: g.floatType, shape }, attributes);
  return g.transpose(pooled, channelsLast(rank));
}

function meanPoolGradient(g: Graph, dy: Value, windows: Windows): Value {
  const share = g.elementwise('Div', [dy, counts(g, windows)]);
  return addViews(
    g,
    places(windows).map(() => share),
    windows,
  );
}

/** Elements of the image in each window, `[1, ...output, 1]`. */
function counts(g: Graph, { input, output, kernel, strides, dilations, before }: Windows): Value {
  const along = output.map((length, axis) =>
    Array.from({ length }, (_, i) => {
      const start = i * strides[axis]! - before[axis]!;
      const inside = (k: number): boolean => {
        const at = start + k * dilations[axis]!;
        return at >= 0 && at < input[axis]!;
      };
      return Array.from({ length: kernel[axis]! }, (_k, k) => k).filter(inside).length;
    }),
  );
  const products = along.reduce<number[]>(
    (all, counted) => all.flatMap((a) => counted.map((b) => a * b)),
    [1],
  );
  const data = g.floatType === 'double' ? Float64Array.from(products) : Float32Array.from(products);
  return g.constant(data, g.floatType, [1, ...output, 1]);
}

function onnxAttributes(windows: Windows) {
  const { kernel, strides, dilations, before } = windows;
  const after = fillingAfter(windows);
  if ([...before, ...after].some((filling, i) => filling >= kernel[i % kernel.length]!)) {
    throw new UnsupportedOpError(
      'Pool',
      `compile: the filling of a pooling must be less than its window; got ${before.join(' × ')} before and ` +
        `${after.join(' × ')} after a window of ${kernel.join(' × ')}. Pad with tf.pad first.`,
    );
  }
  return { kernel_shape: kernel, strides, dilations, pads: [...before, ...after] };
}

function planar(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
): Windows {
  const image = [...shape] as Shape4D;
  return windows2d(tf.backend_util.computePool2DInfo(image, filterSize, strides, 1, pad, dimRoundingMode));
}

function spatial(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: Attributes3D,
): Windows {
  const image = [...shape] as Shape5D;
  return windows3d(tf.backend_util.computePool3DInfo(image, filterSize, strides, 1, pad, dimRoundingMode));
}
