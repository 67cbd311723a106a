/** A compiled loop whose running samples go on in smaller and smaller batches. */
import {
  leaves,
  mapTree,
  ShapeError,
  type ArrayInput,
  type HostArray,
  type Precision,
  type TensorSpec,
  type Tree,
} from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import {
  batchedContext,
  batchedState,
  resized,
  resizedAll,
  smallerSizes,
  type CompactionOptions,
} from './compaction.ts';
import {
  compilePieces,
  compileStart,
  hostOutcome,
  type LoopArrays,
  type LoopInputs,
  type LoopPieces,
  type LoopSource,
  type LoopStart,
  type OutcomeArrays,
  type RunnableLoop,
} from './compiled-loop.ts';
import { drive, type ChunkedLoop } from './drive.ts';
import { onDemand, type OnDemand } from './on-demand.ts';
import { joinRows, type TraceRows } from './result.ts';
import { gatherSamples, scatterSamples } from './sample-arrays.ts';

/**
 * Compiles a loop whose running samples are put together into a smaller batch as soon as they fit into one.
 *
 * The whole batch and the smallest are compiled at once, so that what cannot be compacted is refused at once; sizes in between when
 * they are first needed, which counts as time of the solve.
 *
 * @throws {ShapeError}, {RangeError} or {TypeError} if an option does not fit, a leaf of the state depends on the batch otherwise than by
 *   axis 0, or the problem does not trace with fewer samples.
 */
