/**
 * Convolutions and their gradients. Images are `[batch, ...space, channels]`, as TF.js has them, and are stored with channels first,
 * as ONNX has them, from one convolution to the next. ONNX Runtime convolves in float32 only; in float64 it is a matrix product for
 * each place in the kernel.
 */
import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../graph/graph.ts';
import { channelsFirst, channelsLast, permute } from '../graph/permutation.ts';
import { sizeOf, type Value } from '../graph/value.ts';
import { activate, type Fusion } from './activations.ts';
import type { Lowerings } from './lowering.ts';
import { matMul } from './matrices.ts';
import { reduce } from './reductions.ts';
import { concat, reverse, slice } from './shapes.ts';
import {
  addViews,
  backFromReach,
  extents,
  fillingAfter,
  places,
  type Rounding,
  type Shape4D,
  type Shape5D,
  views,
  type Windows,
  windows2d,
  windows3d,
  withinReach,
} from './windows.ts';

type Attributes = {
  readonly strides: number | [number, number];
  readonly pad:
    'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: Rounding;
};
type Attributes3D = { readonly strides: number | [number, number, number]; readonly pad: 'same' | 'valid' };
type Layer = { readonly x: Value; readonly filter: Value };
type FusedLayer = Layer & { readonly bias?: Value; readonly preluActivationWeights?: Value };

export const convolutions: Lowerings = {
  Conv2D: (g, { x, filter }: Layer, attributes: Attributes) =>
    inFormat(g, attributes, x, (image) =>
      convolve(g, image, filter, planar(image.shape, filter.shape, attributes)),
    ),
  FusedConv2D: (g, { x, filter, ...rest }: FusedLayer, attributes: Attributes & Fusion) =>
    inFormat(g, attributes, x, (image) =>
      fused(g, convolve(g, image, filter, planar(image.shape, filter.shape, attributes)), rest, attributes),
    ),
  Conv2DBackpropInput: (
    g,
    { dy, filter }: { dy: Value; filter: Value },
    attributes: Attributes & { readonly inputShape: number[] },
  ) =>
    inFormat(g, attributes, dy, (slope) => {
      const shape = lastOf(attributes, attributes.inputShape);
      return spread(g, slope, filter, planar(shape, filter.shape, attributes));
    }),
  Conv2DBackpropFilter: (
    g,
    { x, dy }: { x: Value; dy: Value },
    attributes: Attributes & { readonly filterShape: number[] },
  ) => {
    const [image, slope] = [toLast(g, attributes, x), toLast(g, attributes, dy)];
    return correlate(g, image, slope, planar(image.shape, attributes.filterShape, attributes));
  },
  Conv3D: (g, { x, filter }: Layer, { strides, pad, dilations }: Attributes3D & { dilations: number }) =>
    withinReach(g, x, spatial(x.shape, filter.shape, { strides, pad }, dilations), (seen, windows) =>
      convolve(g, seen, filter, windows),
    ),
  Conv3DBackpropInputV2: (
    g,
    { dy, filter }: { dy: Value; filter: Value },
    { inputShape, ...attributes }: Attributes3D & { readonly inputShape: number[] },
  ) =>
    backFromReach(g, spatial(inputShape, filter.shape, attributes), (windows) =>
      spread(g, dy, filter, windows),
    ),
  Conv3DBackpropFilterV2: (
    g,
    { x, dy }: { x: Value; dy: Value },
    { filterShape, ...attributes }: Attributes3D & { readonly filterShape: number[] },
  ) =>
    withinReach(g, x, spatial(x.shape, filterShape, attributes), (seen, windows) =>
      correlate(g, seen, dy, windows),
    ),
  DepthwiseConv2dNative: (g, { x, filter }: Layer, attributes: Attributes) =>
    convolveEach(g, x, filter, planar(x.shape, filter.shape, attributes, true)),
  FusedDepthwiseConv2D: (g, { x, filter, ...rest }: FusedLayer, attributes: Attributes & Fusion) =>
    fused(g, convolveEach(g, x, filter, planar(x.shape, filter.shape, attributes, true)), rest, attributes),
  DepthwiseConv2dNativeBackpropInput: (
    g,
    { dy, filter }: { dy: Value; filter: Value },
    { inputShape, ...attributes }: Attributes & { readonly inputShape: number[] },
  ) => spreadEach(g, dy, filter, planar(inputShape, filter.shape, attributes, true)),
  DepthwiseConv2dNativeBackpropFilter: (
    g,
    { x, dy }: { x: Value; dy: Value },
    { filterShape, ...attributes }: Attributes & { readonly filterShape: number[] },
  ) => correlateEach(g, x, dy, planar(x.shape, filterShape, attributes, true), filterShape),
};

