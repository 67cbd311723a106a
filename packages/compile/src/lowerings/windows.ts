/** Sliding windows over images `[batch, ...space, channels]`: what convolutions, pooling and morphology have in common. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { pad, slice } from './shapes.ts';

/** Shapes of images as TF.js's functions want them. */
export type Shape4D = [number, number, number, number];
export type Shape5D = [number, number, number, number, number];

/** What becomes of a last window that does not fit. */
export type Rounding = 'floor' | 'round' | 'ceil';

/** How a window slides; one number for each axis of space. */
export type Windows = {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Filling before the first element. */
  readonly before: readonly number[];
};

/** What TF.js computes of a convolution or pooling in two dimensions. */
type Info2D = {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
};

/** … and in three. */
type Info3D = Omit<Info2D, 'padInfo'> & {
  readonly inDepth: number;
  readonly outDepth: number;
  readonly filterDepth: number;
  readonly strideDepth: number;
  readonly dilationDepth: number;
  readonly padInfo: Info2D['padInfo'] & { readonly front: number };
};

export function windows2d(info: Info2D): Windows {
  return {
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
  };
}

export function windows3d(info: Info3D): Windows {
  const plane = windows2d(info);
  return {
    input: [info.inDepth, ...plane.input],
    output: [info.outDepth, ...plane.output],
    kernel: [info.filterDepth, ...plane.kernel],
    strides: [info.strideDepth, ...plane.strides],
    dilations: [info.dilationDepth, ...plane.dilations],
    before: [info.padInfo.front, ...plane.before],
  };
}

/**
 * Applies `fn` to what the windows reach: where they are far apart, TF.js lets the first begin inside of the image, which it
 * writes as a negative filling.
 */
export function withinReach(
  g: Graph,
  x: Value,
  windows: Windows,
  fn: (x: Value, windows: Windows) => Value,
): Value {
  const skipped = skippedBy(windows);
  if (skipped.every((n) => n === 0)) return fn(x, windows);
  const begin = [0, ...skipped, 0];
  return fn(slice(g, x, begin, x.shape), reached(windows));
}

/** The adjoint of that: `fn` gives a slope of what is reached, and zeros are put before it. */
export function backFromReach(g: Graph, windows: Windows, fn: (windows: Windows) => Value): Value {
  const skipped = skippedBy(windows);
  if (skipped.every((n) => n === 0)) return fn(windows);
  return pad(g, fn(reached(windows)), [[0, 0], ...skipped.map((n) => [n, 0] as const), [0, 0]], 0);
}

function skippedBy({ before }: Windows): number[] {
  return before.map((n) => Math.max(0, -n));
}

function reached(windows: Windows): Windows {
  const input = windows.input.map((length, axis) => length - skippedBy(windows)[axis]!);
  return { ...windows, input, before: windows.before.map((n) => Math.max(0, n)) };
}

/** Elements that a window covers along each axis, gaps included. */
export function extents({ kernel, dilations }: Windows): number[] {
  return kernel.map((length, axis) => (length - 1) * dilations[axis]! + 1);
}

/** Filling after the last element, at least 0: as much as the last window needs. */
export function fillingAfter(windows: Windows): number[] {
  const { input, output, strides, before } = windows;
  return extents(windows).map((extent, axis) =>
    Math.max(0, (output[axis]! - 1) * strides[axis]! + extent - before[axis]! - input[axis]!),
  );
}

/** The places in a kernel, in row-major order. */
export function places({ kernel }: Windows): number[][] {
  return kernel.reduce<number[][]>(
    (all, length) => all.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
    [[]],
  );
}

/** For each place in the kernel, the elements that the windows see there: `[batch, ...output, channels]`. */
export function views(g: Graph, x: Value, windows: Windows, filling: number): Value[] {
  const { input, output, strides, dilations, before } = windows;
  const after = fillingAfter(windows);
  const filled = pad(g, x, [[0, 0], ...before.map((n, axis) => [n, after[axis]!] as const), [0, 0]], filling);
  const [batch = 0, channels = 0] = [x.shape[0], x.shape.at(-1)];
  return places(windows).map((place) => {
    const starts = place.map((at, axis) => at * dilations[axis]! - before[axis]!);
    const ends = starts.map((start, axis) => start + (output[axis]! - 1) * strides[axis]! + 1);
    // Where no filling is seen, the image itself is read: often that is all of it, and no copy.
    const isInside = starts.every((start, axis) => start >= 0 && ends[axis]! <= input[axis]!);
    const moved = isInside ? before.map(() => 0) : before;
    const there = (indices: readonly number[]) => indices.map((index, axis) => index + moved[axis]!);
    return slice(
      g,
      isInside ? x : filled,
      [0, ...there(starts), 0],
      [batch, ...there(ends), channels],
      [1, ...strides, 1],
    );
  });
}

/** The adjoint of {@link views}: adds what belongs to each place in the kernel to where it was seen. */
export function addViews(g: Graph, parts: readonly Value[], windows: Windows): Value {
  const { input, strides, dilations, before } = windows;
  const [{ shape }] = parts as [Value];
  const after = fillingAfter(windows);
  const total = input.map((length, axis) => before[axis]! + length + after[axis]!);
  const sum = places(windows)
    .map((place, i) => {
      const spread = spreadOut(g, parts[i]!, strides);
      const widths = place.map((at, axis) => {
        const start = at * dilations[axis]!;
        return [start, total[axis]! - start - spread.shape[axis + 1]!] as const;
      });
      return pad(g, spread, [[0, 0], ...widths, [0, 0]], 0);
    })
    .reduce((all, part) => g.elementwise('Add', [all, part]));
  const ends = before.map((n, axis) => n + input[axis]!);
  return slice(g, sum, [0, ...before, 0], [shape[0]!, ...ends, shape.at(-1)!]);
}

/** Zeros between the elements, so that neighbours are `strides` apart. */
export function spreadOut(g: Graph, x: Value, strides: readonly number[]): Value {
  if (strides.every((stride) => stride === 1)) return x;
  const space = x.shape.slice(1, -1);
  const [batch = 0, channels = 0] = [x.shape[0], x.shape.at(-1)];
  const apart = g.reshape(x, [batch, ...space.flatMap((length) => [length, 1]), channels]);
  const none = [0, 0] as const;
  const filled = pad(
    g,
    apart,
    [none, ...strides.flatMap((stride) => [none, [0, stride - 1] as const]), none],
    0,
  );
  const joined = g.reshape(filled, [
    batch,
    ...space.map((length, axis) => length * strides[axis]!),
    channels,
  ]);
  const ends = space.map((length, axis) => (length - 1) * strides[axis]! + 1);
  return slice(g, joined, [0, ...ends.map(() => 0), 0], [batch, ...ends, channels]);
}
