/** `solve`: the fixed points of a map, a verdict per sample. */
import { assertKnownOptions, disposeTree, type TensorTree } from '@equilibria/compile';
import type { FixedPointMap, Solver } from './contract.ts';
import { drive, type ChunkedLoop, RUN_OPTIONS, type RunOptions } from './drive.ts';
import { fixedPointLoop, LOOP_OPTIONS, type LoopOptions, type LoopState } from './fixed-point-loop.ts';
import { batchOf } from './per-sample.ts';
import { resultOf, traceRows, type SolveResult } from './result.ts';

/** What ends a solve, and what watches it. */
export type SolveOptions<Z extends TensorTree> = LoopOptions<Z> & RunOptions;

/**
 * Iterates a solver until every sample of the batch has a {@link Verdict}.
 *
 * Numerical failure is a status, never an exception, and no sample harms another: a stopped sample stays bit for bit where
 * it stopped. It goes on being evaluated, to no effect, until the last one stops: `f` captures the data of the whole batch.
 * `compileSolve`, whose map gets its data as arguments, can take it out of the batch. Nothing is promised about *which* fixed
 * point is found. Run outside `tf.tidy`: it awaits.
 *
 * @param f - the map; see {@link FixedPointMap}.
 * @param z0 - the start, a tree of float32 tensors with the batch on axis 0. Borrowed.
 * @param solver - for example {@link picard} or {@link anderson}.
 * @param options - the stop rule, the budget, the verdicts' parameters; a signal, a deadline, a progress callback.
 * @returns the points and what is known of them; `value` and `image` are owned by the caller.
 * @throws {ShapeError} if the leaves of `z0` do not share axis 0, `f` changes the structure, a shape or a dtype, or the stop
 *   rule does not give one verdict a sample.
 * @throws {DtypeError} if a leaf of `z0` is not float32, or the stop rule does not give bool.
 * @throws {RangeError} if an option is out of its range.
 * @example
 * const { status, value } = await solve((z) => tf.add(tf.mul(z, 0.5), 1), tf.zeros([1, 1]), picard(), { maxSteps: 100 });
 * status; // => ['converged']
 */
export async function solve<Z extends TensorTree, C = undefined>(
  f: FixedPointMap<Z, C>,
  z0: Z,
  solver: Solver<Z, TensorTree, C>,
  options: SolveOptions<Z>,
): Promise<SolveResult<Z>> {
  const loop = fixedPointLoop(f, solver, options);
  assertKnownOptions('solve: options', options, [...LOOP_OPTIONS, ...RUN_OPTIONS]);
  const batch = batchOf('solve', z0);
  const chunked: ChunkedLoop<LoopState<Z, TensorTree>, Z> = {
    maxTests: loop.maxTests,
    start: async () => loop.start(z0),
    advance: async (at, tests) => {
      const { state, trace } = loop.advance(at, tests);
      const residual = await trace.residual.data();
      const fallback = trace.fallback === undefined ? null : await trace.fallback.data();
      const status = await state.status.data();
      disposeTree(trace);
      return { state, status, trace: traceRows(batch, residual, fallback) };
    },
    finish: async (state) => {
      const { value, image, ...measured } = loop.finish(state);
      const [status, residual, steps, evaluations] = await Promise.all(
        [measured.status, measured.residual, measured.steps, measured.evaluations].map((t) => t.data()),
      );
      disposeTree(measured);
      return { value, image, status: status!, residual: residual!, steps: steps!, evaluations: evaluations! };
    },
    dispose: (state) => disposeTree(state),
  };
  const { outcome, trace } = await drive(chunked, options);
  return resultOf(outcome, trace, options.checkEvery ?? 1);
}
