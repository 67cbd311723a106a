/** `compile`: a TF.js function becomes one ONNX graph and a session that runs it. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import type { InferenceSession } from 'onnxruntime-node';
import { DtypeError, ShapeError, TraceError } from '../errors.ts';
import { largestNodeCost } from '../graph/cost.ts';
import { describeGraph, type Description } from '../graph/describe.ts';
import { ALL_PASSES, Graph, type Passes } from '../graph/graph.ts';
import { serialize } from '../graph/serialize.ts';
import { typeOf } from '../lowerings/lowering.ts';
import { runTrace, type Trace } from '../trace/tracer.ts';
import {
  type HostArray,
  leavesWithPaths,
  mapTree,
  type MapTree,
  type TensorSpec,
  type TensorTree,
  type Tree,
  unflatten,
} from '../tree/tree.ts';
import { assertCompileOptions } from './compile-options.ts';
import { createSession } from './session.ts';
import { type ArrayInput, fromOrt, type Port, type Precision, toFeeds, toTensor } from './host-arrays.ts';

/** Below this many operations in its largest node a graph runs faster on one thread than on several. */
const PARALLEL_OPERATIONS = 1 << 19;

export type Signature = readonly Tree<TensorSpec>[];

/** The tensors a traced function is called with. */
export type Tensors<Sig extends Signature> = { [K in keyof Sig]: MapTree<Sig[K], TensorSpec, tf.Tensor> };

/** The arguments of a compiled function: tensors or host arrays at every leaf. */
export type Arrays<Sig extends Signature> = { [K in keyof Sig]: MapTree<Sig[K], TensorSpec, ArrayInput> };

