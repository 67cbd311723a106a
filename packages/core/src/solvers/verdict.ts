/** What is said of each sample, and the formulas behind it. */
import * as tf from '@tensorflow/tfjs';

/**
 * The verdict on a sample. With `r_k = ‖f(z_k) − z_k‖₂` measured at the starting point of step `k`, before damping, a sample
 * stops at the first `k` at which one of these holds; if several do, the first of this list is said:
 *
 * - `non-finite`: `r_k` is NaN or infinite. The last iterate with a finite residual is returned (`z_0` if there is none).
 * - `converged`: the stop rule holds, by default `r_k ≤ absolute + relative·‖f(z_k)‖₂`. It is only said if the rule also
 *   holds when `f` is evaluated once more at the returned point.
 * - `diverged`: `r_k > factor·max(r_0, ‖z_0‖₂)`.
 * - `cycling`: `‖z_k − z_a‖₂ < tolerance·min(r_k, s)` and `r_k ≥ (1 − tolerance)·r_a`, where `a < k` is the last power of two
 *   and `s` the largest of the steps `‖z⁺_j − z_j‖₂` that the solver made from the tested iterates `a ≤ j < k`: the iterate is
 *   back where it was, it has moved in between, and the residual has not decreased (Brent's method). Slow progress, as of a
 *   strong damping, is none: it leaves the anchor by whole steps.
 * - `stagnated`: the last `window` tests have not brought `r` below `(1 − improvement)` times the mark, which is the
 *   residual at the last test that did. By the defaults that is a decrease of 1 % in 100 tests, so that maps which contract by more
 *   than 0.9999 are given up: for these, `stagnation: false`. Also said of a sample that stopped as converged and failed the last check.
 * - `budget`: none of these held within the steps or the time allowed.
 *
 * While a solver may still give its method up for another (`mayChange` of its record), no failure is said.
 */
export type Verdict = 'converged' | 'stagnated' | 'cycling' | 'diverged' | 'non-finite' | 'budget';

/** The verdicts by their int32 code inside the loop, where 0 means still running. */
export const VERDICTS = [
  'running',
  'converged',
  'stagnated',
  'cycling',
  'diverged',
  'non-finite',
  'budget',
] as const;

/** Parameters of the verdicts; `false` turns a check off, and its cost with it. Defaults in {@link VERDICT_DEFAULTS}. */
export type VerdictOptions = {
  readonly divergence?: { readonly factor: number } | false;
  readonly cycling?: { readonly tolerance: number } | false;
  readonly stagnation?: { readonly window: number; readonly improvement: number } | false;
};

/** The defaults, dimensionless; `window` counts tests. */
export const VERDICT_DEFAULTS = {
  divergence: { factor: 1e4 },
  cycling: { tolerance: 1e-4 },
  stagnation: { window: 100, improvement: 0.01 },
} as const satisfies VerdictOptions;

/** The int32 code of a verdict, filled to `[batch]`. */
export function code(verdict: (typeof VERDICTS)[number], batch: number): tf.Tensor {
  return tf.fill([batch], VERDICTS.indexOf(verdict), 'int32');
}
