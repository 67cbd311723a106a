/** `compileSolve`: a solve as compiled functions, with the same source, verdicts and result as `solve`. */
import * as tf from '@tensorflow/tfjs';
import {
  compile,
  TraceError,
  mapTree,
  spec,
  specsOf,
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
import type { FixedPointMap, Solver, StopRule } from './contract.ts';
import { drive, type ChunkedLoop, type RunOptions } from './drive.ts';
import { fixedPointLoop, solveTraced, type FixedPointLoop, type LoopOptions } from './fixed-point-loop.ts';
import { resultOf, traceRows, type HostOutcome, type SolveResult, type TraceRows } from './result.ts';

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
  };

/** The returned points: tensors in float32, host arrays in float64. */
export type SolvedValue<Z, P extends Precision> = P extends 'float64' ? MapTree<Z, tf.Tensor, HostArray> : Z;

/** A compiled solve. It owns sessions: `dispose` it. */
export interface CompiledSolve<Z, X, P extends Precision> {
  /**
   * Solves for one start and context, of the compiled shapes; tensors or host arrays (float64: host arrays of
   * `Float64Array`). Without run options it is one native call; with any of them it runs in chunks, between
   * which the signal, the deadline and the progress callback are served.
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
 * @param options - `maxSteps` and the verdicts' parameters as in `solve`; `precision`, `threads`, … as in `compile`.
 * @throws {RangeError} if an option is out of its range; {ShapeError}, {DtypeError}, {TraceError} or {UnsupportedOpError} as
 *   `solve` and `compile` do.
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
  const { checkEvery = 1, maxSteps, precision, watched = false } = options;
  const whole = once(() => compileWhole(problem, signature, options));
  const pieces = once(() => compilePieces(problem, signature, options));
  await (watched ? pieces() : whole());

  const solve: CompiledSolve<Z, X, P>['solve'] = async (z0, context, runOptions = {}) => {
    const inputs = { z0: z0 as Tree<ArrayInput>, context: context as Tree<ArrayInput> };
    if (Object.values(runOptions).every((option) => option === undefined)) {
      const outcome = await (await whole()).runArrays(inputs.z0, inputs.context);
      return resultIn(outcomeOf(outcome), traceOf(outcome));
    }
    runOptions.signal?.throwIfAborted();
    const start = performance.now();
    const loop = chunked(await pieces(), inputs, maxSteps / checkEvery);
    const { outcome, trace } = await drive(loop, startedBefore(runOptions, performance.now() - start));
    return resultIn(outcome, trace);
  };
  const resultIn = (outcome: HostOutcome<Tree<HostArray>>, trace: TraceRows) => {
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

/** What has to be compiled, when it is first asked for; an owner of sessions that ends with {@link Once.end}. */
type Once<T> = { (): Promise<T>; end(): Promise<void> };

function once<T extends { dispose(): Promise<void> }>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | null = null;
  let isOver = false;
  const get = async (): Promise<T> => {
    if (isOver) throw new TraceError('solve: the compiled solve was disposed. Compile it again.');
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = null;
      throw error;
    }
  };
  const end = async (): Promise<void> => {
    isOver = true;
    const opened = made;
    made = null;
    await opened?.then((owned) => owned.dispose()).catch(() => undefined);
  };
  return Object.assign(get, { end });
}

/** The options of a run that has used some of its time; a deadline that has passed still lets one chunk run. */
function startedBefore(options: RunOptions, elapsedMs: number): RunOptions {
  const { deadlineMs } = options;
  if (deadlineMs === undefined || !(deadlineMs > 0)) return options;
  return { ...options, deadlineMs: Math.max(deadlineMs - elapsedMs, 1e-3) };
}

function compileWhole<
  Z extends TensorTree,
  X extends TensorTree,
  S extends TensorTree,
  C,
  P extends Precision,
>(
  problem: (context: X) => SolveProblem<Z, S, C>,
  signature: SolveSignature<Z, X>,
  options: CompileSolveOptions<P>,
) {
  return compile(
    (z0: unknown, context: unknown) => {
      const { f, solver, stop } = problem(context as X);
      return solveTraced(f, z0 as Z, solver, { ...options, ...(stop && { stop }) });
    },
    [signature.z0 as Tree<TensorSpec>, signature.context as Tree<TensorSpec>],
    { ...compileOptionsOf(options), names: ['z0', 'context'] },
  );
}

