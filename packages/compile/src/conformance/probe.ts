/** A case of the list on one fixed input, value and gradients together. */
import * as tf from '@tensorflow/tfjs';
import type { HostArray } from '../tree/tree.ts';
import type { InputSpec, KernelCase } from './kernel-case.ts';

/** Numbers of the input's range, the same every time: quadratic residues, spread evenly. */
export function probeInput(
  { shape, dtype, low, high }: InputSpec,
  precision: 'float32' | 'float64',
): HostArray {
  const length = shape.reduce((product, n) => product * n, 1);
  const shares = Array.from({ length }, (_, i) => ((i * i + 7 * i + 3) % 101) / 101);
  if (dtype === 'int32')
    return { data: Int32Array.from(shares, (u) => Math.floor(low + u * (high + 1 - low))), shape };
  if (dtype === 'bool') return { data: Uint8Array.from(shares, (u) => (u < 0.5 ? 0 : 1)), shape };
  const values = shares.map((u) => low + u * (high - low));
  return { data: precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values), shape };
}

/** Value and gradients of a case, in one graph. */
export function valueAndGradients({ fn, inputs, hasGradient }: KernelCase) {
  return (...given: unknown[]): tf.Tensor[] => {
    const xs = given as tf.Tensor[];
    const value = fn(...xs);
    if (!hasGradient) return [value];
    const floats = xs.filter((_, i) => inputs[i]!.dtype === 'float32');
    const loss = (...ys: tf.Tensor[]): tf.Scalar => {
      const all = inputs.map(({ dtype }, i) => (dtype === 'float32' ? ys.shift()! : xs[i]!));
      return tf.sum(tf.square(tf.cast(fn(...all), 'float32')));
    };
    return [value, ...tf.grads(loss)(floats)];
  };
}
