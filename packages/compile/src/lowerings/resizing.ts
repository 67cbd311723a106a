/** Images in other sizes and positions: resizing and its gradients, rotation, blocks of pixels as batches or channels. */
import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../graph/graph.ts';
import { sizeOf, type Value } from '../graph/value.ts';
import { gather } from './indexing.ts';
import type { Lowerings, Unary } from './lowering.ts';
import { matMul } from './matrices.ts';
import { pad, reverse, slice } from './shapes.ts';

type Grid = { readonly alignCorners: boolean; readonly halfPixelCenters?: boolean };
type Resize = Grid & { readonly size: readonly [number, number] };
type Slope = { readonly images: Value; readonly dy: Value };
type Blocks = { readonly blockShape: number[] };

/** An element of the result as a mean of two elements of the image: `(1 − share)·low + share·high`. */
type Tap = { readonly low: number; readonly high: number; readonly share: number };
type Taps = (input: number, output: number, grid: Grid) => readonly Tap[];

export const resizing: Lowerings = {
  ResizeBilinear: (g, { images }: { images: Value }, { size, ...grid }: Resize) =>
    resize(g, g.cast(images, g.floatType), size, linearTaps, grid),
  ResizeNearestNeighbor: (g, { images }: { images: Value }, { size, ...grid }: Resize) =>
    resize(g, images, size, nearestTaps, grid),
  ResizeBilinearGrad: (g, { images, dy }: Slope, grid: Grid) =>
    resizeGradient(g, images, dy, linearTaps, grid),
  ResizeNearestNeighborGrad: (g, { images, dy }: Slope, grid: Grid) =>
    resizeGradient(g, images, dy, nearestTaps, grid),
  FlipLeftRight: (g, { image }: { image: Value }) => reverse(g, image, [2]),
  RotateWithOffset: (
    g,
    { image }: { image: Value },
    attributes: { radians: number; fillValue: number | number[]; center: number | [number, number] },
  ) => rotate(g, image, attributes),
  BatchToSpaceND: (g, { x }: Unary, { blockShape, crops }: Blocks & { crops: number[][] }) => {
    const { backend_util: util } = tf;
    const count = sizeOf(blockShape);
    const shape = [...x.shape];
    const apart = g.reshape(x, util.getReshaped(shape, blockShape, count));
    const moved = g.transpose(apart, util.getPermuted(apart.shape.length, blockShape.length));
    const joined = g.reshape(moved, util.getReshapedPermuted(shape, blockShape, count));
    const starts = util.getSliceBeginCoords(crops, blockShape.length);
    const sizes = util.getSliceSize([...joined.shape], crops, blockShape.length);
    const begin = joined.shape.map((_, axis) => starts[axis] ?? 0);
    return slice(
      g,
      joined,
      begin,
      joined.shape.map((length, axis) => begin[axis]! + (sizes[axis] ?? length)),
    );
  },
  SpaceToBatchND: (g, { x }: Unary, { blockShape, paddings }: Blocks & { paddings: [number, number][] }) => {
    const { backend_util: util } = tf;
    const count = sizeOf(blockShape);
    const widths = x.shape.map((_, axis) => paddings[axis - 1] ?? ([0, 0] as const));
    const filled = pad(g, x, widths, 0);
    const shape = [...filled.shape];
    const apart = g.reshape(filled, util.getReshaped(shape, blockShape, count, false));
    const moved = g.transpose(apart, util.getPermuted(apart.shape.length, blockShape.length, false));
    return g.reshape(moved, util.getReshapedPermuted(shape, blockShape, count, false));
  },
  DepthToSpace: (
    g,
    { x }: Unary,
    { blockSize, dataFormat }: { blockSize: number; dataFormat: 'NHWC' | 'NCHW' },
  ) => {
    const isLast = dataFormat === 'NHWC';
    const image = isLast ? x : g.transpose(x, [0, 2, 3, 1]);
    const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
    const depth = channels / blockSize ** 2;
    const apart = g.reshape(image, [batch, height, width, blockSize, blockSize, depth]);
    const moved = g.transpose(apart, [0, 1, 3, 2, 4, 5]);
    const joined = g.reshape(moved, [batch, height * blockSize, width * blockSize, depth]);
    return isLast ? joined : g.transpose(joined, [0, 3, 1, 2]);
  },
};

function resize(g: Graph, images: Value, size: readonly [number, number], taps: Taps, grid: Grid): Value {
  return size.reduce(
    (image, output, i) => resample(g, image, i + 1, taps(image.shape[i + 1]!, output, grid)),
    images,
  );
}

