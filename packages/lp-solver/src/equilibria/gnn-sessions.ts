/** The compiled functions of a graph network, for batches of one shape. */

import {
  compile,
  type CompileOptions,
  constant,
  type HostArray,
  mapTree,
  spec,
  type TensorSpec,
  type TensorTree,
  type Tree,
  whileLoop,
} from '@equilibria/compile';
import type { HostTree, ImplicitOperator } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { GnnFlops, GraphSize } from './gnn-flops.ts';
import type { HostGraph, HostSparseGraph, ProgramGraph } from './program-graph.ts';
import { MOST_EVALUATIONS } from './program-looks.ts';

/** A graph network as it is iterated: the state is a number a variable, `[batch, columns]`. */
export type GraphNetwork<P extends TensorTree> = Pick<
  ImplicitOperator<P, tf.Tensor, ProgramGraph>,
  'name' | 'initialState' | 'apply'
> & {
  /** Default whole steps. */
  readonly relaxation?: Relaxation;
  /** The answer at a state, `[batch, columns]` in the program's units. */
  decode(params: P, z: tf.Tensor, graph: ProgramGraph): tf.Tensor;
  /** Operations for one program, where they are to be reported. */
  flops?(size: GraphSize, params: HostTree<P>): GnnFlops;
};

/**
 * Lengths of steps, dimensionless: iteration `k`, from 0 on, goes from `z` to `z + α_k (G(z) − z)` with
 * `α_k = max(least, 1/(1 + k/pace))`. The fixed points are those of `G`.
 * @see Krasnosel'skiĭ, Two remarks on the method of successive approximations (1955); Mann, Mean value methods in iteration (1953).
 */
export type Relaxation = { readonly pace: number; readonly least: number };

/** Iteration `k`, an int32 scalar, of a network. */
export function stepOf<P extends TensorTree>({
  apply,
  relaxation,
}: GraphNetwork<P>): (params: P, z: tf.Tensor, graph: ProgramGraph, k: tf.Tensor) => tf.Tensor {
  if (relaxation === undefined) return apply;
  const { pace, least } = relaxation;
  return (params, z, graph, k) => {
    const slowed = tf.add(constant(1), tf.mul(tf.cast(k, z.dtype as 'float32'), constant(1 / pace)));
    const length = tf.maximum(constant(least), tf.reciprocal(slowed));
    return tf.add(z, tf.mul(length, tf.sub(apply(params, z, graph), z)));
  };
}

/** The map that the iteration of a network ends with: its shortest steps. */
export function settledStepOf<P extends TensorTree>({
  apply,
  relaxation,
}: GraphNetwork<P>): GraphNetwork<P>['apply'] {
  if (relaxation === undefined) return apply;
  return (params, z, graph) =>
    tf.add(z, tf.mul(constant(relaxation.least), tf.sub(apply(params, z, graph), z)));
}

/** A batch of programs on the host. */
export type EncodedPrograms = HostGraph | HostSparseGraph;

/** Iterations one after the other; who makes it disposes of it. */
export interface LookingSessions {
  /** `z₀`. */
  start(graph: EncodedPrograms): Promise<HostArray>;
  /** From the state after `from` iterations, that after `to`, and its answer. */
  advance(
    z: HostArray,
    graph: EncodedPrograms,
    iterations: { readonly from: number; readonly to: number },
  ): Promise<{ readonly state: HostArray; readonly answer: HostArray }>;
  /** `G(z) − z`. */
  change(z: HostArray, graph: EncodedPrograms): Promise<HostArray>;
  dispose(): Promise<void>;
}

/** From programs to answers in one graph; who makes it disposes of it. */
export interface AnsweringSession {
  answer(graph: EncodedPrograms, iterations: number): Promise<HostArray>;
  dispose(): Promise<void>;
}

