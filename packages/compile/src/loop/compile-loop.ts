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
import { whileLoop } from './while-loop.ts';

/** A loop whose parts take, besides the state, a context: inputs that stay the same throughout (data, parameters). */
export type LoopParts<S extends TensorTree, X extends TensorTree, C extends TensorTree> = {
  readonly cond?: (state: S, context: X) => tf.Tensor;
  readonly body: (state: S, context: X, step: tf.Tensor) => S;
  readonly collect?: (state: S, context: X) => C;
};

export type RunLoopOptions = {
  /** Bound on the iterations. */
  readonly maxSteps: number;
  /** Iterations of one native call, which cannot be interrupted; default: `maxSteps`, a single call. */
  readonly chunkSteps?: number;
  /** Ends the loop after the running chunk. */
  readonly signal?: AbortSignal;
  /** Ends the loop after the chunk that passes it, in milliseconds from the start. */
  readonly deadlineMs?: number;
  /** Told after every chunk how many iterations are done. */
  readonly onProgress?: (steps: number) => void;
};

/** Why a loop ended: its condition, `maxSteps`, the signal or the deadline. */
export type LoopEnd = 'condition' | 'limit' | 'aborted' | 'deadline';

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
  /** Runs from `init`; whatever ends it, the state reached is returned. */
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
    (init: unknown, context: unknown, limit: unknown, offset: unknown) =>
      whileLoop<S, C>({
        init: init as S,
        ...(cond && { cond: (state: S) => cond(state, context as X) }),
        body: (state, step) => body(state, context as X, tf.add(step, offset as tf.Tensor)),
        ...(collect && { collect: (state: S) => collect(state, context as X) }),
        maxSteps: MOST_STEPS,
        limit: limit as tf.Tensor,
      }) as unknown as TensorTree,
    [signature.state, signature.context, spec([], 'int32'), spec([], 'int32')],
    { names: ['state', 'context', 'limit', 'offset'], ...options },
  );

  const run: CompiledLoop<S, X, C>['run'] = async (init, context, runOptions) => {
    const { maxSteps, chunkSteps = maxSteps, signal, deadlineMs = Infinity, onProgress } = runOptions;
    assertSteps('maxSteps', maxSteps, 0);
    assertSteps('chunkSteps', chunkSteps, Math.min(1, maxSteps));
    const start = performance.now();
    const records: C[] = [];
    let state: unknown = init;
    let steps = 0;
    for (;;) {
      const wanted = Math.min(chunkSteps, maxSteps - steps);
      const limit: HostArray = { data: Int32Array.of(wanted), shape: [] };
      const offset: HostArray = { data: Int32Array.of(steps), shape: [] };
      const result = (await chunk.runArrays(state as never, context, limit, offset)) as unknown as {
        state: unknown;
        steps: HostArray;
        collected: C;
      };
      const done = Number(result.steps.data[0]);
      state = result.state;
      steps += done;
      records.push(result.collected);
      onProgress?.(steps);
      const end = endOf({
        done,
        wanted,
        steps,
        maxSteps,
        signal,
        isLate: performance.now() - start > deadlineMs,
      });
      if (end !== null) {
        const collected = joinRecords(records as unknown as Tree<HostArray>[]);
        return { state, steps, end, collected } as Awaited<ReturnType<typeof run>>;
      }
      // Lets signals, timers and other work happen between chunks.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
  return { run, model: chunk.model, dispose: () => chunk.dispose() };
}

function endOf(at: {
  done: number;
  wanted: number;
  steps: number;
  maxSteps: number;
  signal: AbortSignal | undefined;
  isLate: boolean;
}): LoopEnd | null {
  if (at.done < at.wanted) return 'condition';
  if (at.steps >= at.maxSteps) return 'limit';
  if (at.signal?.aborted) return 'aborted';
  return at.isLate ? 'deadline' : null;
}

function assertSteps(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= MOST_STEPS) return;
  throw new RangeError(`run: ${name} must be an integer from ${least} to ${MOST_STEPS}; got ${value}.`);
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
