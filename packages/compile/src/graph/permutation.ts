/** Orders of axes. A permutation `perm` makes axis `i` of the result from axis `perm[i]` of the argument, as in `tf.transpose`. */
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

/** Whether only axes of length 1 change places, so that the values stay where they are. */
export function keepsValues(shape: readonly number[], perm: Permutation): boolean {
  const moving = perm.filter((axis) => shape[axis] !== 1);
  return moving.every((axis, i) => i === 0 || axis > moving[i - 1]!);
}

/** From the order in which TF.js has images, channels last, to that of ONNX, channels first. */
export function channelsFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The inverse of {@link channelsFirst}. */
export function channelsLast(rank: number): number[] {
  return inverse(channelsFirst(rank));
}