/** Compiles for batches shaped like `like`, and runs once: what sessions do the first time they run is no part of anybody's time. */
export async function compileLooking<P extends TensorTree>(
  network: GraphNetwork<P>,
  params: HostTree<P>,
  like: EncodedPrograms,
  options: CompileOptions,
): Promise<LookingSessions> {
  const { given, take, open } = withParameters<P>(params, like, options);
  const start = await compile((at: unknown) => network.initialState(open(at).graph), [given], options);
  const state = spec(start.outputs[0]!.spec.shape);
  const advance = await compile(
    (init: tf.Tensor, all: unknown, from: tf.Tensor, to: tf.Tensor) => {
      const at = open(all);
      const end = iterated(network, at, init, { from, to });
      return { state: end, answer: network.decode(at.params, end, at.graph) };
    },
    [state, given, COUNT, COUNT],
    options,
  );
  const change = await compile(
    (z: tf.Tensor, all: unknown) => {
      const at = open(all);
      return tf.sub(network.apply(at.params, z, at.graph), z);
    },
    [state, given],
    options,
  );
  const made: LookingSessions = {
    start: (graph) => start.runArrays(take(graph)),
    advance: (z, graph, { from, to }) => advance.runArrays(z, take(graph), countOf(from), countOf(to)),
    change: (z, graph) => change.runArrays(z, take(graph)),
    dispose: async () => {
      for (const compiled of [start, advance, change]) await compiled.dispose();
    },
  };
  await made.advance(await made.start(like), like, { from: 0, to: 1 });
  return made;
}

/** Compiles the whole way for batches shaped like `like`, and runs once. */
export async function compileAnswering<P extends TensorTree>(
  network: GraphNetwork<P>,
  params: HostTree<P>,
  like: EncodedPrograms,
  options: CompileOptions,
): Promise<AnsweringSession> {
  const { given, take, open } = withParameters<P>(params, like, options);
  const whole = await compile(
    (all: unknown, to: tf.Tensor) => {
      const at = open(all);
      const end = iterated(network, at, network.initialState(at.graph), { from: constant(countOf(0)), to });
      return network.decode(at.params, end, at.graph);
    },
    [given, COUNT],
    options,
  );
  const made: AnsweringSession = {
    answer: (graph, iterations) => whole.runArrays(take(graph), countOf(iterations)),
    dispose: () => whole.dispose(),
  };
  await made.answer(like, 1);
  return made;
}

/** Of a number of iterations, an input of a compiled function. */
export const COUNT = spec([], 'int32');

export const countOf = (iterations: number): HostArray => ({ data: Int32Array.of(iterations), shape: [] });

/** What a traced function is given. */
type Given<P extends TensorTree> = { readonly params: P; readonly graph: ProgramGraph };

function iterated<P extends TensorTree>(
  network: GraphNetwork<P>,
  { params, graph }: Given<P>,
  init: tf.Tensor,
  { from, to }: { readonly from: tf.Tensor; readonly to: tf.Tensor },
): tf.Tensor {
  const step = stepOf(network);
  const body = (z: tf.Tensor, k: tf.Tensor): tf.Tensor => step(params, z, graph, tf.add(from, k));
  return whileLoop<tf.Tensor>({ init, body, maxSteps: MOST_EVALUATIONS, limit: tf.sub(to, from) }).state;
}

/**
 * Parameters are a part of the graph, which computes once and for all what depends on them alone; each of them as an input would cost as
 * much as several operators do on a single small program. In float64, where a trace takes no tensors, they are inputs.
 *
 * The trees are known to the network, not to the compiler: at this border their types are given by hand.
 */
function withParameters<P extends TensorTree>(
  params: HostTree<P>,
  like: EncodedPrograms,
  { precision }: CompileOptions,
) {
  const isHeld = precision !== 'float64';
  const weights = isHeld ? {} : inFloat64(params);
  const take = (graph: EncodedPrograms): Tree<HostArray> => ({ params: weights, graph });
  const open = (all: unknown): Given<P> => {
    const { params: inputs, graph } = all as Given<P>;
    return { params: isHeld ? (mapTree(params as Tree<HostArray>, held) as P) : inputs, graph };
  };
  return { given: mapTree<HostArray, TensorSpec>(take(like), specOf), take, open };
}

const held = ({ data, shape }: HostArray): tf.Tensor => tf.tensor(Float32Array.from(data), [...shape]);

/** Of an input; int32 stays int32, any other number has the precision of the compilation. */
export function specOf({ data, shape }: HostArray): TensorSpec {
  return spec(shape, data instanceof Int32Array ? 'int32' : 'float32');
}

/** Parameters as inputs of a compilation in float64. */
export function inFloat64(params: Tree<HostArray>): Tree<HostArray> {
  return mapTree<HostArray, HostArray>(params, ({ data, shape }) => ({
    data: Float64Array.from(data),
    shape,
  }));
}
