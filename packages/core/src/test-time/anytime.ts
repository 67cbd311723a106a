/** A solve whose answer can be taken at any time, with what is known of its error. */
import type * as tf from '@tensorflow/tfjs';
import { disposeTree, type TensorTree, tidyTree } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import type { FixedPointMap, Solver } from '../solvers/contract.ts';
import {
  fixedPointLoop,
  type FixedPointLoop,
  type LoopOptions,
  type LoopState,
} from '../solvers/fixed-point-loop.ts';
import { sampleDistance, sampleNorm } from '../solvers/per-sample.ts';
import { VERDICTS, type Verdict } from '../solvers/verdict.ts';
import { contractionEstimate } from './contraction-estimate.ts';

/** Options of {@link anytime}: those of the solve, and how often to look. */
export type AnytimeOptions<Z extends TensorTree> = LoopOptions<Z> & {
  /** Tests between two answers; default 10. */
  readonly chunk?: number;
  /** Looked at before each chunk. */
  readonly signal?: AbortSignal;
};

/** The answer so far. Per sample means index `i` of axis 0. */
export type Answer<Z extends TensorTree> = {
  /** Owned by whoever takes it: dispose it. */
  readonly value: Z;
  /** Per sample. */
  readonly status: readonly (Verdict | 'running')[];
  /** Per sample: `‖f(value) − value‖₂`, evaluated at this very point. */
  readonly residual: Float64Array;
  /** Per sample: `μ̂`, see {@link anytime}; null where the ratios do not tell. */
  readonly contraction: readonly (number | null)[];
  /** Per sample: `residual/(1 − μ̂)`, an estimate of a bound on `‖value − z*‖₂`; null where `μ̂` is. */
  readonly errorBound: readonly (number | null)[];
  /** Per sample: solver steps from `z0`. */
  readonly steps: Int32Array;
  /** Per sample: evaluations of `f` so far, those of looking included: two an answer. */
  readonly evaluations: Int32Array;
  /** Whether this is the last answer: every sample has its verdict. */
  readonly isLast: boolean;
};

/**
 * Solves as {@link solve} does and yields the answer after every chunk, first that of `z0`: leave the loop with `break` when it is good
 * enough or time is up, and nothing of the solve is left but the answers you took.
 *
 * The error bound is a posteriori: `‖z − z*‖ ≤ ‖f(z) − z‖/(1 − μ)` where `f` contracts by `μ` around `z` and `z*`, since `‖z − z*‖ ≤ ‖z − f(z)‖ + ‖f(z) − f(z*)‖`. `μ̂` comes
 * from the ratios `‖f(f(z)) − f(z)‖/‖f(z) − z‖` at the answers, which each are a lower bound of `μ` whatever the solver is: the
 * largest of the last three and their spread added to it. It is given where these agree, so that the bound is settled to a fifth, where
 * it is below 1, and where the residuals stand out from the rounding of float32. Trust it near the fixed point of a smooth map, after
 * the fast modes have died away; a mode that the residual does not show yet, a kink on the way to `z*` or a Jacobian far from normal
 * can make it too small. It is never a certificate.
 *
 * @param f - the map; see {@link FixedPointMap}.
 * @param z0 - the start. Borrowed until the iteration ends.
 * @throws (while iterating) what {@link solve} throws; the signal's reason once it is aborted.
 * @example
 * for await (const { value, errorBound, isLast } of anytime(f, z0, picard(), { maxSteps: 1000 })) {
 *   const isEnough = errorBound.every((bound) => bound !== null && bound < 1e-3);
 *   if (isEnough || isLast) return value;
 *   value.dispose();
 * }
 */
