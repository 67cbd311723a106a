/** Runs a loop chunk by chunk, so that it can be watched and stopped; the same for eager and compiled loops. */
import type { HostOutcome, TraceRows } from './result.ts';

/** Watching and stopping a solve. */
export type RunOptions = {
  /** Asked between chunks; the solve then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: SolveProgress) => void;
  /** Wall time in milliseconds, looked at between chunks; samples still running then end as `budget`. Default: no limit. */
  readonly deadlineMs?: number;
  /** Tests in a chunk; default: as many as take about a tenth of a second, by the time that the last chunk took. */
  readonly chunk?: number;
};

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

/** Runs a loop to its end, its deadline or its budget. Frees every state, also when it throws. */
export async function drive<State, V>(
  loop: ChunkedLoop<State, V>,
  options: RunOptions,
): Promise<{ readonly outcome: HostOutcome<V>; readonly trace: TraceRows }> {
  const { signal, onProgress, deadlineMs = Infinity, chunk } = options;
  if (chunk !== undefined && (!Number.isInteger(chunk) || chunk < 1)) {
    throw new RangeError(`solve: chunk must be an integer >= 1; got ${chunk}.`);
  }
  if (!(deadlineMs > 0)) throw new RangeError(`solve: deadlineMs must be > 0; got ${deadlineMs}.`);
  signal?.throwIfAborted();
  const end = performance.now() + deadlineMs;
  const traces: TraceRows[] = [];
  let state: State = await loop.start();
  try {
    let size = chunk ?? FIRST_CHUNK;
    for (let tests = 0; tests < loop.maxTests;) {
      const wanted = Math.min(size, loop.maxTests - tests);
      const start = performance.now();
      const done = await loop.advance(state, wanted);
      size = chunk ?? nextChunk(wanted, performance.now() - start);
      loop.dispose(state);
      state = done.state;
      traces.push(done.trace);
      onProgress?.(progressOf(loop.maxTests, tests, done));
      tests += wanted;
      if (Array.from(done.status).every((status) => status !== 0)) break;
      await eventLoop();
      signal?.throwIfAborted();
      if (performance.now() >= end) break;
    }
    return { outcome: await loop.finish(state), trace: joined(traces) };
  } finally {
    loop.dispose(state);
  }
}

/** Tests of the first chunk, and the time that the next ones aim at. */
const FIRST_CHUNK = 8;
const SLICE_MS = 100;

/** Twice as many at most, so that one quick chunk does not make a slow one. */
function nextChunk(tests: number, elapsedMs: number): number {
  const share = SLICE_MS / Math.max(elapsedMs, 1);
  return Math.max(1, Math.floor(tests * Math.min(2, share)));
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

function joined(traces: readonly TraceRows[]): TraceRows {
  return {
    residual: traces.flatMap((trace) => trace.residual),
    fallback: traces.flatMap((trace) => trace.fallback),
  };
}

/** Lets timers and signals be heard. */
function eventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
