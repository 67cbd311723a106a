/** `compileSolve`: a solve as compiled functions, with the same source, verdicts and result as `solve`. */
import type * as tf from '@tensorflow/tfjs';
import {
  assertKnownOptions,
  mapTree,
  type ArrayInput,
  type CompileOptions,
  type HostArray,
  type MapTree,
  type Precision,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import { toTensor } from '../random/samplers.ts';
import { compileCompacted } from './compacted-loop.ts';
import type { CompactionOptions } from './compaction.ts';
import {
  compileWatched,
  compileWhole,
  hostOutcome,
  traceOf,
  type SolveEnd,
  type LoopSource,
} from './compiled-loop.ts';
import type { FixedPointMap, Solver, StopRule } from './contract.ts';
import { RUN_OPTIONS, type RunOptions } from './drive.ts';
import { fixedPointLoop, LOOP_OPTIONS, type LoopOptions } from './fixed-point-loop.ts';
import { onDemand } from './on-demand.ts';
import { joinRows, resultOf, type SolveResult } from './result.ts';

/** What is solved for one context: the map, the method, and when to stop. */
export type SolveProblem<Z extends TensorTree, S extends TensorTree, C = undefined> = {
  readonly f: FixedPointMap<Z, C>;
  readonly solver: Solver<Z, S, C>;
  /** Default `residualBelow()`. */
  readonly stop?: StopRule<Z>;
};

/** The shapes a solve is compiled for. */
export type SolveSignature<Z, X> = {
  readonly z0: MapTree<Z, tf.Tensor, TensorSpec>;
  readonly context: MapTree<X, tf.Tensor, TensorSpec>;
};

/** How to compile, and what ends the loop. */
export type CompileSolveOptions<P extends Precision> = Omit<LoopOptions<TensorTree>, 'stop'> &
  Pick<CompileOptions<P>, 'precision' | 'threads' | 'providers' | 'metadata'> & {
    /**
     * Whether solves will be watched (a signal, a deadline, progress, a chunk): what these need is then compiled at once, and the
     * whole solve, one native call, only when it is asked for. Default false: the other way round.
     */
    readonly watched?: boolean;
    /** Takes stopped samples out of the batch; see {@link CompactionOptions}. Default: they are stepped on, to no effect. */
    readonly compaction?: CompactionOptions;
  };

const COMPILE_SOLVE_OPTIONS = [
  ...LOOP_OPTIONS.filter((name) => name !== 'stop'),
  'precision',
  'threads',
  'providers',
  'metadata',
  'watched',
  'compaction',
];

/** The returned points: tensors in float32, host arrays in float64. */
export type SolvedValue<Z, P extends Precision> = P extends 'float64' ? MapTree<Z, tf.Tensor, HostArray> : Z;

/** A compiled solve. It owns sessions: `dispose` it. */
export interface CompiledSolve<Z, X, P extends Precision> {
  /**
   * Solves for one start and context, of the compiled shapes; tensors or host arrays (float64: host arrays of
   * `Float64Array`). Without run options it is one native call, or one for each size of the batch with compaction; with any
   * of them it runs in chunks, between which the signal, the deadline and the progress callback are served.
   *
   * @throws the signal's reason once it is aborted.
   */
  solve(
    z0: MapTree<Z, tf.Tensor, ArrayInput>,
    context: MapTree<X, tf.Tensor, ArrayInput>,
    options?: RunOptions,
  ): Promise<SolveResult<SolvedValue<Z, P>>>;
  /** The ONNX model of the whole solve; inputs `z0…` and `context…`, outputs `out.value…`, `out.status`, `out.residual`, and so on. */
  model(): Promise<Uint8Array>;
  /** Releases the sessions; using the solve afterwards throws. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Compiles `solve` for fixed shapes: the same map, solver and stop rule, traced once.
 *
 * @param problem - the map, the solver and the stop rule of a context; called while tracing. Everything that changes from
 *   one solve to the next (parameters, inputs, data) belongs in the context; captured tensors become constants.
 * @param signature - the specs of `z0` and of the context.
 * @param options - `maxSteps` and the verdicts' parameters as in `solve`; `precision`, `threads`, … as in `compile`; whether it
 *   will be watched, and {@link CompactionOptions}.
 * @throws {RangeError} if an option is out of its range; {ShapeError}, {DtypeError}, {TraceError} or {UnsupportedOpError} as
 *   `solve` and `compile` do; with compaction, if a name, a size or a leaf of the solver's state does not fit.
 * @example
 * const compiled = await compileSolve(
 *   ({ W }: { W: tf.Tensor }) => ({ f: (z: tf.Tensor) => tf.tanh(tf.matMul(z, W)), solver: anderson<tf.Tensor>() }),
 *   { z0: spec([16, 64]), context: { W: spec([64, 64]) } },
 *   { maxSteps: 100 },
 * );
 */
export async function compileSolve<
  Z extends TensorTree,
  X extends TensorTree,
  S extends TensorTree,
  C = undefined,
  P extends Precision = 'float32',
>(
  problem: (context: X) => SolveProblem<Z, S, C>,
  signature: SolveSignature<NoInfer<Z>, NoInfer<X>>,
  options: CompileSolveOptions<P>,
): Promise<CompiledSolve<Z, X, P>> {
  assertKnownOptions('compileSolve: options', options, COMPILE_SOLVE_OPTIONS);
  const { checkEvery = 1, maxSteps, precision, watched = false, compaction } = options;
  const source: LoopSource = {
    loopAt: (context) => {
      const { f, solver, stop } = problem(context as X);
      return fixedPointLoop(f, solver, { ...options, ...(stop && { stop }) });
    },
    maxTests: maxSteps / checkEvery,
    z0: signature.z0,
    context: signature.context,
    options: compileOptionsOf(options),
  };
  const isCompacted = compaction !== undefined;
  const whole = onDemand(() => compileWhole(source));
  const pieces = onDemand(() =>
    isCompacted ? compileCompacted(source, compaction) : compileWatched(source),
  );
  await (watched || isCompacted ? pieces() : whole());

  const solve: CompiledSolve<Z, X, P>['solve'] = async (z0, context, runOptions = {}) => {
    assertKnownOptions('solve: options', runOptions, RUN_OPTIONS);
    const inputs = { z0: z0 as Tree<ArrayInput>, context: context as Tree<ArrayInput> };
    const isWatched = Object.values(runOptions).some((option) => option !== undefined);
    if (!isWatched && !isCompacted) {
      const { traces, ...outcome } = await (await whole()).runArrays(inputs.z0, inputs.context);
      return resultIn({ outcome: hostOutcome(outcome), trace: joinRows(traces.map(traceOf)) });
    }
    runOptions.signal?.throwIfAborted();
    const start = performance.now();
    const loop = await pieces();
    // Nobody listens: then there is nothing to stop for.
    const run = isWatched ? startedBefore(runOptions, performance.now() - start) : { chunk: source.maxTests };
    return resultIn(await loop.run(inputs, run));
  };
  const resultIn = ({ outcome, trace }: SolveEnd) => {
    const { value, image, ...result } = resultOf(outcome, trace, checkEvery);
    const own = (tree: Tree<HostArray>) =>
      (precision === 'float64' ? tree : mapTree<HostArray, tf.Tensor>(tree, toTensor)) as SolvedValue<Z, P>;
    return { ...result, value: own(value), image: own(image) };
  };
  return {
    solve,
    model: async () => (await whole()).model,
    dispose: async () => {
      for (const form of [whole, pieces]) await form.end();
    },
  };
}

/** The options of a run that has used some of its time; a deadline that has passed still lets one chunk run. */
function startedBefore(options: RunOptions, elapsedMs: number): RunOptions {
  const { deadlineMs } = options;
  if (deadlineMs === undefined || !(deadlineMs > 0)) return options;
  return { ...options, deadlineMs: Math.max(deadlineMs - elapsedMs, 1e-3) };
}

function compileOptionsOf<P extends Precision>(options: CompileSolveOptions<P>): CompileOptions<P> {
  const { precision, threads, providers, metadata } = options;
  return {
    ...(precision && { precision }),
    ...(threads !== undefined && { threads }),
    ...(providers && { providers }),
    ...(metadata && { metadata }),
  };
}
