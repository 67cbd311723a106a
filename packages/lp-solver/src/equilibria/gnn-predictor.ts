/** Graph networks that answer programs: one compiled loop, looked at after given numbers of iterations. */

import {
  compile,
  type CompileOptions,
  constant,
  type HostArray,
  leaves,
  mapTree,
  type Precision,
  spec,
  type TensorSpec,
  type TensorTree,
  TraceError,
  type Tree,
  whileLoop,
} from '@equilibria/compile';
import type { HostTree, ImplicitOperator, MethodContext, Snapshot } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';
import { type GnnFlops, type GraphSize, graphSize } from './gnn-flops.ts';
import {
  encodeGraph,
  type GraphOptions,
  graphOf,
  type ProgramGraph,
  sparseGraphOf,
} from './program-graph.ts';
import { answerInGroups, type GroupOptions, groupPrograms, type ProgramGroup } from './program-groups.ts';
import { standardRows } from './standard-rows.ts';

/** A graph network as it is iterated: the state is a number a variable, `[batch, columns]`. */
export type GraphNetwork<P extends TensorTree> = Pick<
  ImplicitOperator<P, tf.Tensor, ProgramGraph>,
  'name' | 'initialState' | 'apply'
> & {
  /** Length of a step in (0, 1], dimensionless: an iteration goes from `z` to `z + damping·(G(z) − z)`. Default 1. */
  readonly damping?: number;
  /** The answer at a state, `[batch, columns]` in the program's units. */
  decode(params: P, z: tf.Tensor, graph: ProgramGraph): tf.Tensor;
  /** Operations for one program, where they are to be reported. */
  flops?(size: GraphSize, params: HostTree<P>): GnnFlops;
};

/** One iteration of a network: an application, damped. */
export function stepOf<P extends TensorTree>({
  apply,
  damping = 1,
}: GraphNetwork<P>): GraphNetwork<P>['apply'] {
  if (damping === 1) return apply;
  return (params, z, graph) => tf.add(z, tf.mul(tf.sub(apply(params, z, graph), z), constant(damping)));
}

/** How a network answers. */
export type PredictorOptions = GroupOptions & {
  /** Default 'float32'. */
  readonly precision?: Precision;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
  /** Products with dense matrices or with lists of neighbours; default: what takes less time, group by group. */
  readonly products?: 'dense' | 'sparse';
};

/** Answers programs; it owns its sessions, one for each shape of a batch: `dispose` it. */
export interface GnnPredictor {
  /**
   * Answers every program after each of the given numbers of iterations.
   *
   * Residuals are `‖G(z) − z‖₂` over the columns of each program; the evaluation that measures them is counted neither
   * in `evaluations` nor in the time. The time holds what turns programs into graphs and, of each look so far, the
   * decoder; compiling is not in it. The answers do not depend on what else is answered.
   *
   * @param evaluations - increasing whole numbers >= 0.
   * @returns a snapshot for each of them, in order.
   * @throws {RangeError} if they are not.
   */
  iterate(
    programs: readonly Minimization[],
    evaluations: readonly number[],
    context?: Pick<MethodContext, 'signal'>,
  ): Promise<readonly Snapshot[]>;
  /** Releases the sessions; using it afterwards throws. Idempotent. */
  dispose(): Promise<void>;
}

/** One program after one number of iterations, and its part of what the group took. */
type Look = {
  readonly answer: Float64Array;
  readonly residual: number;
  readonly flops: number | undefined;
  readonly wallTimeMs: number;
};

/**
 * A network with its parameters, ready to answer programs of any size.
 * @throws (`iterate`) what `compile` throws.
 */
