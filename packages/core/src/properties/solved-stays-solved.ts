/** Whether an answer is a fixed point: solved stays solved. */
import { disposeTree, type TensorTree, tidyTree, whileLoop } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { checkedMap } from '../solvers/checked.ts';
import { batchOf, sampleDistance, sampleNorm } from '../solvers/per-sample.ts';
import { type Nearness, nearnessOf } from './solved-points.ts';

/** Options of {@link solvedStaysSolved}. */
export type StaysSolvedOptions = {
  /** Applications of the map; default 100. */
  readonly steps?: number;
  /** How far it may move. */
  readonly nearness?: Nearness;
};

/** Plain numbers. */
export type StaysSolved = {
  /** `drift[k][i]`: `‖z_{k+1} − z‖₂` of sample `i`, where `z_{k+1}` is what `k + 1` applications make of the answer `z`. */
  readonly drift: readonly Float64Array[];
  /** Per sample: the largest of these; NaN or infinite if one is. */
  readonly largest: Float64Array;
  /**
   * Per sample: `stays` if every drift is at most `absolute + relative·‖z‖₂` (see {@link Nearness}), `drifts` if one is not,
   * `non-finite` if one is NaN or infinite, or the answer is.
   */
  readonly verdict: readonly ('stays' | 'drifts' | 'non-finite')[];
};

/**
 * Applies the map on and on to an answer, and measures how far that leads away from it. A small residual does not tell: a map that
 * contracts slowly goes on drifting, and one whose fixed point is unstable leaves it.
 *
 * @param f - the map with its input and parameters captured.
 * @param z - the answer: float32 leaves with the batch on axis 0. Borrowed.
 * @returns plain numbers, no tensors.
 * @throws {RangeError} if an option is out of its range; {ShapeError} or {DtypeError} as {@link solve}.
 */
export async function solvedStaysSolved<Z extends TensorTree>(
  f: (z: Z) => Z,
  z: Z,
  options: StaysSolvedOptions = {},
): Promise<StaysSolved> {
  const { steps = 100, nearness } = options;
  assertSteps('solvedStaysSolved', 'steps', steps);
  const { absolute, relative } = nearnessOf('solvedStaysSolved', nearness);
  const batch = batchOf('solvedStaysSolved', z);
  const map = checkedMap<Z, undefined>(f);
  const measured = tidyTree(() => {
    const { collected } = whileLoop({
      init: z,
      body: (at: Z) => map(at, undefined),
      collect: (at) => ({ drift: sampleDistance(at, z) }),
      maxSteps: steps,
    });
    return { drift: collected.drift, size: sampleNorm(z) };
  });
  try {
    const [all, size] = [await measured.drift.data(), await measured.size.data()];
    const drift = Array.from({ length: steps }, (_, k) =>
      Float64Array.from(all.slice(k * batch, (k + 1) * batch)),
    );
    // Math.max keeps NaN.
    const largest = Float64Array.from(size, (_, i) =>
      drift.reduce((most, row) => Math.max(most, row[i]!), 0),
    );
    return {
      drift,
      largest,
      verdict: Array.from(largest, (most, i) => {
        if (!Number.isFinite(most + size[i]!)) return 'non-finite';
        return most <= absolute + relative * size[i]! ? 'stays' : 'drifts';
      }),
    };
  } finally {
    disposeTree(measured);
  }
}
