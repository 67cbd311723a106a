/** A loop compiled once and run in chunks, so that it can report progress, keep a deadline and be stopped. */
import * as tf from '@tensorflow/tfjs';
import { compile, type CompileOptions } from '../runtime/compile.ts';
import type { ArrayInput } from '../runtime/host-arrays.ts';
import {
  type HostArray,
  leaves,
  type MapTree,
  type TensorSpec,
  type TensorTree,
  type Tree,
  spec,
  unflatten,
} from '../tree/tree.ts';
import { runInChunks, type ChunkEnd, type ChunkOptions, type LoopEnd } from './run-in-chunks.ts';
import { whileLoop } from './while-loop.ts';

/** A loop whose parts take, besides the state, a context: inputs that stay the same throughout (data, parameters). */
export type LoopParts<S extends TensorTree, X extends TensorTree, C extends TensorTree> = {
  readonly cond?: (state: S, context: X) => tf.Tensor;
  readonly body: (state: S, context: X, step: tf.Tensor) => S;
  readonly collect?: (state: S, context: X) => C;
};

export type RunLoopOptions = ChunkOptions & {
  /** Bound on the iterations. */
  readonly maxSteps: number;
  /** Told after every chunk how many iterations are done. */
  readonly onProgress?: (steps: number) => void;
};

export type LoopRun<S, C> = {
  readonly state: S;
  /** Iterations done. */
  readonly steps: number;
  readonly end: LoopEnd;
  /** What `collect` returned after each iteration, stacked along axis 0. */
  readonly collected: C;
};

/** A compiled loop. It owns a session: `dispose` it. */
export interface CompiledLoop<S extends TensorTree, X extends TensorTree, C extends TensorTree> {
  /**
   * Runs from `init`; whatever ends it, the state reached is returned. It is one native call, which cannot be interrupted, unless a
   * chunk, a signal, a deadline or a progress callback is given.
   * @throws {RangeError} if an option is out of its range.
   */
  run(
    init: MapTree<S, tf.Tensor, ArrayInput>,
    context: MapTree<X, tf.Tensor, ArrayInput>,
    options: RunLoopOptions,
  ): Promise<LoopRun<MapTree<S, tf.Tensor, HostArray>, MapTree<C, tf.Tensor, HostArray>>>;
  readonly model: Uint8Array;
  dispose(): Promise<void>;
}

/** Iterations of a chunk are an input of the graph; this only bounds them. */
const MOST_STEPS = 2 ** 31 - 1;

/**
 * Compiles a loop whose number of iterations per call is an input.
 *
 * @param parts - condition, body and records, as in {@link whileLoop}.
 * @param signature - specs of the state and of the context.
 * @throws what {@link compile} throws.
 */
export async function compileLoop<
  S extends TensorTree,
  X extends TensorTree,
  C extends TensorTree = Record<string, never>,
>(
  parts: LoopParts<S, X, C>,
  signature: { readonly state: Tree<TensorSpec>; readonly context: Tree<TensorSpec> },
  options: CompileOptions = {},
): Promise<CompiledLoop<S, X, C>> {
  const { cond, body, collect } = parts;
  const chunk = await compile(
    (init: unknown, context: unknown, limit: unknown, offset: unknown) => {
      const loop = whileLoop<S, C>({
        init: init as S,
        ...(cond && { cond: (state: S) => cond(state, context as X) }),
        body: (state, step) => body(state, context as X, tf.add(step, offset as tf.Tensor)),
        ...(collect && { collect: (state: S) => collect(state, context as X) }),
        maxSteps: MOST_STEPS,
        limit: limit as tf.Tensor,
      });
      const isOver =
        cond === undefined ? tf.scalar(false, 'bool') : tf.logicalNot(cond(loop.state, context as X));
      return { ...loop, isOver };
    },
    [signature.state, signature.context, spec([], 'int32'), spec([], 'int32')],
    { names: ['state', 'context', 'limit', 'offset'], ...options },
  );

  const run: CompiledLoop<S, X, C>['run'] = async (init, context, runOptions) => {
    const { maxSteps, onProgress, ...watch } = runOptions;
    assertSteps('maxSteps', maxSteps);
    const isWatched = onProgress !== undefined || Object.values(watch).some((option) => option !== undefined);
    const records: C[] = [];
    let steps = 0;
    const advance = async (state: unknown, wanted: number): Promise<ChunkEnd<unknown>> => {
      const limit: HostArray = { data: Int32Array.of(wanted), shape: [] };
      const offset: HostArray = { data: Int32Array.of(steps), shape: [] };
      const result = (await chunk.runArrays(state as never, context, limit, offset)) as unknown as {
        state: unknown;
        steps: HostArray;
        collected: C;
        isOver: HostArray;
      };
      records.push(result.collected);
      const done = Number(result.steps.data[0]);
      steps += done;
      onProgress?.(steps);
      return { state: result.state, steps: done, isOver: result.isOver.data[0] === 1 };
    };
    const whole = isWatched ? {} : { chunk: Math.max(1, maxSteps) };
    const { state, end } = await runInChunks<unknown>(init, maxSteps, advance, {
      name: 'run',
      ...whole,
      ...watch,
    });
    // Stopped before the first chunk: no iteration gives the state on the host and the shapes of the records.
    const reached = records.length === 0 ? (await advance(state, 0)).state : state;
    const collected = joinRecords(records as unknown as Tree<HostArray>[]);
    return { state: reached, steps, end, collected } as Awaited<ReturnType<typeof run>>;
  };
  return { run, model: chunk.model, dispose: () => chunk.dispose() };
}

function assertSteps(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= MOST_STEPS) return;
  throw new RangeError(`run: ${name} must be an integer from 0 to ${MOST_STEPS}; got ${value}.`);
}

/** The records of the chunks, end to end. */
function joinRecords(records: readonly Tree<HostArray>[]): Tree<HostArray> {
  const columns = records.map((record) => leaves<HostArray>(record));
  const joined = columns[0]!.map(({ data, shape }, i) => {
    const parts = columns.map((column) => column[i]!.data);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const all = new (data.constructor as new (length: number) => typeof data)(length);
    let offset = 0;
    for (const part of parts) {
      all.set(part, offset);
      offset += part.length;
    }
    const rows = columns.reduce((sum, column) => sum + column[i]!.shape[0]!, 0);
    return { data: all, shape: [rows, ...shape.slice(1)] };
  });
  return unflatten<HostArray>(records[0]!, joined);
}