export async function compileCompacted(
  source: LoopSource,
  options: CompactionOptions,
): Promise<RunnableLoop> {
  const batch = leaves<TensorSpec>(source.z0)[0]?.shape[0] ?? 0;
  const precision: Precision = source.options.precision ?? 'float32';
  const sizes = smallerSizes(batch, options, precision);
  const isContext = batchedContext(source.context, batch, options);
  const owners: { dispose(): Promise<void> }[] = [];
  const dispose = async (): Promise<void> => {
    for (const owner of owners) await owner.dispose();
  };
  try {
    const first = await compileStart(source);
    owners.push(first);
    const whole = await compilePieces(source, first.stateSpec);
    owners.push(whole);
    const isState =
      sizes.length === 0
        ? []
        : await stateLeaves(source, first.stateSpec, { isContext, batch, size: sizes[0]! });
    const smaller = new Map<number, OnDemand<LoopPieces>>();
    for (const size of sizes) {
      const context = resized(source.context, isContext, size);
      const state = resized(first.stateSpec, isState, size);
      const pieces = onDemand(() => compilePieces({ ...source, context }, state));
      smaller.set(size, pieces);
      owners.push({ dispose: () => pieces.end() });
    }
    if (sizes.length > 0) await tracedWith(sizes[0]!, () => smaller.get(sizes[0]!)!());
    const piecesOf = (size: number) => smaller.get(size)?.() ?? Promise.resolve(whole);
    const ladder: Ladder = { first, piecesOf, sizes, isContext, isState, maxTests: source.maxTests };
    return { run: (inputs, watch) => drive(compactedLoop(ladder, inputs), watch), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Which leaves of the state have samples. */
async function stateLeaves(
  source: LoopSource,
  whole: Tree<TensorSpec>,
  {
    isContext,
    batch,
    size,
  }: { readonly isContext: readonly boolean[]; readonly batch: number; readonly size: number },
): Promise<readonly boolean[]> {
  const fewer = {
    ...source,
    z0: resizedAll(source.z0, size),
    context: resized(source.context, isContext, size),
  };
  const start = await tracedWith(size, () => compileStart(fewer));
  await start.dispose();
  return batchedState(whole, start.stateSpec, { batch, size });
}

/** What fails with fewer samples has met a tensor that still has all of them. */
async function tracedWith<T>(size: number, compiling: () => Promise<T>): Promise<T> {
  try {
    return await compiling();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ShapeError(
      `compileSolve: with compaction, the problem must also trace with ${size} samples; got '${error.message}' ` +
        'Put every tensor that has the batch on axis 0 into the context, and its path into compaction.batched.',
      { cause: error },
    );
  }
}

type Ladder = {
  readonly first: LoopStart;
  /** The loop compiled for a size of the batch. */
  piecesOf(size: number): Promise<LoopPieces>;
  /** Smaller than the batch, ascending. */
  readonly sizes: readonly number[];
  readonly isContext: readonly boolean[];
  readonly isState: readonly boolean[];
  readonly maxTests: number;
};

/** A loop on its way: the samples still in the batch, and what became of the others. */
type Compacted = {
  /** By row of the state: the sample of the user's batch, or null for one that has ended and fills a place. */
  readonly samples: readonly (number | null)[];
  readonly state: LoopArrays;
  readonly context: Tree<ArrayInput>;
  /** Of all samples; null as long as all are in the batch. Only rows of samples that have left it are final. */
  readonly left: { readonly outcome: OutcomeArrays; readonly tested: Tested } | null;
};

/** As the loop's last test found each sample. */
type Tested = { readonly status: HostArray; readonly residual: HostArray };

function compactedLoop(ladder: Ladder, inputs: LoopInputs): ChunkedLoop<Compacted, Tree<HostArray>> {
  return {
    maxTests: ladder.maxTests,
    start: async () => {
      const state = await ladder.first.start(inputs);
      return { samples: rowsOf(state), state, context: inputs.context, left: null };
    },
    advance: async (from, tests) => {
      let at = from;
      const traces: TraceRows[] = [];
      for (let done = 0; done < tests && runningRows(at.state).length > 0;) {
        at = await fitted(at, ladder);
        const size = at.samples.length;
        const fewest = ladder.sizes.findLast((smaller) => smaller < size) ?? 0;
        const pieces = await ladder.piecesOf(size);
        const { state, trace } = await pieces.advance(at.state, at.context, { tests: tests - done, fewest });
        at = { ...at, state };
        traces.push(widened(trace, at));
        done += trace.residual.length;
      }
      return { state: at, status: testedOf(at).status.data, trace: joinRows(traces) };
    },
    finish: async (at) => hostOutcome(await outcomeOf(at, ladder)),
    dispose: () => undefined,
  };
}

/** The same loop in the smallest batch that holds all running samples. */
async function fitted(at: Compacted, ladder: Ladder): Promise<Compacted> {
  const running = runningRows(at.state);
  const size = ladder.sizes.find((smaller) => smaller >= running.length);
  if (size === undefined || size >= at.samples.length) return at;
  // Ended in the batch they stopped in: in another one the last check could round otherwise than the test that stopped them.
  const left = { outcome: await outcomeOf(at, ladder), tested: testedOf(at) };
  const stopped = rowsOf(at.state).filter((row) => !running.includes(row));
  const rows = [...running, ...stopped].slice(0, size);
  const context = mapTree<ArrayInput, HostArray>(at.context, toHost);
  return {
    samples: rows.map((row, place) => (place < running.length ? at.samples[row]! : null)),
    state: gatherSamples(at.state, rows, ladder.isState),
    context: gatherSamples(context, rows, ladder.isContext),
    left,
  };
}

/** The ends of all samples, if those in the batch ended now. */
async function outcomeOf(
  { samples, state, context, left }: Compacted,
  ladder: Ladder,
): Promise<OutcomeArrays> {
  const pieces = await ladder.piecesOf(samples.length);
  const outcome = await pieces.finish(state, context);
  return left === null ? outcome : scatterSamples(left.outcome, outcome, samples);
}

function testedOf({ samples, state: { status, residual }, left }: Compacted): Tested {
  return left === null ? { status, residual } : scatterSamples(left.tested, { status, residual }, samples);
}

/** Rows for all samples: one that has left the batch keeps its last residual. */
function widened({ residual, fallback }: TraceRows, { samples, left }: Compacted): TraceRows {
  if (left === null) return { residual, fallback };
  const last = left.tested.residual.data;
  return {
    residual: residual.map((row) => placed(row, samples, Float64Array.from(last))),
    fallback: fallback.map((row) =>
      placed(
        row,
        samples,
        Array.from(last, () => false),
      ),
    ),
  };
}

/** Writes a row over `all`, each number where its sample is. */
function placed<V, A extends { [sample: number]: V }>(
  row: ArrayLike<V>,
  samples: Compacted['samples'],
  all: A,
): A {
  samples.forEach((sample, place) => {
    if (sample !== null) (all as { [sample: number]: V })[sample] = row[place]!;
  });
  return all;
}

function rowsOf({ status }: LoopArrays): readonly number[] {
  return Array.from(status.data, (_, row) => row);
}

function runningRows(state: LoopArrays): readonly number[] {
  return rowsOf(state).filter((row) => state.status.data[row] === 0);
}

function toHost(leaf: ArrayInput): HostArray {
  if (!(leaf instanceof tf.Tensor)) return leaf;
  return { data: leaf.dataSync(), shape: leaf.shape };
}