export function createGnnPredictor<P extends TensorTree>(
  network: GraphNetwork<P>,
  params: HostTree<P>,
  options: PredictorOptions = {},
): GnnPredictor {
  const { precision = 'float32', threads, products, ...grouping } = options;
  const encode = { dense: graphOf, sparse: sparseGraphOf, auto: encodeGraph }[products ?? 'auto'];
  const weights = inPrecision(params, precision);
  const compilations = new Map<string, Promise<Compilation>>();
  const compilationOf = (inputs: Inputs): Promise<Compilation> => {
    const shapes = JSON.stringify(leaves<HostArray>(inputs.graph).map(({ shape }) => shape));
    const known = compilations.get(shapes);
    if (known !== undefined) return known;
    const made = compileFor(network, inputs, { precision, ...(threads !== undefined && { threads }) });
    compilations.set(shapes, made);
    // A failed compilation is reported, but not kept.
    made.catch(() => compilations.delete(shapes));
    return made;
  };
  let isDisposed = false;

  const answerGroup = async (
    members: readonly Minimization[],
    { rows, columns }: ProgramGroup,
    evaluations: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Look[][]> => {
    const began = performance.now();
    const graph = encode(members, { precision, rows, columns } satisfies GraphOptions);
    let wallTimeMs = performance.now() - began;
    const inputs: Inputs = { params: weights, graph };
    const { start, advance, change } = await compilationOf(inputs);
    let z = await start.runArrays(inputs.graph);
    let done = 0;
    const work = network.flops?.(graphSize(graph), params);
    const looks: Look[][] = members.map(() => []);
    for (const wanted of evaluations) {
      signal?.throwIfAborted();
      const before = performance.now();
      const limit: HostArray = { data: Int32Array.of(wanted - done), shape: [] };
      const { state, answer } = await advance.runArrays(z, inputs, limit);
      wallTimeMs += performance.now() - before;
      [z, done] = [state, wanted];
      const moved = await change.runArrays(z, inputs);
      members.forEach(({ matrix }, p) => {
        const own = (array: HostArray) =>
          Float64Array.from(array.data.subarray(p * columns, p * columns + matrix.columns));
        looks[p]!.push({
          answer: own(answer),
          residual: norm(own(moved)),
          flops: work && work.setup + done * work.evaluation + work.readout,
          wallTimeMs: wallTimeMs / members.length,
        });
      });
    }
    return looks;
  };

  return {
    iterate: async (programs, evaluations, { signal } = {}) => {
      assertIncreasing(evaluations);
      if (isDisposed) throw new TraceError('iterate: the predictor was disposed. Make it again.');
      const groups = groupPrograms(programs.map(sizeOf), grouping);
      const looks = await answerInGroups(programs, groups, (members, group) =>
        answerGroup(members, group, evaluations, signal),
      );
      return evaluations.map((count, t) =>
        snapshot(
          count,
          looks.map((of) => of[t]!),
        ),
      );
    },
    dispose: async () => {
      isDisposed = true;
      const all = await Promise.allSettled(compilations.values());
      compilations.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.dispose();
    },
  };
}

function sizeOf(lp: Minimization) {
  return { rows: standardRows(lp).side.length, columns: lp.matrix.columns };
}

function snapshot(evaluations: number, looks: readonly Look[]): Snapshot {
  const counted = looks.flatMap(({ flops }) => (flops === undefined ? [] : [flops]));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    evaluations,
    answers: looks.map(({ answer }) => answer),
    residuals: Float64Array.from(looks, ({ residual }) => residual),
    wallTimeMs: sum(looks.map(({ wallTimeMs }) => wallTimeMs)),
    ...(counted.length > 0 && { flops: sum(counted) / counted.length }),
  };
}

type Inputs = { readonly params: Tree<HostArray>; readonly graph: Tree<HostArray> };
type Compilation = Awaited<ReturnType<typeof compileFor>>;

/** More iterations than anybody asks for. */
const MOST_STEPS = 2 ** 31 - 1;

async function compileFor<P extends TensorTree>(
  network: GraphNetwork<P>,
  inputs: Inputs,
  options: CompileOptions,
) {
  type Given = { readonly params: P; readonly graph: ProgramGraph };
  const graph = mapTree<HostArray, TensorSpec>(inputs.graph, specOf);
  const given = mapTree<HostArray, TensorSpec>(inputs, specOf);
  // The trees are known to the network, not to the compiler: at this border their types are given by hand.
  const start = await compile((at: unknown) => network.initialState(at as ProgramGraph), [graph], options);
  const state = spec(start.outputs[0]!.spec.shape);
  const advance = await compile(
    (init: tf.Tensor, all: unknown, limit: tf.Tensor) => {
      const { params, graph: at } = all as Given;
      const step = stepOf(network);
      const body = (z: tf.Tensor): tf.Tensor => step(params, z, at);
      const end = whileLoop<tf.Tensor>({ init, body, maxSteps: MOST_STEPS, limit }).state;
      return { state: end, answer: network.decode(params, end, at) };
    },
    [state, given, spec([], 'int32')],
    options,
  );
  const change = await compile(
    (z: tf.Tensor, all: unknown) => {
      const { params, graph: at } = all as Given;
      return tf.sub(network.apply(params, z, at), z);
    },
    [state, given],
    options,
  );
  // What a session does the first time it runs is no part of anybody's time.
  const z = await start.runArrays(inputs.graph);
  await advance.runArrays(z, inputs, { data: Int32Array.of(1), shape: [] });
  const dispose = async (): Promise<void> => {
    for (const compiled of [start, advance, change]) await compiled.dispose();
  };
  return { start, advance, change, dispose };
}

function specOf({ data, shape }: HostArray): TensorSpec {
  return spec(shape, data instanceof Int32Array ? 'int32' : 'float32');
}

function inPrecision(params: Tree<HostArray>, precision: Precision): Tree<HostArray> {
  const Floats = precision === 'float64' ? Float64Array : Float32Array;
  return mapTree<HostArray, HostArray>(params, ({ data, shape }) => ({ data: Floats.from(data), shape }));
}

function assertIncreasing(evaluations: readonly number[]): void {
  const isFine = evaluations.every((count, t) => {
    return (
      Number.isInteger(count) && count >= 0 && count <= MOST_STEPS && (t === 0 || count > evaluations[t - 1]!)
    );
  });
  if (isFine) return;
  throw new RangeError(
    `iterate: evaluations must be increasing whole numbers from 0 to ${MOST_STEPS}; got ${evaluations.join(', ')}.`,
  );
}