/** `y = Σ x·w` over the window: filter `[...kernel, in, out]`. */
function convolve(g: Graph, x: Value, filter: Value, windows: Windows): Value {
  if (x.type === 'float')
    return conv(g, x, toWeights(g, filter), windows, { group: 1, after: fillingAfter(windows) });
  const taps = tapsOf(g, filter, windows);
  return sumOf(
    g,
    views(g, x, windows, 0).map((view, i) => matMul(g, view, taps[i]!)),
  );
}

/** The adjoint of {@link convolve} in the image. */
function spread(g: Graph, dy: Value, filter: Value, windows: Windows): Value {
  if (dy.type === 'float') {
    const rank = filter.shape.length;
    const backwards = reflected(windows);
    if (backwards !== null) {
      const space = windows.kernel.map((_, axis) => axis);
      const swapped = g.transpose(reverse(g, filter, space), [...space, rank - 1, rank - 2]);
      return conv(g, dy, toWeights(g, swapped), backwards.windows, { group: 1, after: backwards.after });
    }
    return convTranspose(g, dy, filter, windows);
  }
  const taps = tapsOf(g, filter, windows);
  return addViews(
    g,
    taps.map((tap) => matMul(g, dy, tap, false, true)),
    windows,
  );
}

/** The adjoint of {@link convolve} in the filter: a matrix product of view and `dy` for each place in the kernel. */
function correlate(g: Graph, x: Value, dy: Value, windows: Windows): Value {
  const [batch = 0, inputs = 0, outputs = 0] = [x.shape[0], x.shape.at(-1), dy.shape.at(-1)];
  const size = sizeOf(windows.output);
  const slopes = g.reshape(dy, [batch, size, outputs]);
  const taps = views(g, x, windows, 0).map((view) => {
    const columns = g.reshape(g.transpose(view, channelsFirst(view.shape.length)), [batch, inputs, size]);
    return reduce(g, 'ReduceSum', matMul(g, columns, slopes), 0, true);
  });
  return g.reshape(concat(g, taps, 0), [...windows.kernel, inputs, outputs]);
}

/** Each channel by filters of its own: filter `[...kernel, in, multiplier]`, output channel `in·multiplier + m`. */
function convolveEach(g: Graph, x: Value, filter: Value, windows: Windows): Value {
  const [channels = 0, multiplier = 0] = filter.shape.slice(-2);
  if (x.type === 'float') {
    const weights = toWeights(g, g.reshape(filter, [...windows.kernel, 1, channels * multiplier]));
    return conv(g, x, weights, windows, { group: channels, after: fillingAfter(windows) });
  }
  const taps = tapsOf(g, filter, windows);
  const sum = sumOf(
    g,
    views(g, x, windows, 0).map((view, i) =>
      g.elementwise('Mul', [g.reshape(view, [...view.shape, 1]), taps[i]!]),
    ),
  );
  return g.reshape(sum, [...sum.shape.slice(0, -2), channels * multiplier]);
}

function spreadEach(g: Graph, dy: Value, filter: Value, windows: Windows): Value {
  const [channels = 0, multiplier = 0] = filter.shape.slice(-2);
  const backwards = reflected(windows);
  if (dy.type === 'float' && backwards !== null) {
    const space = windows.kernel.map((_, axis) => axis);
    const weights = g.transpose(reverse(g, filter, space), [space.length, space.length + 1, ...space]);
    return conv(g, dy, weights, backwards.windows, { group: channels, after: backwards.after });
  }
  const slopes = g.reshape(dy, [...dy.shape.slice(0, -1), channels, multiplier]);
  const parts = tapsOf(g, filter, windows).map((tap) =>
    reduce(g, 'ReduceSum', g.elementwise('Mul', [slopes, tap]), slopes.shape.length - 1),
  );
  return addViews(g, parts, windows);
}

function correlateEach(
  g: Graph,
  x: Value,
  dy: Value,
  windows: Windows,
  filterShape: readonly number[],
): Value {
  const [channels = 0, multiplier = 0] = filterShape.slice(-2);
  const slopes = g.reshape(dy, [...dy.shape.slice(0, -1), channels, multiplier]);
  const all = slopes.shape.slice(0, -2).map((_, axis) => axis);
  const taps = views(g, x, windows, 0).map((view) => {
    const products = g.elementwise('Mul', [g.reshape(view, [...view.shape, 1]), slopes]);
    return g.reshape(reduce(g, 'ReduceSum', products, all), [1, channels, multiplier]);
  });
  return g.reshape(concat(g, taps, 0), filterShape);
}

/** ONNX's `Conv` of an image whose channels are last, with weights `[out, in / group, ...kernel]`. */
function conv(
  g: Graph,
  x: Value,
  weights: Value,
  { output, kernel, strides, dilations, before }: Windows,
  { group, after }: { readonly group: number; readonly after: readonly number[] },
): Value {
  const rank = x.shape.length;
  const shape = [x.shape[0]!, weights.shape[0]!, ...output];
  const attributes = { kernel_shape: kernel, strides, dilations, pads: [...before, ...after], group };
  const image = g.transpose(x, channelsFirst(rank));
  return g.transpose(
    g.emit('Conv', [image, weights], { type: x.type, shape }, attributes),
    channelsLast(rank),
  );
}

