/** The loop of a solve as compiled functions: whole, or in pieces with the state in and out. */
import type * as tf from '@tensorflow/tfjs';
import {
  compile,
  spec,
  specsOf,
  type ArrayInput,
  type CompileOptions,
  type HostArray,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import { drive, type RunOptions } from './drive.ts';
import { runWhole, type FixedPointLoop, type LoopState } from './fixed-point-loop.ts';
import { traceRows, type HostOutcome, type TraceRows } from './result.ts';

/** What is compiled, and for which shapes; from here on the types of the user's trees are not known. */
export type LoopSource = {
  readonly loopAt: (context: TensorTree) => FixedPointLoop<TensorTree, TensorTree>;
  readonly maxTests: number;
  readonly z0: Tree<TensorSpec>;
  readonly context: Tree<TensorSpec>;
  readonly options: CompileOptions;
};

/** The arguments of a solve. */
export type LoopInputs = { readonly z0: Tree<ArrayInput>; readonly context: Tree<ArrayInput> };

/** What a solve ends with, on the host. */
export type SolveEnd = { readonly outcome: HostOutcome<Tree<HostArray>>; readonly trace: TraceRows };

/** A loop that runs to its end. It owns sessions. */
export interface RunnableLoop {
  run(inputs: LoopInputs, options: RunOptions): Promise<SolveEnd>;
  dispose(): Promise<void>;
}

/** The state of the loop as it leaves the compiled functions. */
export type LoopArrays = {
  readonly status: HostArray;
  readonly residual: HostArray;
  readonly [name: string]: Tree<HostArray>;
};

/** A {@link LoopOutcome} as it leaves them; every leaf has the batch on axis 0. */
export type OutcomeArrays = {
  readonly value: Tree<HostArray>;
  readonly image: Tree<HostArray>;
  readonly status: HostArray;
  readonly residual: HostArray;
  readonly steps: HostArray;
  readonly evaluations: HostArray;
};

/** A {@link LoopTrace} as it leaves them. */
type TraceArrays = { readonly residual: HostArray; readonly fallback?: HostArray };

/** How far a piece of the loop may go: at most so many tests, until no more than so many samples are running. */
export type PieceBounds = { readonly tests: number; readonly fewest: number };

/** The loop from a state on, for one size of the batch. */
export interface LoopPieces {
  advance(
    state: LoopArrays,
    context: Tree<ArrayInput>,
    bounds: PieceBounds,
  ): Promise<{ readonly state: LoopArrays; readonly trace: TraceRows }>;
  finish(state: LoopArrays, context: Tree<ArrayInput>): Promise<OutcomeArrays>;
  dispose(): Promise<void>;
}

/** The first state, and what it is like. */
export interface LoopStart {
  readonly stateSpec: Tree<TensorSpec>;
  start(inputs: LoopInputs): Promise<LoopArrays>;
  dispose(): Promise<void>;
}

/** Compiles the whole loop as one function. */
export function compileWhole({ loopAt, z0, context, options }: LoopSource) {
  return compile((start: TensorTree, at: TensorTree) => runWhole(loopAt(at), start), [z0, context], {
    ...options,
    names: ['z0', 'context'],
  });
}

/** Compiles the loop so that it can be watched: it runs in chunks of tests. */
export async function compileWatched(source: LoopSource): Promise<RunnableLoop> {
  const first = await compileStart(source);
  const pieces = await compilePieces(source, first.stateSpec).catch(async (error: unknown) => {
    await first.dispose();
    throw error;
  });
  return {
    run: (inputs, options) =>
      drive(
        {
          maxTests: source.maxTests,
          start: () => first.start(inputs),
          advance: async (at, tests) => {
            const { state, trace } = await pieces.advance(at, inputs.context, { tests, fewest: 0 });
            return { state, status: state.status.data, trace };
          },
          finish: async (state) => hostOutcome(await pieces.finish(state, inputs.context)),
          dispose: () => undefined,
        },
        options,
      ),
    dispose: async () => {
      for (const owner of [first, pieces]) await owner.dispose();
    },
  };
}

/** Compiles what makes the first state. */
export async function compileStart({ loopAt, z0, context, options }: LoopSource): Promise<LoopStart> {
  let stateSpec: Tree<TensorSpec> = {};
  const compiled = await compile(
    (start: TensorTree, at: TensorTree) => {
      const state = loopAt(at).start(start) as TensorTree;
      stateSpec = specsOf(state);
      return state;
    },
    [z0, context],
    options,
  );
  return {
    stateSpec,
    // The names of the state's leaves are known to the loop, not to the compiler; so below.
    start: async (inputs) => (await compiled.runArrays(inputs.z0, inputs.context)) as LoopArrays,
    dispose: () => compiled.dispose(),
  };
}

/** Compiles what goes on from a state, and what ends it. */
export async function compilePieces(
  { loopAt, context, options }: Omit<LoopSource, 'z0'>,
  stateSpec: Tree<TensorSpec>,
): Promise<LoopPieces> {
  const scalar = spec([], 'int32');
  const advance = await compile(
    (state: TensorTree, at: TensorTree, limit: tf.Tensor, fewest: tf.Tensor) => {
      const loop = loopAt(at);
      return loop.advance(state as LoopState<TensorTree, TensorTree>, loop.maxTests, { limit, fewest });
    },
    [stateSpec, context, scalar, scalar],
    options,
  );
  const finish = await compile(
    (state: TensorTree, at: TensorTree) => loopAt(at).finish(state as LoopState<TensorTree, TensorTree>),
    [stateSpec, context],
    options,
  ).catch(async (error: unknown) => {
    await advance.dispose();
    throw error;
  });
  return {
    advance: async (at, inputs, bounds) => {
      const { state, trace } = await advance.runArrays(
        at,
        inputs,
        hostScalar(bounds.tests),
        hostScalar(bounds.fewest),
      );
      return { state: state as unknown as LoopArrays, trace: traceOf(trace) };
    },
    finish: async (state, inputs) => await finish.runArrays(state, inputs),
    dispose: async () => {
      for (const piece of [advance, finish]) await piece.dispose();
    },
  };
}

/** An outcome as plain numbers. */
export function hostOutcome({ value, image, ...measured }: OutcomeArrays): HostOutcome<Tree<HostArray>> {
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

/** A trace as rows of numbers. */
export function traceOf(trace: TraceArrays): TraceRows {
  return traceRows(trace.residual.shape[1]!, trace.residual.data, trace.fallback?.data ?? null);
}

function hostScalar(value: number): HostArray {
  return { data: Int32Array.of(value), shape: [] };
}
