/** Grey-scale dilation, a convolution in which sums are maxima, and its gradients, which go to the first maximum. */
import * as tf from '@tensorflow/tfjs';
import { DtypeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Lowerings } from './lowering.ts';
import { reduce } from './reductions.ts';
import { concat, slice } from './shapes.ts';
import { addViews, places, type Shape4D, views, type Windows, windows2d } from './windows.ts';

type Attributes = {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dilations: number | [number, number];
};
type Layer = { readonly x: Value; readonly filter: Value };
type Slope = Layer & { readonly dy: Value };

export const morphology: Lowerings = {
  Dilation2D: (g, { x, filter }: Layer, attributes: Attributes) =>
    largest(g, sums(g, x, filter, planar(x, filter, attributes))),
  Dilation2DBackpropInput: (g, { x, filter, dy }: Slope, attributes: Attributes) => {
    const windows = planar(x, filter, attributes);
    return addViews(g, shares(g, sums(g, x, filter, windows), dy), windows);
  },
  Dilation2DBackpropFilter: (g, { x, filter, dy }: Slope, attributes: Attributes) => {
    const taps = shares(g, sums(g, x, filter, planar(x, filter, attributes)), dy).map((share) =>
      g.reshape(reduce(g, 'ReduceSum', share, [0, 1, 2]), [1, filter.shape.at(-1)!]),
    );
    return g.reshape(concat(g, taps, 0), filter.shape);
  },
};

/** What the maximum is taken of: the view of each place in the kernel, plus the filter there. */
function sums(g: Graph, x: Value, filter: Value, windows: Windows): Value[] {
  if (x.type !== g.floatType || filter.type !== g.floatType) {
    throw new DtypeError('compile: dilation2d must be of float32 tensors. Cast them with tf.cast first.');
  }
  const channels = filter.shape.at(-1)!;
  const flat = g.reshape(filter, [places(windows).length, channels]);
  return views(g, x, windows, -Infinity).map((view, i) => {
    const tap = g.reshape(slice(g, flat, [i, 0], [i + 1, channels]), [channels]);
    return g.elementwise('Add', [view, tap]);
  });
}

function largest(g: Graph, parts: readonly Value[]): Value {
  return parts.reduce((max, part) => g.elementwise('Max', [max, part]));
}

/** `dy` where a place holds the first maximum, else 0. */
function shares(g: Graph, parts: readonly Value[], dy: Value): Value[] {
  const max = largest(g, parts);
  let isTaken: Value | null = null;
  return parts.map((part) => {
    const isMax = g.elementwise('Equal', [part, max], 'bool');
    const isFirst: Value =
      isTaken === null ? isMax : g.elementwise('And', [isMax, g.elementwise('Not', [isTaken])]);
    isTaken = isTaken === null ? isMax : g.elementwise('Or', [isTaken, isMax]);
    return g.where(isFirst, dy, g.scalarLike(dy, 0));
  });
}

function planar(x: Value, filter: Value, { strides, pad, dilations }: Attributes): Windows {
  const [height = 0, width = 0, channels = 0] = filter.shape;
  const image = [...x.shape] as Shape4D;
  return windows2d(
    tf.backend_util.computeDilation2DInfo(image, [height, width, channels], strides, pad, 'NHWC', dilations),
  );
}
