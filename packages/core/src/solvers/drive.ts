/** Runs a loop chunk by chunk, so that it can be watched and stopped; the same for eager and compiled loops. */
import { runInChunks, type ChunkOptions } from '@equilibria/compile';
import { joinRows, type HostOutcome, type TraceRows } from './result.ts';

/**
 * Watching and stopping a solve between its chunks of tests. Once the signal is aborted the solve rejects with its reason; at the
 * deadline, samples still running end as `budget`.
 */
export type RunOptions = ChunkOptions & {
  /** Called after each chunk. */
  readonly onProgress?: ((progress: SolveProgress) => void) | undefined;
};

/** Names of {@link RunOptions}. */
export const RUN_OPTIONS = ['signal', 'deadlineMs', 'chunk', 'onProgress'] as const;

/** How far a solve is. */
export type SolveProgress = {
  /** Tests done, of at most `maxTests`. */
  readonly tests: number;
  readonly maxTests: number;
  /** Samples still running, of `batch`. */
  readonly running: number;
  readonly batch: number;
  /** The largest residual of those still running, 0 if none is. */
  readonly residual: number;
};

/** A chunk that was run: the state to go on from, and what its tests measured. */
export type Chunk<State> = {
  readonly state: State;
  /** Per sample: 0 while running. */
  readonly status: ArrayLike<number>;
  readonly trace: TraceRows;
};

/** A loop whose state is `State`; `dispose` frees a state, `advance` does not free the one it is given. */
export interface ChunkedLoop<State, V> {
  readonly maxTests: number;
  start(): Promise<State>;
  advance(state: State, tests: number): Promise<Chunk<State>>;
  finish(state: State): Promise<HostOutcome<V>>;
  dispose(state: State): void;
}

/**
 * Runs a loop to its end, its deadline or its budget. Frees every state, also when it throws.
 * @throws the signal's reason once it is aborted.
 */
export async function drive<State, V>(
  loop: ChunkedLoop<State, V>,
  { onProgress, ...watch }: RunOptions,
): Promise<{ readonly outcome: HostOutcome<V>; readonly trace: TraceRows }> {
  const traces: TraceRows[] = [];
  watch.signal?.throwIfAborted();
  let state: State = await loop.start();
  let tests = 0;
  const advance = async (from: State, wanted: number) => {
    const done = await loop.advance(from, wanted);
    loop.dispose(from);
    state = done.state;
    traces.push(done.trace);
    onProgress?.(progressOf(loop.maxTests, tests, done));
    tests += wanted;
    const isOver = Array.from(done.status).every((status) => status !== 0);
    return { state, steps: wanted, isOver };
  };
  try {
    const isLooping = loop.maxTests > 0;
    if (isLooping) {
      await runInChunks(state, loop.maxTests, advance, { name: 'solve', ...watch });
      watch.signal?.throwIfAborted();
    }
    return { outcome: await loop.finish(state), trace: joinRows(traces) };
  } finally {
    loop.dispose(state);
  }
}

function progressOf(maxTests: number, before: number, { status, trace }: Chunk<unknown>): SolveProgress {
  const codes = Array.from(status);
  const last = trace.residual.at(-1);
  const running = codes.flatMap((code, i) => (code === 0 ? [last?.[i] ?? 0] : []));
  return {
    tests: before + trace.residual.length,
    maxTests,
    running: running.length,
    batch: codes.length,
    residual: running.reduce((largest, residual) => Math.max(largest, residual), 0),
  };
}