type OutcomeArrays = {
  readonly value: Tree<HostArray>;
  readonly image: Tree<HostArray>;
  readonly status: HostArray;
  readonly residual: HostArray;
  readonly steps: HostArray;
  readonly evaluations: HostArray;
};

type Traced = { readonly trace: { readonly residual: HostArray; readonly fallback?: HostArray } };

type LoopArrays = { readonly status: HostArray };

/** The loop in three compiled functions, state in and state out. */
type Pieces = {
  start(z0: Tree<ArrayInput>, context: Tree<ArrayInput>): Promise<LoopArrays>;
  advance(
    state: LoopArrays,
    context: Tree<ArrayInput>,
    tests: number,
  ): Promise<Traced & { readonly state: LoopArrays }>;
  finish(state: LoopArrays, context: Tree<ArrayInput>): Promise<OutcomeArrays>;
  dispose(): Promise<void>;
};

async function compilePieces<
  Z extends TensorTree,
  X extends TensorTree,
  S extends TensorTree,
  C,
  P extends Precision,
>(
  problem: (context: X) => SolveProblem<Z, S, C>,
  signature: SolveSignature<Z, X>,
  options: CompileSolveOptions<P>,
): Promise<Pieces> {
  const compileOptions = compileOptionsOf(options);
  const contextSpec = signature.context as Tree<TensorSpec>;
  const loopAt = (context: unknown): FixedPointLoop<Z, S> => {
    const { f, solver, stop } = problem(context as X);
    return fixedPointLoop(f, solver, { ...options, ...(stop && { stop }) });
  };
  let stateSpec: Tree<TensorSpec> = {};
  const opened: { dispose(): Promise<void> }[] = [];
  const dispose = async (): Promise<void> => {
    for (const piece of opened) await piece.dispose();
  };
  const open: typeof compile = async (...args) => {
    try {
      const piece = await compile(...args);
      opened.push(piece);
      return piece;
    } catch (error) {
      await dispose();
      throw error;
    }
  };
  const start = await open(
    (z0: unknown, context: unknown) => {
      const state = loopAt(context).start(z0 as Z) as TensorTree;
      stateSpec = specsOf(state);
      return state;
    },
    [signature.z0 as Tree<TensorSpec>, contextSpec],
    compileOptions,
  );
  const advance = await open(
    (state: unknown, context: unknown, limit: unknown) => {
      const loop = loopAt(context);
      return loop.advance(state as never, loop.maxTests, limit as tf.Tensor);
    },
    [stateSpec, contextSpec, spec([], 'int32')],
    compileOptions,
  );
  const finish = await open(
    (state: unknown, context: unknown) => loopAt(context).finish(state as never) as unknown as TensorTree,
    [stateSpec, contextSpec],
    compileOptions,
  );
  // The trees are known to the loop, not to the compiler: at this border their types are given by hand.
  return {
    start: async (z0, context) => (await start.runArrays(z0, context)) as never,
    advance: async (state, context, tests) => {
      const limit: HostArray = { data: Int32Array.of(tests), shape: [] };
      return await advance.runArrays(state, context, limit);
    },
    finish: async (state, context) => (await finish.runArrays(state, context)) as never,
    dispose,
  };
}

function chunked(
  pieces: Pieces,
  { z0, context }: { readonly z0: Tree<ArrayInput>; readonly context: Tree<ArrayInput> },
  maxTests: number,
): ChunkedLoop<LoopArrays, Tree<HostArray>> {
  return {
    maxTests,
    start: () => pieces.start(z0, context),
    advance: async (at, tests) => {
      const { state, trace } = await pieces.advance(at, context, tests);
      return { state, status: state.status.data, trace: traceOf({ trace }) };
    },
    finish: async (state) => outcomeOf(await pieces.finish(state, context)),
    dispose: () => undefined,
  };
}

function outcomeOf({ value, image, ...measured }: OutcomeArrays): HostOutcome<Tree<HostArray>> {
  const { status, residual, steps, evaluations } = measured;
  return {
    value,
    image,
    status: status.data,
    residual: residual.data,
    steps: steps.data,
    evaluations: evaluations.data,
  };
}

function traceOf({ trace: { residual, fallback } }: Traced): TraceRows {
  return traceRows(residual.shape[1]!, residual.data, fallback?.data ?? null);
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
