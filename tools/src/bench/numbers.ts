/** Inputs that every side of a comparison can make for itself. */
import type { HostArray } from '@equilibria/compile';

/** Sines of multiples: without a pattern, and the same in any language. */
export function numbers(
  shape: readonly number[],
  { scale = 1, offset = 0 } = {},
): HostArray & { readonly data: Float32Array } {
  const length = shape.reduce((product, n) => product * n, 1);
  return {
    data: Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + offset) * scale),
    shape,
  };
}

/** Uniform between −scale and scale, without structure, and the same in any language that computes in float64. */
export function noise(
  shape: readonly number[],
  { scale = 1, offset = 0 } = {},
): HostArray & { readonly data: Float32Array } {
  const length = shape.reduce((product, n) => product * n, 1);
  const entry = (_: unknown, i: number): number => {
    const large = Math.sin(12.9898 * (i + 1) + offset) * 43758.5453;
    return (2 * (large - Math.floor(large)) - 1) * scale;
  };
  return { data: Float32Array.from({ length }, entry), shape };
}

/** Pseudo-random integers from 0 to `below`, by a linear congruence. */
export function integers(length: number, below: number): Int32Array {
  let state = 12345;
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  });
}

/** Another order of the axes, on the host. */
export function transposed(
  { data, shape }: HostArray,
  perm: readonly number[],
): HostArray & { readonly data: Float32Array } {
  const to = perm.map((axis) => shape[axis]!);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const result = new Float32Array(data.length);
  for (let i = 0; i < result.length; i++) {
    let [rest, from] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += (rest % to[axis]!) * strides[perm[axis]!]!;
      rest = Math.floor(rest / to[axis]!);
    }
    result[i] = data[from]!;
  }
  return { data: result, shape: to };
}