/** Each element along `axis` is a mean of two of `x`. */
function resample(g: Graph, x: Value, axis: number, taps: readonly Tap[]): Value {
  const at = (indices: readonly number[]) =>
    gather(g, x, g.constant(Int32Array.from(indices), 'int32', [taps.length]), axis);
  const low = at(taps.map((tap) => tap.low));
  if (taps.every(({ share }) => share === 0)) return low;
  const high = at(taps.map((tap) => tap.high));
  const shares = taps.map(({ share }) => share);
  const data = g.floatType === 'double' ? Float64Array.from(shares) : Float32Array.from(shares);
  const share = g.constant(
    data,
    g.floatType,
    x.shape.map((_, i) => (i === axis ? taps.length : 1)),
  );
  return g.elementwise('Add', [low, g.elementwise('Mul', [share, g.elementwise('Sub', [high, low])])]);
}

/** The adjoint of {@link resize}, by a matrix for each axis. */
function resizeGradient(g: Graph, images: Value, dy: Value, taps: Taps, grid: Grid): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const [, rows = 0, columns = 0] = dy.shape;
  const byColumns = g.reshape(dy, [batch, rows, columns * channels]);
  const upright = matMul(g, adjoint(g, height, taps(height, rows, grid)), byColumns);
  const byRows = g.reshape(upright, [batch * height, columns, channels]);
  return g.reshape(matMul(g, adjoint(g, width, taps(width, columns, grid)), byRows), images.shape);
}

/** `[length, taps]`: what each element of the image gets of each element of the result. */
function adjoint(g: Graph, length: number, taps: readonly Tap[]): Value {
  const data =
    g.floatType === 'double'
      ? new Float64Array(length * taps.length)
      : new Float32Array(length * taps.length);
  taps.forEach(({ low, high, share }, i) => {
    data[low * taps.length + i]! += 1 - share;
    data[high * taps.length + i]! += share;
  });
  return g.constant(data, g.floatType, [length, taps.length]);
}

function linearTaps(input: number, output: number, grid: Grid): Tap[] {
  const ratio = ratioOf(input, output, grid);
  return Array.from({ length: output }, (_, i) => {
    const at = grid.halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(input - 1, Math.max(0, Math.ceil(at)));
    return { low, high, share: high === low ? 0 : at - low };
  });
}

function nearestTaps(input: number, output: number, grid: Grid): Tap[] {
  const ratio = ratioOf(input, output, grid);
  return Array.from({ length: output }, (_, i) => {
    const at = grid.halfPixelCenters ? ratio * (i + 0.5) : ratio * i;
    const nearest = Math.min(input - 1, grid.alignCorners ? Math.round(at) : Math.floor(at));
    const low = grid.halfPixelCenters ? Math.max(0, nearest) : nearest;
    return { low, high: low, share: 0 };
  });
}

/** Distance in the image of neighbours in the result. */
function ratioOf(input: number, output: number, { alignCorners }: Grid): number {
  return alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
}

/** Each pixel from where the rotation puts it, nearest neighbour; the positions are known while tracing. */
function rotate(
  g: Graph,
  image: Value,
  {
    radians,
    fillValue,
    center,
  }: { radians: number; fillValue: number | number[]; center: number | [number, number] },
): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const sources = Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [(i % width) - centerX, Math.floor(i / width) - centerY];
    const column = Math.round(x * cos - y * sin + centerX);
    const row = Math.round(x * sin + y * cos + centerY);
    return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
  });
  const positions = g.constant(
    Int32Array.from(sources, (at) => Math.max(0, at)),
    'int32',
    [sources.length],
  );
  const isInside = g.constant(
    Uint8Array.from(sources, (at) => (at < 0 ? 0 : 1)),
    'bool',
    [sources.length, 1],
  );
  const fillings = Array.from({ length: channels }, (_, channel) =>
    // As TF.js has it, the fourth channel is opacity.
    typeof fillValue === 'number' ? fillValue : channel === 3 ? 255 : fillValue[channel]!,
  );
  const data = g.floatType === 'double' ? Float64Array.from(fillings) : Float32Array.from(fillings);
  const filling = g.cast(g.constant(data, g.floatType, [channels]), image.type);
  const moved = gather(g, g.reshape(image, [batch, height * width, channels]), positions, 1);
  return g.reshape(g.where(isInside, moved, filling), image.shape);
}