/** The adjoint where windows are more than one apart. */
function convTranspose(g: Graph, dy: Value, filter: Value, windows: Windows): Value {
  const { input, output, kernel, strides, dilations, before } = windows;
  const rank = dy.shape.length;
  const after = fillingAfter(windows);
  const extent = extents(windows);
  // What the last window did not reach.
  const rest = input.map(
    (length, axis) =>
      length + before[axis]! + after[axis]! - (output[axis]! - 1) * strides[axis]! - extent[axis]!,
  );
  const space = kernel.map((_, axis) => axis);
  const weights = g.transpose(filter, [space.length + 1, space.length, ...space]);
  const shape = [dy.shape[0]!, filter.shape.at(-2)!, ...input];
  const attributes = {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...after],
    output_padding: rest,
  };
  const image = g.transpose(dy, channelsFirst(rank));
  const spreadOut = g.emit('ConvTranspose', [image, weights], { type: dy.type, shape }, attributes);
  return g.transpose(spreadOut, channelsLast(rank));
}

/** The windows of the adjoint, a convolution with the reflected kernel, where windows are one apart and filling fits. */
function reflected(
  windows: Windows,
): { readonly windows: Windows; readonly after: readonly number[] } | null {
  const { input, output, kernel, strides, dilations } = windows;
  if (strides.some((stride) => stride !== 1)) return null;
  const extent = extents(windows);
  const before = extent.map((length, axis) => length - 1 - windows.before[axis]!);
  const after = extent.map((length, axis) => input[axis]! + length - 1 - output[axis]! - before[axis]!);
  if ([...before, ...after].some((filling) => filling < 0)) return null;
  return { windows: { input: output, output: input, kernel, strides, dilations, before }, after };
}

/** Filter `[...kernel, in, out]` as ONNX's weights `[out, in, ...kernel]`. */
function toWeights(g: Graph, filter: Value): Value {
  const rank = filter.shape.length;
  const perm = [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
  return g.transposedConstant(filter, perm) ?? g.transpose(filter, perm);
}

/** The matrices `[in, out]` of a filter, place after place. */
function tapsOf(g: Graph, filter: Value, windows: Windows): Value[] {
  const [inputs = 0, outputs = 0] = filter.shape.slice(-2);
  const count = sizeOf(windows.kernel);
  const flat = g.reshape(filter, [count, inputs, outputs]);
  return places(windows).map((_, i) =>
    g.reshape(slice(g, flat, [i, 0, 0], [i + 1, inputs, outputs]), [inputs, outputs]),
  );
}

function sumOf(g: Graph, parts: readonly Value[]): Value {
  return parts.reduce((sum, part) => g.elementwise('Add', [sum, part]));
}

function fused(
  g: Graph,
  product: Value,
  { bias, preluActivationWeights }: Pick<FusedLayer, 'bias' | 'preluActivationWeights'>,
  fusion: Fusion,
): Value {
  const shifted = bias === undefined ? product : g.elementwise('Add', [product, bias]);
  return activate(g, shifted, fusion, preluActivationWeights);
}

function planar(
  imageShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: Attributes,
  isDepthwise = false,
): Windows {
  const [image, filter] = [[...imageShape] as Shape4D, [...filterShape] as Shape4D];
  // Explicit filling is listed in the order of the format.
  const isListed = Array.isArray(pad) && dataFormat === 'NCHW';
  const filling = isListed ? (permute(pad, channelsLast(4)) as typeof pad) : pad;
  return windows2d(
    tf.backend_util.computeConv2DInfo(
      image,
      filter,
      strides,
      dilations,
      filling,
      dimRoundingMode,
      isDepthwise,
    ),
  );
}

function spatial(
  imageShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad }: Attributes3D,
  dilations = 1,
): Windows {
  const [image, filter] = [[...imageShape] as Shape5D, [...filterShape] as Shape5D];
  return windows3d(tf.backend_util.computeConv3DInfo(image, filter, strides, dilations, pad));
}

function toLast(g: Graph, { dataFormat }: Attributes, x: Value): Value {
  return dataFormat === 'NCHW' ? g.transpose(x, channelsLast(4)) : x;
}

function lastOf({ dataFormat }: Attributes, shape: readonly number[]): readonly number[] {
  return dataFormat === 'NCHW' ? permute(shape, channelsLast(4)) : shape;
}

/** Applies `fn` to an image with channels last and gives the result back in the format that was asked for. */
function inFormat(g: Graph, attributes: Attributes, x: Value, fn: (image: Value) => Value): Value {
  const y = fn(toLast(g, attributes, x));
  return attributes.dataFormat === 'NCHW' ? g.transpose(y, channelsFirst(4)) : y;
}
