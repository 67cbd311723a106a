/** From an operator to something a scaling curve can be taken of: `z ← G(z, x; θ)` as one compiled loop in float64. */
import * as tf from '@tensorflow/tfjs';
import {
  compile,
  compileLoop,
  type HostArray,
  leaves,
  mapTree,
  TraceError,
  type MapTree,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { sampleDistance, sampleNorm } from '../solvers/per-sample.ts';
import type { MethodContext, Snapshot, Solving } from './domain.ts';

/** How problems become inputs of an operator, and states become answers. */
export type IterationOptions<Problem, P extends TensorTree, X extends TensorTree> = {
  /** The input `x` of a batch of problems: host arrays of `Float64Array`, axis 0 being the problems. */
  readonly encode: (problems: readonly Problem[]) => MapTree<X, tf.Tensor, HostArray>;
  /** The parameters `θ` as host arrays; default none, for operators without any. */
  readonly params?: MapTree<P, tf.Tensor, HostArray>;
  /**
   * The answer in a state of one sample: its leaves, each row-major, in the sorted order of their names. Default: all of them, end to
   * end.
   */
  readonly decode?: (state: readonly Float64Array[]) => Float64Array;
};

/**
 * Iterates an operator from its own start, looking after given numbers of evaluations, compiled in float64.
 *
 * A snapshot's residual is `‖G(z) − z‖₂` of each sample, and its contraction the largest `‖G(G(z)) − G(z)‖ / ‖G(z) − z‖` of the
 * samples whose residual is not lost in rounding; the two evaluations that measure them are counted neither in `evaluations` nor
 * in the time. It owns its sessions, one for each shape of the encoded problems: `dispose` it.
 *
 * @param operator - see {@link ImplicitOperator}; its constants must be exact in float64 (see `constant` of compile).
 * @throws (`iterate`) what `compile` throws.
 * @example
 * const halving = { name: 'half', init: () => ({}), initialState: tf.zerosLike, apply: (_, z, x) => tf.add(tf.mul(z, 0.5), x) };
 * const method = compiledIteration(halving, { encode: (xs) => ({ data: Float64Array.from(xs), shape: [xs.length, 1] }) });
 */
export function compiledIteration<Problem, P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'initialState' | 'apply'>,
  options: IterationOptions<Problem, P, X>,
): Solving<Problem> {
  const { encode, params = {}, decode = joined } = options;
  const compilations = new Map<string, Promise<Compilation>>();
  let isDisposed = false;
  return {
    iterate: async (problems, evaluations, context) => {
      const inputs = { params: params as Tree<HostArray>, x: encode(problems) as Tree<HostArray> };
      if (isDisposed) throw new TraceError('iterate: the compiled iteration was disposed. Make it again.');
      const shapes = JSON.stringify(mapTree<HostArray, TensorSpec>(inputs, specOf));
      const compilation = compilations.get(shapes) ?? compileFor(operator, inputs);
      compilations.set(shapes, compilation);
      // A failed compilation is reported, but not kept.
      compilation.catch(() => compilations.delete(shapes));
      return watch(await compilation, inputs, { evaluations, context, decode });
    },
    dispose: async () => {
      isDisposed = true;
      const all = await Promise.allSettled(compilations.values());
      compilations.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.dispose();
    },
  };
}

type Inputs = { readonly params: Tree<HostArray>; readonly x: Tree<HostArray> };
type Given<P, X> = { readonly params: P; readonly x: X };
type Measured = { readonly change: HostArray; readonly next: HostArray; readonly size: HostArray };

/** The three compiled functions of one shape of inputs. */
type Compilation = Awaited<ReturnType<typeof compileFor>>;

async function compileFor<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'initialState' | 'apply'>,
  inputs: Inputs,
) {
  const given = mapTree<HostArray, TensorSpec>(inputs, specOf);
  const step = (z: Z, { params, x }: Given<P, X>): Z => operator.apply(params, z, x);
  const options = { precision: 'float64' } as const;
  const start = await compile(
    (all: unknown) => operator.initialState((all as Given<P, X>).x),
    [given],
    options,
  );
  const state = mapTree<HostArray, TensorSpec>(await start.runArrays(inputs), specOf);
  const loop = await compileLoop<Z, Given<P, X>>({ body: step }, { state, context: given }, options);
  const measure = await compile(
    (z: unknown, all: unknown) => {
      const first = step(z as Z, all as Given<P, X>);
      return {
        change: sampleDistance(first, z as Z),
        next: sampleDistance(step(first, all as Given<P, X>), first),
        size: sampleNorm(z as Z),
      };
    },
    [state, given],
    options,
  );
  const dispose = async (): Promise<void> => {
    for (const compiled of [start, loop, measure]) await compiled.dispose();
  };
  // The trees are known to the operator, not to the compiler: at this border their types are given by hand.
  return {
    start: async (from: Inputs) => (await start.run(from)) as Tree<HostArray>,
    advance: async (
      z: Tree<HostArray>,
      from: Inputs,
      run: { maxSteps: number; signal?: AbortSignal | undefined },
    ) => (await loop.run(z as never, from as never, run)).state as Tree<HostArray>,
    measure: async (z: Tree<HostArray>, from: Inputs) => await measure.run(z, from),
    dispose,
  };
}

function specOf({ data, shape }: HostArray): TensorSpec {
  if (data instanceof Int32Array) return { shape, dtype: 'int32' };
  return { shape, dtype: data instanceof Uint8Array ? 'bool' : 'float32' };
}

async function watch(
  { start, advance, measure }: Compilation,
  inputs: Inputs,
  {
    evaluations,
    context: { signal },
    decode,
  }: {
    readonly evaluations: readonly number[];
    readonly context: MethodContext;
    readonly decode: (state: readonly Float64Array[]) => Float64Array;
  },
): Promise<Snapshot[]> {
  let z = await start(inputs);
  await advance(z, inputs, { maxSteps: 1 }); // Warms up.
  const snapshots: Snapshot[] = [];
  let done = 0;
  let wallTimeMs = 0;
  for (const wanted of evaluations) {
    const before = performance.now();
    if (wanted > done) {
      z = await advance(z, inputs, { maxSteps: wanted - done, signal });
      signal?.throwIfAborted();
      done = wanted;
    }
    wallTimeMs += performance.now() - before;
    const measured = await measure(z, inputs);
    const contraction = contractionOf(measured);
    snapshots.push({
      evaluations: done,
      answers: Array.from(measured.change.data, (_, sample) => decode(rowsOf(z, sample))),
      residuals: Float64Array.from(measured.change.data),
      ...(contraction !== undefined && { contraction }),
      wallTimeMs,
    });
  }
  return snapshots;
}

/** The leaves of one sample. */
function rowsOf(state: Tree<HostArray>, sample: number): Float64Array[] {
  return leaves<HostArray>(state).map(({ data, shape }) => {
    const size = shape.slice(1).reduce((product, length) => product * length, 1);
    return Float64Array.from(data.subarray(sample * size, (sample + 1) * size));
  });
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** A residual below this many units in the last place of the iterate says nothing of a rate. */
const ROUNDING_UNITS = 1e6;

function contractionOf({ change, next, size }: Measured): number | undefined {
  const ratios = Array.from(change.data, (before, i) => {
    const isSound = before > ROUNDING_UNITS * Number.EPSILON * size.data[i]!;
    return isSound ? next.data[i]! / before : 0;
  });
  const largest = Math.max(...ratios);
  return largest > 0 ? largest : undefined;
}
