/** Between trees of the caller and the feeds of ONNX Runtime, checked on the way in. */
import * as tf from '@tensorflow/tfjs';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { DtypeError, ShapeError } from '../errors.ts';
import {
  assertSamePaths,
  type ElementType,
  type HostArray,
  leavesWithPaths,
  type TensorSpec,
  type Tree,
} from '../tree/tree.ts';

/** What a compiled function accepts at a leaf. */
export type ArrayInput = tf.Tensor | HostArray;

export type Precision = 'float32' | 'float64';

/** A named place where a tensor enters or leaves a model. As in TF.js, the dtype 'float32' stands for the graph's float type. */
export type Port = { readonly name: string; readonly path: string; readonly spec: TensorSpec };

/**
 * Checks arguments against the signature and wraps them for ONNX Runtime.
 * @throws {ShapeError | DtypeError} naming the argument that does not fit.
 */
export function toFeeds(
  args: readonly Tree<ArrayInput>[],
  ports: readonly Port[],
  precision: Precision,
): Record<string, OrtTensor> {
  const given = leavesWithPaths<ArrayInput>(args);
  assertSamePaths(
    'run',
    ports.map(({ path }) => ({ path, leaf: null })),
    given,
  );
  const feeds: Record<string, OrtTensor> = {};
  ports.forEach((port, i) => {
    feeds[port.name] = toOrt(given[i]!.leaf, port, precision);
  });
  return feeds;
}

/** An output as values on the host. */
export function fromOrt(output: OrtTensor): HostArray {
  return { data: output.data as HostArray['data'], shape: [...output.dims] };
}

/** Host values as a TF.js tensor on the backend in use. */
export function toTensor({ data, shape }: HostArray): tf.Tensor {
  if (data instanceof Int32Array) return tf.tensor(data, [...shape], 'int32');
  if (data instanceof Uint8Array) return tf.tensor(data, [...shape], 'bool');
  return tf.tensor(data instanceof Float32Array ? data : Float32Array.from(data), [...shape], 'float32');
}

function toOrt(leaf: ArrayInput, { name, spec }: Port, precision: Precision): OrtTensor {
  const isTensor = leaf instanceof tf.Tensor;
  if (!isTensor && !ArrayBuffer.isView((leaf as HostArray | undefined)?.data)) {
    throw new DtypeError(`run: '${name}' must be a tensor or { data, shape }; got ${describeLeaf(leaf)}.`);
  }
  const dtype = isTensor ? leaf.dtype : dtypeOf(leaf);
  const wanted = spec.dtype === 'float32' ? precision : spec.dtype;
  if (dtype !== wanted) {
    const remedy =
      wanted === 'float64'
        ? ' Pass { data: Float64Array, shape }.'
        : isTensor
          ? ' Cast it with tf.cast first.'
          : '';
    throw new DtypeError(`run: '${name}' must be ${wanted}; got ${dtype}.${remedy}`);
  }
  if (!tf.util.arraysEqual([...leaf.shape], [...spec.shape])) {
    throw new ShapeError(
      `run: '${name}' must have shape [${spec.shape.join(', ')}]; got [${leaf.shape.join(', ')}]. ` +
        'Compile for the other shape, or use jit, which does so itself.',
    );
  }
  const data = isTensor ? leaf.dataSync() : leaf.data;
  if (data.length !== tf.util.sizeFromShape([...spec.shape])) {
    throw new ShapeError(
      `run: '${name}' must hold ${tf.util.sizeFromShape([...spec.shape])} values; got ${data.length}.`,
    );
  }
  return new OrtTensor(wanted, data as never, [...spec.shape]);
}

function describeLeaf(leaf: unknown): string {
  return leaf === null ? 'null' : typeof leaf;
}

function dtypeOf({ data }: HostArray): ElementType | 'float64' {
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Uint8Array ? 'bool' : 'float32';
}
