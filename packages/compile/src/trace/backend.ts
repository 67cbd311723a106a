/** The TF.js backend that records instead of computing. */
import * as tf from '@tensorflow/tfjs';
import { TraceError } from '../errors.ts';
import type { Value } from '../graph/value.ts';
import type { Trace } from './tracer.ts';

/** TF.js's handle of a tensor's data. */
export type DataId = object;

type Entry =
  | { readonly kind: 'value'; readonly value: Value; refs: number }
  | { readonly kind: 'host'; readonly host: HostValues; refs: number };

/** Values that were made on the host while tracing (`tf.scalar(2)`): constants of the graph. */
export type HostValues = {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
};

/** Ops of TF.js that draw random numbers in JavaScript: inside a trace they would be frozen into the graph. */
const SAMPLERS = new Set([
  'rand',
  'randomGamma',
  'randomNormal',
  'randomStandardNormal',
  'randomUniform',
  'randomUniformInt',
  'truncatedNormal',
]);

export class TracingBackend extends tf.KernelBackend {
  readonly #entries = new Map<DataId, Entry>();
  /** The trace that is running, if any. */
  trace: Trace | null = null;

  entry(dataId: DataId): Entry | undefined {
    return this.#entries.get(dataId);
  }

  /** Registers a symbolic value and returns the handle TF.js will know it by. */
  register(value: Value): DataId {
    const dataId = {};
    this.#entries.set(dataId, { kind: 'value', value, refs: 1 });
    return dataId;
  }

  /** Forgets everything; tensors that are still held have outlived their trace. */
  clear(): void {
    this.#entries.clear();
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): DataId {
    if (this.trace === null) this.refuseToCompute();
    const running = tf.engine().state.scopeStack.map(({ name }) => name.replace(tf.OP_SCOPE_SUFFIX, ''));
    const sampler = running.find((name) => SAMPLERS.has(name));
    if (sampler !== undefined) {
      throw new TraceError(
        `compile: tf.${sampler} must not run while tracing; its numbers would be frozen into the graph. ` +
          'Draw them outside and pass them as an input.',
      );
    }
    if (dtype === 'string' || dtype === 'complex64') {
      throw new TraceError(`compile: tensors must be float32, int32 or bool; got ${dtype}.`);
    }
    const dataId = {};
    const host = { values: toTyped(values, dtype), shape, dtype };
    this.#entries.set(dataId, { kind: 'host', host, refs: 1 });
    return dataId;
  }

  refuseToCompute(): never {
    throw new TraceError(
      "TF.js: the 'equilibria-trace' backend only records; no eager backend is set. " +
        "Set one first, as with await tf.setBackend('cpu').",
    );
  }

  refuseOutlived(): never {
    throw new TraceError(
      'compile: a tensor made while tracing outlived its trace and has no values. Return it from the function instead.',
    );
  }

  override readSync(): never {
    if (this.trace === null) this.refuseOutlived();
    throw new TraceError(
      'compile: values must not be read while tracing (data, dataSync, array, print, an if on a tensor); they do not exist ' +
        'yet. Use tf.where or whileLoop, or return the tensor.',
    );
  }

  override async read(): Promise<never> {
    return this.readSync();
  }

  override incRef(dataId: DataId): void {
    const entry = this.#entries.get(dataId);
    if (entry !== undefined) entry.refs += 1;
  }

  override refCount(dataId: DataId): number {
    return this.#entries.get(dataId)?.refs ?? 0;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (entry === undefined) return true;
    entry.refs -= 1;
    if (entry.refs > 0 && !force) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#entries.size;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override dispose(): void {
    this.clear();
  }
}

function toTyped(values: tf.BackendValues, dtype: 'float32' | 'int32' | 'bool'): HostValues['values'] {
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return Float32Array.from(numbers);
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}
