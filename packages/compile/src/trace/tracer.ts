/** Runs a TF.js function once on symbolic tensors and records the graph. */
import * as tf from '@tensorflow/tfjs';
import { TraceError, UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Scope, Value } from '../graph/value.ts';
import { LOWERINGS } from '../lowerings/registry.ts';
import { UNSUPPORTED } from '../lowerings/unsupported.ts';
import type { Lowering } from '../lowerings/lowering.ts';
import { type DataId, type HostValues, TracingBackend } from './backend.ts';
import { exactConstant } from './exact.ts';
import { padRagged } from './ragged.ts';

const BACKEND = 'equilibria-trace';

/** One running trace: the graph, and the bridge between TF.js's tensors and its values. */
export class Trace {
  readonly graph: Graph;
  readonly #backend: TracingBackend;
  readonly #constants = new Map<DataId, Value>();
  /** Names of the variables whose values became constants. */
  readonly variables = new Set<string>();
  /** For each loop being traced, the tensors from outside that its body has used. */
  readonly #captures: { readonly depth: number; readonly tensors: Set<tf.Tensor> }[] = [];

  constructor(graph: Graph, backend: TracingBackend) {
    this.graph = graph;
    this.#backend = backend;
  }

  /** The value of a tensor: symbolic, or a constant if it was made on the host or captured. */
  valueOf(tensor: tf.TensorInfo): Value {
    const value = this.#resolve(tensor);
    if (tensor instanceof tf.Variable) this.variables.add(tensor.name);
    if (!this.graph.isVisible(value)) {
      throw new TraceError(
        'compile: a tensor made in the body of a loop must not be used outside of it. Return it as state, or collect it.',
      );
    }
    for (const { depth, tensors } of this.#captures) {
      if (value.scope.depth < depth && tensor instanceof tf.Tensor) tensors.add(tensor);
    }
    return value;
  }

  /** A tensor that stands for a value. */
  tensorOf(value: Value): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.infoOf(value));
  }

  infoOf(value: Value): tf.TensorInfo {
    const dtype = value.type === 'int32' || value.type === 'bool' ? value.type : 'float32';
    return { dataId: this.#backend.register(value), shape: [...value.shape], dtype };
  }

  /** Runs `fn`, which traces the body of a loop, and returns the tensors it took from outside. */
  capturing(body: Scope, fn: () => void): readonly tf.Tensor[] {
    const capture = { depth: body.depth, tensors: new Set<tf.Tensor>() };
    this.#captures.push(capture);
    try {
      fn();
    } finally {
      this.#captures.pop();
    }
    return [...capture.tensors];
  }

  #resolve({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const entry = this.#backend.entry(dataId);
    if (entry?.kind === 'value') return entry.value;
    const known = this.#constants.get(dataId);
    if (known !== undefined) return known;
    const value = this.#constant(entry?.kind === 'host' ? entry.host : this.#captured(dataId, shape, dtype));
    this.#constants.set(dataId, value);
    return value;
  }

  #captured(dataId: DataId, shape: readonly number[], dtype: tf.DataType): HostValues {
    const info = tf.engine().state.tensorInfo.get(dataId);
    if (info === undefined) {
      throw new TraceError(
        'compile: the function must not use a tensor that was disposed, or that outlived the trace it was made in. ' +
          'Keep it (tf.keep), or return it from its function.',
      );
    }
    if (info.backend === this.#backend) this.#backend.refuseOutlived();
    if (this.graph.floatType === 'double' && dtype === 'float32') {
      throw new TraceError(
        `compile: a float64 function must not capture a float32 tensor (shape [${shape.join(', ')}]). ` +
          'Pass it as an input, or use constant({ data, shape }) with a Float64Array.',
      );
    }
    const values = tf.engine().readSync(dataId) as HostValues['values'];
    return { values: values.slice(), shape, dtype };
  }

  #constant({ values, shape, dtype }: HostValues): Value {
    if (dtype === 'int32') return this.graph.constant(Int32Array.from(values), 'int32', shape);
    if (dtype === 'bool') return this.graph.constant(Uint8Array.from(values), 'bool', shape);
    if (this.graph.floatType === 'float')
      return this.graph.constant(Float32Array.from(values), 'float', shape);
    return this.graph.constant(exactConstant(values), 'double', shape);
  }
}

