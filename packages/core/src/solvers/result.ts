/** What a solve gives back. */
import { VERDICTS, type Verdict } from './verdict.ts';

/** The result of a solve; per sample means index `i` of axis 0. */
export type SolveResult<V> = {
  /** Per sample. */
  readonly status: readonly Verdict[];
  /** The returned points, one tree with the structure of `z0`. Owned by the caller. */
  readonly value: V;
  /** `f(value)`, undamped: one application further. NaN where the verdict is `non-finite`. Owned by the caller. */
  readonly image: V;
  /** Per sample: `‖f(value) − value‖₂`, evaluated at the returned point, undamped. */
  readonly residual: Float64Array;
  /**
   * `residuals[k][i]` is the residual that test `k` measured of sample `i`, at the starting point of solver step
   * `k·checkEvery`; once the sample has stopped, of the point where it stopped. NaN and infinities as measured.
   */
  readonly residuals: readonly Float64Array[];
  /** `fallbacks[k][i]`: whether one of the solver steps made at test `k` fell back to a simpler one. */
  readonly fallbacks: readonly (readonly boolean[])[];
  /** Per sample: solver steps from `z0` to the last tested point. */
  readonly steps: Int32Array;
  /** Per sample: evaluations of `f` until it stopped, and the one at the returned point. */
  readonly evaluations: Int32Array;
};

/** What the tests of one chunk measured, on the host: rows are tests, columns samples. */
export type TraceRows = {
  readonly residual: readonly Float64Array[];
  readonly fallback: readonly (readonly boolean[])[];
};

/** A {@link LoopOutcome} on the host. */
export type HostOutcome<V> = {
  readonly value: V;
  readonly image: V;
  readonly status: ArrayLike<number>;
  readonly residual: ArrayLike<number>;
  readonly steps: ArrayLike<number>;
  readonly evaluations: ArrayLike<number>;
};

/** A solve did not converge, and the caller asked that it must. */
export class ConvergenceError extends Error {
  override readonly name = 'ConvergenceError';
  /** The verdicts, per sample. */
  readonly status: readonly Verdict[];

  constructor(message: string, status: readonly Verdict[]) {
    super(message);
    this.status = status;
  }
}

/** @throws {ConvergenceError} naming the first sample that has not converged, and how it ended. */
export function assertConverged(result: Pick<SolveResult<unknown>, 'status' | 'residual'>): void {
  const sample = result.status.findIndex((verdict) => verdict !== 'converged');
  if (sample < 0) return;
  throw new ConvergenceError(
    `assertConverged: every sample must have converged; sample ${sample} ended as '${result.status[sample]}' ` +
      `with residual ${result.residual[sample]}.`,
    result.status,
  );
}

/** Puts an outcome and its trace together. */
export function resultOf<V>(outcome: HostOutcome<V>, trace: TraceRows, checkEvery: number): SolveResult<V> {
  const steps = Int32Array.from(outcome.steps);
  // The step made at the test that stopped a sample was thrown away, and so is its flag.
  const isTaken = (test: number, sample: number) => test * checkEvery < steps[sample]!;
  const status = Array.from(outcome.status, (index) => VERDICTS[index] as Verdict);
  // A graph that makes tests in blocks has rows for those that were not made.
  const made = status.map((verdict, i) => steps[i]! / checkEvery + (verdict === 'budget' ? 0 : 1));
  const tests = made.reduce((most, count) => Math.max(most, count), 0);
  return {
    status,
    value: outcome.value,
    image: outcome.image,
    residual: Float64Array.from(outcome.residual),
    residuals: trace.residual.slice(0, tests),
    fallbacks: trace.fallback
      .slice(0, tests)
      .map((row, test) => row.map((fell, sample) => fell && isTaken(test, sample))),
    steps,
    evaluations: Int32Array.from(outcome.evaluations),
  };
}

/** Cuts `[tests, batch]` values into rows; a solver without fallback never fell back. */
export function traceRows(
  batch: number,
  residual: ArrayLike<number>,
  fallback: ArrayLike<number> | null,
): TraceRows {
  const tests = Array.from({ length: residual.length / batch }, (_, test) => test);
  const row = (values: ArrayLike<number>, test: number) =>
    Float64Array.from({ length: batch }, (_, i) => values[test * batch + i]!);
  return {
    residual: tests.map((test) => row(residual, test)),
    fallback: tests.map((test) =>
      Array.from({ length: batch }, (_, i) => fallback !== null && fallback[test * batch + i] === 1),
    ),
  };
}

/** One trace after the other. */
export function joinRows(traces: readonly TraceRows[]): TraceRows {
  return {
    residual: traces.flatMap((trace) => trace.residual),
    fallback: traces.flatMap((trace) => trace.fallback),
  };
}
