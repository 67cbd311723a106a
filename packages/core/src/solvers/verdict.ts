/** What is said of each sample, and the formulas behind it. */
import * as tf from '@tensorflow/tfjs';
import { constant, mapTensors, type TensorTree } from '@equilibria/compile';
import { sampleDistance, sampleNorm, selectSamples } from './per-sample.ts';

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

/** Where a test is made. */
export type Test = {
  readonly z: TensorTree;
  /** Where the solver's step from `z` leads. */
  readonly next: TensorTree;
  /** float32 `[batch]`. */
  readonly residual: tf.Tensor;
  /** int32 `[batch]`: `k`, the tests before this one. */
  readonly count: tf.Tensor;
};

/** A check with a memory of its own, run at every test; traced like the solver. */
export interface Check {
  readonly verdict: Verdict;
  init(z0: TensorTree, batch: number): TensorTree;
  /** `holds` is bool `[batch]`. */
  test(at: Test, memory: TensorTree): { readonly holds: tf.Tensor; readonly memory: TensorTree };
}

/** The int32 code of a verdict, filled to `[batch]`. */
export function code(verdict: (typeof VERDICTS)[number], batch: number): tf.Tensor {
  return tf.fill([batch], VERDICTS.indexOf(verdict), 'int32');
}

/**
 * The checks that are on, later ones overruling earlier ones.
 * @throws {RangeError} if a parameter is out of its range.
 */
export function checksOf(options: VerdictOptions): readonly Check[] {
  const {
    divergence = VERDICT_DEFAULTS.divergence,
    cycling = VERDICT_DEFAULTS.cycling,
    stagnation = VERDICT_DEFAULTS.stagnation,
  } = options;
  return [
    ...(stagnation === false ? [] : [stagnationCheck(stagnation)]),
    ...(cycling === false ? [] : [cyclingCheck(cycling)]),
    ...(divergence === false ? [] : [divergenceCheck(divergence)]),
  ];
}

type Memory = { readonly [name: string]: tf.Tensor };

function divergenceCheck({ factor }: { readonly factor: number }): Check {
  requireThat(factor >= 1, `divergence.factor must be >= 1; got ${factor}`);
  return {
    verdict: 'diverged',
    // scale becomes max(r_0, ‖z_0‖) at the first test; until then it is −1.
    init: (z0, batch) => ({ start: sampleNorm(z0), scale: tf.fill([batch], -1) }),
    test: ({ residual }, memory) => {
      const { start, scale: known } = memory as Memory & { start: tf.Tensor; scale: tf.Tensor };
      const scale = tf.where(tf.less(known, constant(0)), tf.maximum(residual, start), known);
      return { holds: tf.greater(residual, tf.mul(constant(factor), scale)), memory: { start, scale } };
    },
  };
}

function cyclingCheck({ tolerance }: { readonly tolerance: number }): Check {
  requireThat(tolerance > 0 && tolerance < 1, `cycling.tolerance must be in (0, 1); got ${tolerance}`);
  type Anchor = {
    readonly z: TensorTree;
    readonly residual: tf.Tensor;
    /** The largest step since the anchor, and the test that sets the next one. */
    readonly largestStep: tf.Tensor;
    readonly due: tf.Tensor;
  };
  return {
    verdict: 'cycling',
    init: (z0, batch) => ({
      z: mapTensors(z0, (leaf) => tf.clone(leaf)),
      residual: tf.fill([batch], Infinity),
      largestStep: tf.fill([batch], 0),
      due: tf.fill([batch], 1, 'int32'),
    }),
    test: ({ z, next, residual, count }, memory) => {
      const anchor = memory as Anchor;
      const near = tf.mul(constant(tolerance), tf.minimum(residual, anchor.largestStep));
      const isBack = tf.less(sampleDistance(z, anchor.z), near);
      const isNoBetter = tf.greaterEqual(residual, tf.mul(constant(1 - tolerance), anchor.residual));
      const isAnchor = tf.equal(count, anchor.due);
      const step = sampleDistance(next, z);
      return {
        holds: tf.logicalAnd(isBack, isNoBetter),
        memory: {
          z: selectSamples(isAnchor, z, anchor.z),
          residual: tf.where(isAnchor, residual, anchor.residual),
          largestStep: tf.where(isAnchor, step, tf.maximum(anchor.largestStep, step)),
          due: tf.where(isAnchor, tf.add(anchor.due, anchor.due), anchor.due),
        },
      };
    },
  };
}

function stagnationCheck(options: { readonly window: number; readonly improvement: number }): Check {
  const { window, improvement } = options;
  requireThat(
    Number.isInteger(window) && window >= 1,
    `stagnation.window must be an integer >= 1; got ${window}`,
  );
  requireThat(
    improvement >= 0 && improvement < 1,
    `stagnation.improvement must be in [0, 1); got ${improvement}`,
  );
  return {
    verdict: 'stagnated',
    init: (_z0, batch) => ({ mark: tf.fill([batch], Infinity), since: tf.fill([batch], 0, 'int32') }),
    test: ({ residual }, memory) => {
      const { mark, since } = memory as Memory & { mark: tf.Tensor; since: tf.Tensor };
      const isBetter = tf.less(residual, tf.mul(constant(1 - improvement), mark));
      const tests = tf.where(isBetter, tf.zerosLike(since), tf.add(since, tf.scalar(1, 'int32')));
      return {
        holds: tf.greaterEqual(tests, tf.scalar(window, 'int32')),
        memory: { mark: tf.where(isBetter, residual, mark), since: tests },
      };
    },
  };
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`solve: ${message}.`);
}