export async function* anytime<Z extends TensorTree, S extends TensorTree = TensorTree, C = undefined>(
  f: FixedPointMap<Z, C>,
  z0: Z,
  solver: Solver<Z, S, C>,
  options: AnytimeOptions<Z>,
): AsyncGenerator<Answer<Z>, void, void> {
  const { chunk = 10, signal, ...loopOptions } = options;
  assertSteps('anytime', 'chunk', chunk);
  const loop = fixedPointLoop(f, solver, loopOptions);
  signal?.throwIfAborted();
  let state = loop.start(z0);
  let known: Known = { ratios: [], hasMoved: () => true };
  try {
    for (let tests = 0, looks = 1; ; looks++) {
      const codes = await state.status.data();
      const isLast = tests >= loop.maxTests || codes.every((status) => status !== 0);
      const look = await lookAt(loop, { state, f, solver });
      known = {
        ratios: look.ratios.map((ratio, i) => remembered(known, i, ratio)),
        hasMoved: (i) => codes[i] === 0,
      };
      yield answerOf(look, known.ratios, { looks, isLast, isRunning: known.hasMoved });
      if (isLast) return;
      signal?.throwIfAborted();
      const wanted = Math.min(chunk, loop.maxTests - tests);
      const { state: next, trace } = loop.advance(state, wanted);
      disposeTree(trace);
      disposeTree(state);
      state = next;
      tests += wanted;
    }
  } finally {
    disposeTree(state);
  }
}

/** The ratios seen of each sample, oldest first, and whether it goes on from where it was seen last. */
type Known = {
  readonly ratios: readonly (readonly number[])[];
  readonly hasMoved: (sample: number) => boolean;
};

/** A point that has stopped must not count twice: its ratios would agree with themselves. */
function remembered({ ratios, hasMoved }: Known, sample: number, ratio: number): readonly number[] {
  const before = ratios[sample] ?? [];
  return hasMoved(sample) && !Number.isNaN(ratio) ? [...before.slice(-4), ratio] : before;
}

/** What one look measured, on the host. */
type Look<Z> = {
  readonly value: Z;
  readonly status: ArrayLike<number>;
  readonly residual: Float64Array;
  /** Per sample; NaN where rounding hides it. */
  readonly ratios: readonly number[];
  readonly steps: Int32Array;
  readonly evaluations: Int32Array;
};

/** Below this share of `‖f(z)‖`, a residual is mostly rounding. */
const ROUNDING = 1e-6;

async function lookAt<Z extends TensorTree, S extends TensorTree, C>(
  loop: FixedPointLoop<Z, S>,
  {
    state,
    f,
    solver,
  }: { readonly state: LoopState<Z, S>; readonly f: FixedPointMap<Z, C>; readonly solver: Solver<Z, S, C> },
): Promise<Look<Z>> {
  const { value, ...measured } = tidyTree(() => {
    const { image, ...outcome } = loop.finish(state);
    // Solvers without `control` are those whose C is undefined.
    const control = (solver.control === undefined ? undefined : state.control) as C;
    return { ...outcome, next: sampleDistance(f(image, control), image), size: sampleNorm(image) };
  });
  try {
    const read = async (t: tf.Tensor): Promise<ArrayLike<number>> => await t.data();
    const [residual, next, size] = [
      Float64Array.from(await read(measured.residual)),
      await read(measured.next),
      await read(measured.size),
    ];
    return {
      value,
      residual,
      status: await read(measured.status),
      ratios: Array.from(residual, (r, i) => (r > ROUNDING * size[i]! ? next[i]! / r : NaN)),
      steps: Int32Array.from(await read(measured.steps)),
      evaluations: Int32Array.from(await read(measured.evaluations)),
    };
  } finally {
    disposeTree(measured);
  }
}

function answerOf<Z extends TensorTree>(
  look: Look<Z>,
  ratios: readonly (readonly number[])[],
  at: { readonly looks: number; readonly isLast: boolean; readonly isRunning: (sample: number) => boolean },
): Answer<Z> {
  const contraction = ratios.map(contractionEstimate);
  const status = Array.from(look.status, (index, i) => {
    const verdict = VERDICTS[index] as Verdict;
    return verdict === 'budget' && at.isRunning(i) && !at.isLast ? 'running' : verdict;
  });
  return {
    value: look.value,
    status,
    residual: look.residual,
    contraction,
    errorBound: contraction.map((mu, i) => (mu === null ? null : look.residual[i]! / (1 - mu))),
    steps: look.steps,
    evaluations: look.evaluations.map((evaluations) => evaluations + 2 * at.looks - 1),
    isLast: at.isLast,
  };
}
