/** fast-check arbitraries of linear algebra; every number is one that float32 holds, so eager and float64 agree on it. */
import type { HostArray } from '@equilibria/compile';
import fc from 'fast-check';

/** Numbers in float64, row-major. */
type Numbers = HostArray & { readonly data: Float64Array };

/**
 * Matrices `[rows, columns]` with entries in `[−bound, bound]`.
 * @param bound - default 1.
 */
export function matrix(rows: number, columns: number, bound = 1): fc.Arbitrary<Numbers> {
  const entry = fc.float({ min: -Math.fround(bound), max: Math.fround(bound), noNaN: true });
  return fc
    .array(entry, { minLength: rows * columns, maxLength: rows * columns })
    .map((entries) => ({ data: Float64Array.from(entries), shape: [rows, columns] }));
}

/** The affine map `z ← zW + b` on `[batch, n]`, with `‖W‖_F ≤ rate`, so that it contracts by `rate` at least. */
export type Contraction = {
  /** `[n, n]` */
  readonly W: Numbers;
  /** `[1, n]` */
  readonly b: Numbers;
  /** In `[0.1, 0.95]`. */
  readonly rate: number;
};

/** Affine contractions in `n` dimensions. */
export function contraction(n: number): fc.Arbitrary<Contraction> {
  const rates = fc.double({ min: 0.1, max: 0.95, noNaN: true });
  return fc.tuple(matrix(n, n), matrix(1, n), rates).map(([raw, b, rate]) => {
    // A hair less than rate, so that rounding to float32 keeps the promise.
    const scale = (rate * (1 - 1e-6)) / Math.max(Math.hypot(...raw.data), 1e-30);
    const data = raw.data.map((entry) => Math.fround(entry * scale));
    return { W: { data, shape: raw.shape }, b, rate };
  });
}