export type CompileOptions<P extends Precision = Precision> = {
  /** Type of every float in the graph; default 'float32'. */
  readonly precision?: P;
  /** Names of the arguments, used for the model's inputs; default `arg0`, `arg1`, … */
  readonly names?: readonly string[];
  /** Name of the result, used for the model's outputs; default `out`. Empty: outputs are named by their paths alone. */
  readonly outputName?: string;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
  /** Execution providers of ONNX Runtime in order of preference; default ['cpu']. */
  readonly providers?: readonly string[];
  /** Passes to switch off; they change the speed, never the results. */
  readonly passes?: Partial<Passes>;
  /** Written into the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
};

/** A compiled function. It owns a session: `dispose` it. */
export interface Compiled<Sig extends Signature, Out extends TensorTree, P extends Precision> {
  /**
   * Computes: tensors out in float32, host arrays out in float64. Results are the caller's; host arrays given are read until the
   * promise settles. ONNX Runtime computes on the calling thread: the event loop waits.
   */
  run(...args: Arrays<Sig>): Promise<P extends 'float64' ? MapTree<Out, tf.Tensor, HostArray> : Out>;
  /** Computes, with host arrays out in either precision; needs no TF.js backend. */
  runArrays(...args: Arrays<Sig>): Promise<MapTree<Out, tf.Tensor, HostArray>>;
  /** The ONNX model; it runs anywhere ONNX does. */
  readonly model: Uint8Array;
  readonly inputs: readonly Port[];
  /** Of what a loop collected, the first length is the bound. */
  readonly outputs: readonly Port[];
  readonly threads: number;
  /** Names of the variables that `fn` captured: their values are constants of the graph, whatever is assigned to them later. */
  readonly variables: readonly string[];
  /** What the graph holds and how much work it is. */
  describe(): Description;
  /** Releases the session; using the function afterwards throws. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Traces `fn` once and compiles it.
 *
 * Tensors that `fn` captures become constants. Nothing that depends on values can happen while tracing: no reading, no
 * random numbers (pass them in), no `if` on a tensor.
 *
 * @param fn - a function of trees of tensors to a tree of tensors, made of TF.js ops and {@link whileLoop}.
 * @param signature - the specs of its arguments.
 * @throws {UnsupportedOpError} naming a kernel that has no ONNX form.
 * @throws {TraceError} if `fn` reads values, draws random numbers, makes or assigns a variable, or uses a tensor of another trace.
 * @throws {ProviderError} if an execution provider cannot be used here.
 * @throws {RangeError} if `threads` is not an integer >= 1.
 * @example
 * const f = await compile((x) => tf.sum(tf.square(x)), [spec([3])]);
 */
export async function compile<
  const Sig extends Signature,
  Out extends TensorTree,
  P extends Precision = 'float32',
>(
  fn: (...args: Tensors<Sig>) => Out,
  signature: Sig,
  options: CompileOptions<P> = {},
): Promise<Compiled<Sig, Out, P>> {
  assertCompileOptions(options);
  const { precision = 'float32' as P, providers = ['cpu'] } = options;
  const { graph, inputs, outputs, like, variables } = traceFunction(fn, signature, options);
  const model = serialize(graph, { precision, ...options.metadata });
  const threads =
    options.threads ?? (largestNodeCost(graph.root) < PARALLEL_OPERATIONS ? 1 : availableParallelism());
  let session: InferenceSession | null = await createSession(model, { threads, providers });
  const running = new Set<Promise<unknown>>();

  const runArrays = async (...args: Arrays<Sig>): Promise<MapTree<Out, tf.Tensor, HostArray>> => {
    if (session === null) throw new TraceError('run: the compiled function was disposed. Compile it again.');
    const run = session.run(toFeeds(args, inputs, precision));
    running.add(run);
    const results = await run.finally(() => running.delete(run));
    const arrays = outputs.map(({ name }) => fromOrt(results[name]!));
    return unflatten<HostArray>(like, arrays) as MapTree<Out, tf.Tensor, HostArray>;
  };
  const run = async (...args: Arrays<Sig>): Promise<unknown> => {
    const arrays = await runArrays(...args);
    return precision === 'float64' ? arrays : mapTree<HostArray, tf.Tensor>(arrays, toTensor);
  };
  return {
    run: run as Compiled<Sig, Out, P>['run'],
    runArrays,
    model,
    inputs,
    outputs,
    threads,
    variables,
    describe: () => describeGraph(graph),
    dispose: async () => {
      const open = session;
      session = null;
      await Promise.allSettled(running);
      await open?.release();
    },
  };
}

type Traced = {
  readonly graph: Graph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** A tree of the result's structure. */
  readonly like: Tree<unknown>;
  readonly variables: readonly string[];
};

function traceFunction<Sig extends Signature>(
  fn: (...args: Tensors<Sig>) => TensorTree,
  signature: Sig,
  { precision = 'float32', names, outputName = 'out', passes }: CompileOptions,
): Traced {
  if (!Array.isArray(signature)) {
    throw new ShapeError(
      `compile: the signature must be a list with the spec of each argument; got ${typeof signature}.`,
    );
  }
  const graph = new Graph(precision === 'float64' ? 'double' : 'float', { ...ALL_PASSES, ...passes });
  const inputs = leavesWithPaths<TensorSpec>(signature).map(({ path, leaf }) => ({
    name: portName(path, names),
    path,
    spec: leaf,
  }));
  for (const { name, spec } of inputs) assertSpec(name, spec);
  if (names !== undefined && names.length > signature.length) {
    throw new ShapeError(
      `compile: names must not be more than the ${signature.length} arguments; got ${names.length}.`,
    );
  }
  let outputs: readonly Port[] = [];
  let like: Tree<unknown> = null;
  let variables: readonly string[] = [];
  runTrace(graph, (trace) => {
    const args = inputs.map(({ name, spec }) =>
      trace.tensorOf(graph.input(name, typeOf(graph, spec.dtype), spec.shape)),
    );
    const result = fn(...(unflatten<tf.Tensor>(signature, args) as Tensors<Sig>));
    refusePromise(result);
    outputs = declareOutputs(trace, result, outputName);
    like = mapTree<tf.Tensor, null>(result, () => null);
    assertNames([...inputs, ...outputs]);
    variables = [...trace.variables];
  });
  return { graph, inputs, outputs, like, variables };
}

function declareOutputs(trace: Trace, result: TensorTree, outputName: string): readonly Port[] {
  const { graph } = trace;
  const leaves = leavesWithPaths<tf.Tensor>(result);
  if (leaves.length === 0)
    throw new ShapeError('compile: the function must return at least one tensor; got none.');
  return leaves.map(({ path, leaf }) => {
    if (!(leaf instanceof tf.Tensor)) {
      throw new TraceError(
        `compile: the function must return a tree of tensors; got ${typeof leaf} at '${path}'.`,
      );
    }
    const name = [outputName, path].filter((part) => part !== '').join('.');
    // ONNX Runtime removes the copy; it gives the output its name.
    graph.root.outputs.push(graph.copyInto(graph.root, trace.valueOf(leaf), name));
    return { name, path, spec: { shape: leaf.shape, dtype: leaf.dtype as TensorSpec['dtype'] } };
  });
}

function assertSpec(name: string, spec: TensorSpec | undefined): void {
  if (!Array.isArray(spec?.shape)) {
    throw new ShapeError(`compile: the signature must have a spec at '${name}'; got ${typeof spec}.`);
  }
  const { shape, dtype } = spec;
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
    throw new ShapeError(`compile: the shape of '${name}' must be lengths >= 0; got [${shape.join()}].`);
  }
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return;
  throw new DtypeError(
    `compile: the dtype of '${name}' must be float32, int32 or bool; got ${String(dtype)}. ` +
      "For float64, leave it float32 and compile with precision: 'float64'.",
  );
}

/** An async function would go on after its trace. */
function refusePromise(result: unknown): void {
  if (!(result instanceof Promise)) return;
  // What it goes on to do is not anybody's to hear of.
  result.catch(() => undefined);
  throw new TraceError(
    'compile: the function must not be async; got a promise. Await outside, and pass tensors in.',
  );
}

/** Names of inputs and outputs must tell them apart, and `%` begins the graph's own. */
function assertNames(ports: readonly Port[]): void {
  const names = ports.map(({ name }) => name);
  const wrong = names.find((name, i) => name === '' || name.startsWith('%') || names.indexOf(name) !== i);
  if (wrong === undefined) return;
  throw new ShapeError(
    `compile: inputs and outputs must have different names, not empty, that do not begin with %; got '${wrong}'. ` +
      'Choose others with the options names and outputName.',
  );
}

/** `0.weights` is `arg0.weights`, or `params.weights` if the first argument is named `params`. */
function portName(path: string, names: readonly string[] | undefined): string {
  const [position = '0', ...rest] = path.split('.');
  return [names?.[Number(position)] ?? `arg${position}`, ...rest].join('.');
}
