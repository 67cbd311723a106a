/** A fixed operator iterated on scalars as one compiled loop in float64, watched along the way. */
import * as tf from '@tensorflow/tfjs';
import { compile, compileLoop, spec, type HostArray } from '@equilibria/compile';
import type { MethodContext, Snapshot, Solving } from '../evaluation/domain.ts';
import type { FixedOperator } from './reciprocal.ts';

/** A problem of the theory's domains: the input of a scalar map. */
export type ScalarProblem = { readonly x: number };

/** Iterations of one native call: some milliseconds, so that an abort is honoured promptly. */
const CHUNK_STEPS = 2048;

/** The three compiled functions of a batch size. */
type Compilation = Awaited<ReturnType<typeof compileFor>>;

/**
 * Iterates `z ← G(z, x)` from the operator's start for a batch of scalars `x`, compiled in float64.
 *
 * A snapshot's residual is `|G(z) − z|` at the iterate, and its contraction the largest
 * `|G(G(z)) − G(z)| / |G(z) − z|` of the samples whose residual is not lost in rounding; the two evaluations that measure them
 * are counted neither in `evaluations` nor in the time.
 *
 * Owns its sessions, one a batch size.
 * @param operator - maps state and input `[batch, 1]` to `[batch, 1]`.
 */
export function compiledIteration(operator: FixedOperator): Solving<ScalarProblem> {
  const compilations = new Map<number, Promise<Compilation>>();
  const compilationFor = (batch: number): Promise<Compilation> => {
    const known = compilations.get(batch) ?? compileFor(operator, batch);
    compilations.set(batch, known);
    return known;
  };
  return {
    iterate: async (problems, evaluations, context) => {
      const x = { data: Float64Array.from(problems, (problem) => problem.x), shape: [problems.length, 1] };
      return watch(await compilationFor(problems.length), x, { evaluations, context });
    },
    dispose: async () => {
      for (const compilation of compilations.values()) await (await compilation).dispose();
      compilations.clear();
    },
  };
}

async function compileFor(operator: FixedOperator, batch: number) {
  const sample = spec([batch, 1]);
  const step = (z: tf.Tensor, x: tf.Tensor) => operator.apply({}, z, x);
  const options = { precision: 'float64' } as const;
  const start = await compile((x) => operator.initialState(x), [sample], options);
  const loop = await compileLoop<tf.Tensor, tf.Tensor>(
    { body: step },
    { state: sample, context: sample },
    options,
  );
  const measure = await compile(
    (z, x) => {
      const first = step(z, x);
      return { change: tf.abs(tf.sub(first, z)), next: tf.abs(tf.sub(step(first, x), first)) };
    },
    [sample, sample],
    options,
  );
  const dispose = async () => {
    await start.dispose();
    await loop.dispose();
    await measure.dispose();
  };
  return { start, loop, measure, dispose };
}

async function watch(
  { start, loop, measure }: Compilation,
  x: HostArray,
  { evaluations, context }: { readonly evaluations: readonly number[]; readonly context: MethodContext },
): Promise<Snapshot[]> {
  const { signal } = context;
  let z: HostArray = await start.run(x);
  await loop.run(z, x, { maxSteps: 1 }); // Warms up.
  const snapshots: Snapshot[] = [];
  let done = 0;
  let wallTimeMs = 0;
  for (const wanted of evaluations) {
    const before = performance.now();
    if (wanted > done) {
      const options = { maxSteps: wanted - done, chunkSteps: Math.min(CHUNK_STEPS, wanted - done) };
      ({ state: z } = await loop.run(z, x, { ...options, ...(signal && { signal }) }));
      signal?.throwIfAborted();
      done = wanted;
    }
    wallTimeMs += performance.now() - before;
    const { change, next } = await measure.run(z, x);
    const contraction = contractionOf(z, change, next);
    snapshots.push({
      evaluations: done,
      answers: Array.from(z.data, (value) => Float64Array.of(value)),
      residuals: Float64Array.from(change.data),
      ...(contraction !== undefined && { contraction }),
      wallTimeMs,
    });
  }
  return snapshots;
}

/** A residual below this many units in the last place of the iterate says nothing of a rate. */
const ROUNDING_UNITS = 1e6;

function contractionOf(z: HostArray, change: HostArray, next: HostArray): number | undefined {
  const ratios = Array.from(change.data, (before, i) => {
    const isSound = before > ROUNDING_UNITS * Number.EPSILON * Math.abs(z.data[i]!);
    return isSound ? next.data[i]! / before : 0;
  });
  const largest = Math.max(...ratios);
  return largest > 0 ? largest : undefined;
}
