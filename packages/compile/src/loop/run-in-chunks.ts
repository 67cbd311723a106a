/** A long iteration in pieces, between which it can be watched and stopped: the same for every loop, eager or compiled. */

/** Watching and stopping. */
export type ChunkOptions = {
  /** Looked at before each chunk. */
  readonly signal?: AbortSignal | undefined;
  /** Wall time in milliseconds, looked at between chunks. Default: no limit. */
  readonly deadlineMs?: number | undefined;
  /** Steps of a chunk; default: as many as take about a tenth of a second, by the time that the last chunk took. */
  readonly chunk?: number | undefined;
};

/** What came of a chunk: the state to go on from, and whether the iteration is over by its own rule. */
export type ChunkEnd<State> = { readonly state: State; readonly steps: number; readonly isOver: boolean };

/** Why an iteration ended: by its own rule, at the bound on its steps, by the signal or at the deadline. */
export type LoopEnd = 'condition' | 'limit' | 'aborted' | 'deadline';

/**
 * Advances a state chunk by chunk.
 *
 * @param start - the state to begin with. `advance` owns what it is given and gives back what the next chunk begins with.
 * @param maxSteps - bound on all steps.
 * @param options.name - of the caller, for messages.
 * @throws {RangeError} if an option is out of its range.
 */
export async function runInChunks<State>(
  start: State,
  maxSteps: number,
  advance: (state: State, steps: number) => Promise<ChunkEnd<State>>,
  options: ChunkOptions & { readonly name: string },
): Promise<{ readonly state: State; readonly steps: number; readonly end: LoopEnd }> {
  const { name, signal, deadlineMs = Infinity, chunk } = options;
  if (chunk !== undefined && (!Number.isInteger(chunk) || chunk < 1)) {
    throw new RangeError(`${name}: chunk must be an integer >= 1; got ${chunk}.`);
  }
  if (signal !== undefined && typeof signal.aborted !== 'boolean') {
    throw new RangeError(
      `${name}: signal must be an AbortSignal; got ${typeof signal}. Pass controller.signal.`,
    );
  }
  if (!(deadlineMs > 0)) throw new RangeError(`${name}: deadlineMs must be > 0; got ${deadlineMs}.`);
  const deadline = performance.now() + deadlineMs;
  let state = start;
  let steps = 0;
  let size = chunk ?? 1;
  for (;;) {
    if (signal?.aborted) return { state, steps, end: 'aborted' };
    const wanted = Math.min(size, maxSteps - steps);
    const began = performance.now();
    const done = await advance(state, wanted);
    const now = performance.now();
    size = chunk ?? nextChunk(wanted, now - began, deadline - now);
    state = done.state;
    steps += done.steps;
    if (done.isOver) return { state, steps, end: 'condition' };
    if (steps >= maxSteps) return { state, steps, end: 'limit' };
    await eventLoop();
    if (performance.now() >= deadline) return { state, steps, end: 'deadline' };
  }
}

/** Time that a chunk aims at, and by how much chunks may grow, so that one quick chunk does not make a slow one. */
const SLICE_MS = 100;
const GROWTH = 4;

/** As many steps as fit into the slice and into the time that is left, by the time that the last chunk took. */
function nextChunk(steps: number, elapsedMs: number, leftMs: number): number {
  const share = Math.min(SLICE_MS, leftMs) / Math.max(elapsedMs, 0.01);
  return Math.max(1, Math.floor(steps * Math.min(GROWTH, share)));
}

/** Lets timers and signals be heard. */
function eventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