/** The trace that is running, if any. */
export function activeTrace(): Trace | null {
  const backend: unknown = tf.getBackend() === BACKEND ? tf.backend() : null;
  return backend instanceof TracingBackend ? backend.trace : null;
}

/**
 * Whether a function is being traced: what it computes becomes a graph, where the number of nodes counts more than eagerly. Both ways
 * must compute the same.
 */
export function isTracing(): boolean {
  return activeTrace() !== null;
}

/**
 * Runs `fn` with TF.js recording into `graph`. Tensors made inside are disposed, the backend in use before is restored.
 * @throws {TraceError} if a trace is running already.
 */
export function runTrace(graph: Graph, fn: (trace: Trace) => void): void {
  if (activeTrace() !== null) {
    throw new TraceError(
      'compile: must not be called while tracing another function. Compile the inner one first.',
    );
  }
  // Asking for the backend initialises the best one, if none is yet: it is the one to come back to.
  tf.backend();
  const before = tf.getBackend();
  const backend = tracingBackend();
  const trace = new Trace(graph, backend);
  const restoreVariables = guardVariables();
  // setBackend is asynchronous only for backends that initialise asynchronously; this one and a restored one do not.
  void tf.setBackend(BACKEND);
  backend.trace = trace;
  tf.engine().startScope('compile');
  let complaint: string | null;
  try {
    fn(trace);
  } finally {
    // Before the variables are: their values count on the backend that is in use.
    void tf.setBackend(before);
    complaint = restoreVariables();
    tf.engine().endScope();
    backend.trace = null;
    backend.clear();
  }
  if (complaint !== null) throw new TraceError(complaint);
}

/**
 * Keeps the values of all variables. Calling the result gives them back, disposes of those that were made since, which hold no
 * values, and says what is wrong, if anything is.
 */
function guardVariables(): () => string | null {
  const kept = Object.values(tf.engine().registeredVariables).map((variable) => ({
    variable,
    dataId: variable.dataId,
    value: tf.keep(variable.clone()),
  }));
  return () => {
    let complaint: string | null = null;
    for (const { variable, dataId, value } of kept) {
      if (variable.dataId !== dataId) {
        complaint =
          `compile: a variable must not be assigned while tracing; '${variable.name}' was. ` +
          'Return its new value, and assign it outside.';
        variable.assign(value);
      }
      value.dispose();
    }
    const known = new Set(kept.map(({ variable }) => variable));
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      if (known.has(variable)) continue;
      complaint =
        `compile: a variable must not be created while tracing; '${variable.name}' was. ` +
        'Create it (build the layer, the optimizer) before.';
      variable.dispose();
    }
    return complaint;
  };
}

function tracingBackend(): TracingBackend {
  const present: unknown = tf.findBackend(BACKEND);
  if (present instanceof TracingBackend) return present;
  const backend = new TracingBackend();
  tf.registerBackend(BACKEND, () => backend, 0);
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs }) => {
        const lowering = LOWERINGS[kernelName];
        return lowering === undefined
          ? refuse(kernelName)
          : record(backend, kernelName, lowering, inputs, attrs);
      },
    });
  }
  return backend;
}

/** Kernels whose result of what a loop collected may still become an output of exact length. */
const KEEP_RAGGED: ReadonlySet<string> = new Set(['Identity', 'Reshape']);

function record(
  backend: TracingBackend,
  kernelName: string,
  lowering: Lowering,
  inputs: tf.NamedTensorInfoMap,
  attributes: unknown,
): tf.TensorInfo | tf.TensorInfo[] {
  const { trace } = backend;
  if (trace === null) return backend.refuseToCompute();
  const values: Record<string, Value> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor === null || tensor === undefined) continue;
    const value = trace.valueOf(tensor);
    values[name] = KEEP_RAGGED.has(kernelName) ? value : padRagged(trace.graph, value);
  }
  const result = lowering(trace.graph, values as never, (attributes ?? {}) as never);
  return 'name' in result ? trace.infoOf(result) : result.map((value) => trace.infoOf(value));
}

function refuse(kernel: string): never {
  const why = UNSUPPORTED[kernel];
  throw new UnsupportedOpError(
    kernel,
    `compile: the TF.js kernel '${kernel}' has no ONNX lowering${why === undefined ? '. Compose it from other ops' : `: ${why}`}.`,
  );
}
