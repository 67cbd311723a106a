/** Constants in full precision. TF.js rounds numbers to float32 before a backend sees them. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import type { HostArray } from '../tree/tree.ts';
import { activeTrace } from './tracer.ts';

/**
 * A constant that keeps its precision in a float64 trace. Eagerly, and in a float32 trace, it is a float32 tensor.
 *
 * @param value - a number (a scalar tensor results) or a row-major array with its shape. Borrowed.
 * @example tf.mul(x, constant(0.1))
 */
export function constant(value: number | HostArray): tf.Tensor {
  const host: HostArray = typeof value === 'number' ? { data: Float64Array.of(value), shape: [] } : value;
  const { data, shape } = host;
  if (data.length !== tf.util.sizeFromShape([...shape])) {
    throw new ShapeError(
      `constant: shape [${shape.join(', ')}] must hold the ${data.length} values that came.`,
    );
  }
  const trace = activeTrace();
  if (data instanceof Int32Array) return tf.tensor(data.slice(), [...shape], 'int32');
  if (data instanceof Uint8Array) return tf.tensor(data.slice(), [...shape], 'bool');
  if (trace === null || trace.graph.floatType === 'float') {
    return tf.tensor(Float32Array.from(data), [...shape], 'float32');
  }
  return trace.tensorOf(trace.graph.constant(Float64Array.from(data), 'double', shape));
}
