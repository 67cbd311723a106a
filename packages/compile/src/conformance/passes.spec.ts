import * as tf from '@tensorflow/tfjs';
import { ALL_PASSES, type Passes } from '../graph/graph.ts';
import { compile } from '../runtime/compile.ts';
import { type HostArray, spec, type TensorSpec } from '../tree/tree.ts';
import { type InputSpec, KERNEL_CASES, type KernelCase } from './kernel-cases.ts';

const passes = Object.keys(ALL_PASSES) as (keyof Passes)[];

/** Numbers of the input's range, the same every time: quadratic residues, spread evenly. */
function numbers({ shape, dtype, low, high }: InputSpec, precision: 'float32' | 'float64'): HostArray {
  const length = shape.reduce((product, n) => product * n, 1);
  const shares = Array.from({ length }, (_, i) => ((i * i + 7 * i + 3) % 101) / 101);
  if (dtype === 'int32')
    return { data: Int32Array.from(shares, (u) => Math.floor(low + u * (high + 1 - low))), shape };
  if (dtype === 'bool') return { data: Uint8Array.from(shares, (u) => (u < 0.5 ? 0 : 1)), shape };
  const values = shares.map((u) => low + u * (high - low));
  return { data: precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values), shape };
}

/** Value and gradients of a case, in one graph. */
function everything({ fn, inputs, hasGradient }: KernelCase) {
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

/** Whether the case, gradient included, runs in float64. */
function isExact({ noFloat64, noFloat64Gradient }: KernelCase): boolean {
  return noFloat64 === undefined && noFloat64Gradient === undefined;
}

async function outcome(at: KernelCase, off: keyof Passes | null): Promise<number[][]> {
  const precision = isExact(at) ? 'float64' : 'float32';
  const signature = at.inputs.map(({ shape, dtype }): TensorSpec => spec(shape, dtype));
  const compiled = await compile(everything(at), signature, {
    precision,
    ...(off && { passes: { [off]: false } }),
  });
  const results = await compiled.runArrays(...at.inputs.map((input) => numbers(input, precision)));
  await compiled.dispose();
  return results.map(({ data }) => Array.from(data));
}

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('switching off a pass', () => {
  const title = ({ kernel, variant }: KernelCase): string => `${kernel} ${variant}`;
  it.each(KERNEL_CASES.map((at) => [title(at), at] as const))(
    'changes no result of %s',
    async (_title, at) => {
      const expected = await outcome(at, null);
      for (const off of passes) {
        const actual = await outcome(at, off);
        actual.forEach((values, i) => {
          // Convolutions in another order of axes may sum in another order.
          const size = Math.max(1, ...expected[i]!.map(Math.abs).filter(Number.isFinite));
          const worst = values.reduce((most, x, k) => {
            const e = expected[i]![k]!;
            return Object.is(x, e) ? most : Math.max(most, Math.abs(x - e));
          }, 0);
          expect({ off, isSame: worst <= size * (isExact(at) ? 1e-12 : 1e-6) }).toEqual({
            off,
            isSame: true,
          });
        });
      }
    },
  );
});
