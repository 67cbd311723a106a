/** Orders of axes. A permutation `perm` makes axis `i` of the result from axis `perm[i]` of the argument, as in `tf.transpose`. */
import type { ConstantData } from './value.ts';

type Permutation = readonly number[];

export function isIdentity(perm: Permutation): boolean {
  return perm.every((axis, i) => axis === i);
}

export function inverse(perm: Permutation): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

/** What `first` and then `second` do. */
export function compose(first: Permutation, second: Permutation): number[] {
  return second.map((axis) => first[axis]!);
}

export function permute<T>(items: readonly T[], perm: Permutation): T[] {
  return perm.map((axis) => items[axis]!);
}

/** The entries of an array of a shape, in the order that they have with its axes in another one. */
export function permutedData<T extends ConstantData>(
  data: T,
  shape: readonly number[],
  perm: Permutation,
): T {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const [lengths, steps] = [permute(shape, perm), permute(strides, perm)];
  const result = data.slice() as T;
  const index = lengths.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    // Counts on, from the last axis.
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += steps[axis]!;
      if (index[axis]! < lengths[axis]!) break;
      from -= steps[axis]! * lengths[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Whether only axes of length 1 change places, so that the values stay where they are. */
export function keepsValues(shape: readonly number[], perm: Permutation): boolean {
  const moving = perm.filter((axis) => shape[axis] !== 1);
  return moving.every((axis, i) => i === 0 || axis > moving[i - 1]!);
}

/** Whether one axis moves and the others stay in their order. */
export function movesOneAxis(perm: Permutation): boolean {
  return perm.length - longestRising(perm).length <= 1;
}

/** An array seen with these four lengths, of which the second and the third change places. */
export type Swap = readonly [before: number, first: number, second: number, after: number];

/** A reordering as swaps of neighbouring groups of axes: one group after the other is moved, as few of them as there can be. */
export function swapsOf(shape: readonly number[], perm: Permutation): Swap[] {
  const { lengths, order } = grouped(shape, perm);
  const size = (groups: readonly number[]): number => groups.reduce((product, i) => product * lengths[i]!, 1);
  const settled = new Set(longestRising(order));
  const swaps: Swap[] = [];
  let current = lengths.map((_, group) => group);
  order.forEach((group, place) => {
    if (settled.has(group)) return;
    settled.add(group);
    const from = current.indexOf(group);
    // Behind its predecessor in the result, and so before all that follow.
    const to = place === 0 ? 0 : current.indexOf(order[place - 1]!) + 1;
    const [begin, middle, end] = from < to ? [from, from + 1, to] : [to, from, from + 1];
    const [before, first, second, after] = [
      current.slice(0, begin),
      current.slice(begin, middle),
      current.slice(middle, end),
      current.slice(end),
    ];
    swaps.push([size(before), size(first), size(second), size(after)]);
    current = [...before, ...second, ...first, ...after];
  });
  return swaps;
}

/** Axes that stay neighbours as one group, those of length 1 left out: lengths of the groups, and their order in the result. */
function grouped(
  shape: readonly number[],
  perm: Permutation,
): { readonly lengths: readonly number[]; readonly order: readonly number[] } {
  const axes = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const kept = perm.filter((axis) => shape[axis] !== 1).map((axis) => axes.indexOf(axis));
  const starts = kept.filter((axis, i) => i === 0 || axis !== kept[i - 1]! + 1).toSorted((a, b) => a - b);
  const lengths = starts.map((start, group) =>
    axes.slice(start, starts[group + 1]).reduce((product, axis) => product * shape[axis]!, 1),
  );
  return { lengths, order: kept.filter((axis) => starts.includes(axis)).map((axis) => starts.indexOf(axis)) };
}

/** A longest subsequence that rises. */
function longestRising(items: readonly number[]): readonly number[] {
  const best: (readonly number[])[] = [];
  items.forEach((item, i) => {
    const before = best.filter((_, k) => items[k]! < item).reduce<readonly number[]>(longer, []);
    best[i] = [...before, item];
  });
  return best.reduce<readonly number[]>(longer, []);
}

function longer(a: readonly number[], b: readonly number[]): readonly number[] {
  return b.length > a.length ? b : a;
}

/** From the order in which TF.js has images, channels last, to that of ONNX, channels first. */
export function channelsFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The inverse of {@link channelsFirst}. */
export function channelsLast(rank: number): number[] {
  return inverse(channelsFirst(rank));
}
