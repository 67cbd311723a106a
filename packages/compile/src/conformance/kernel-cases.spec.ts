import { jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Lowering } from '../lowerings/lowering.ts';
import { LOWERINGS } from '../lowerings/registry.ts';
import { UNSUPPORTED } from '../lowerings/unsupported.ts';
import { compile } from '../runtime/compile.ts';
import { type HostArray, spec, type TensorSpec } from '../tree/tree.ts';
import { type InputSpec, KERNEL_CASES, type KernelCase } from './kernel-cases.ts';

const RUNS = 4;
const title = ({ kernel, variant }: KernelCase): string =>
  variant === '' ? kernel : `${kernel} (${variant})`;
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** One draw of all inputs, as float64 so that both precisions get the same numbers. */
function draws(inputs: readonly InputSpec[]): fc.Arbitrary<Float64Array[]> {
  return fc.tuple(
    ...inputs.map(({ shape, dtype, low, high, awayFromIntegers, isDistinct }) => {
      if (isDistinct) {
        const grid = Array.from(
          { length: size(shape) },
          (_, i) => low + ((high - low) * (i + 0.5)) / size(shape),
        );
        return fc
          .shuffledSubarray(grid, { minLength: grid.length })
          .map((values) => Float32Array.from(values))
          .map((values) => Float64Array.from(values));
      }
      const element =
        dtype === 'float32'
          ? fc
              .integer({ min: 0, max: 1 << 20 })
              .map((i) => Math.fround(low + ((high - low) * (i + 0.5)) / (1 << 20)))
          : fc.integer({ min: low, max: high });
      const kept = awayFromIntegers
        ? element.map((x) => (Math.abs(x - Math.round(x)) < 0.05 ? x + Math.fround(0.125) : x))
        : element;
      return fc
        .array(kept, { minLength: size(shape), maxLength: size(shape) })
        .map((values) => Float64Array.from(values));
    }),
  );
}

function host(data: Float64Array, { shape, dtype }: InputSpec, precision: 'float32' | 'float64'): HostArray {
  if (dtype === 'int32') return { data: Int32Array.from(data), shape };
  if (dtype === 'bool') return { data: Uint8Array.from(data), shape };
  return { data: precision === 'float64' ? data : Float32Array.from(data), shape };
}

const eager = (data: Float64Array, { shape, dtype }: InputSpec): tf.Tensor =>
  tf.tensor(Array.from(data), [...shape], dtype);

/** Weights that make every output element count differently in a scalar loss; exact in float32. */
const weightsOf = (shape: readonly number[]): Float64Array =>
  Float64Array.from({ length: size(shape) }, (_, i) => ((i * 5) % 7) / 4 - 0.5);

const isFloat = ({ dtype }: InputSpec): boolean => dtype === 'float32';

function expectWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  rtol: number,
  atol: number,
): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    if (!(Math.abs(a - e) <= atol + rtol * Math.abs(e)))
      throw new Error(`element ${i}: expected ${e}; got ${a}`);
  }
}

const signatureOf = (inputs: readonly InputSpec[]): TensorSpec[] =>
  inputs.map(({ shape, dtype }) => spec(shape, dtype));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('the list of kernels', () => {
  it('names every lowering', () => {
    const listed = new Set(
      KERNEL_CASES.flatMap(({ kernel, gradientKernels = [] }) => [kernel, ...gradientKernels]),
    );
    expect(Object.keys(LOWERINGS).filter((kernel) => !listed.has(kernel))).toEqual([]);
  });

  it('has a lowering or a reason for every kernel of the cpu backend, and never both', () => {
    const all = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    const known = [...Object.keys(LOWERINGS), ...Object.keys(UNSUPPORTED)];
    expect(known.toSorted()).toEqual(all.toSorted());
  });
});

describe.each(KERNEL_CASES.map((at) => [title(at), at] as const))('%s', (_title, at) => {
  const { inputs, fn } = at;
  const holds = (check: (values: Float64Array[]) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(draws(inputs), check), { seed: 7, numRuns: RUNS });

  it('computes what TF.js computes', async () => {
    const compiled = await compile(fn as (...xs: unknown[]) => tf.Tensor, signatureOf(inputs));
    await holds(async (values) => {
      const expected = fn(...values.map((data, i) => eager(data, inputs[i]!)));
      const actual = await compiled.runArrays(...values.map((data, i) => host(data, inputs[i]!, 'float32')));
      expect(actual.shape).toEqual(expected.shape);
      expectWithin(actual.data, expected.dataSync(), 1e-5, 1e-6);
      if (at.exact !== undefined) expectWithin(actual.data, values[0]!.map(at.exact), 1e-5, 1e-30);
    });
    await compiled.dispose();
  });

  it('is what is compiled', async () => {
    const used = jest.spyOn(LOWERINGS as Record<string, Lowering>, at.kernel);
    const compiled = await compile(fn as (...xs: unknown[]) => tf.Tensor, signatureOf(inputs));
    expect(used).toHaveBeenCalled();
    used.mockRestore();
    await compiled.dispose();
  });

  if (at.noFloat64 === undefined) {
    it('agrees in float64', async () => {
      const compiled = await compile(fn as (...xs: unknown[]) => tf.Tensor, signatureOf(inputs), {
        precision: 'float64',
      });
      await holds(async (values) => {
        const expected = fn(...values.map((data, i) => eager(data, inputs[i]!)));
        const actual = await compiled.runArrays(
          ...values.map((data, i) => host(data, inputs[i]!, 'float64')),
        );
        expectWithin(actual.data, expected.dataSync(), 1e-5, 1e-6);
        if (at.exact !== undefined) expectWithin(actual.data, values[0]!.map(at.exact), 1e-13, 1e-300);
      });
      await compiled.dispose();
    });
  } else {
    it('is refused by name in float64', async () => {
      const refused = compile(fn as (...xs: unknown[]) => tf.Tensor, signatureOf(inputs), {
        precision: 'float64',
      });
      await expect(refused).rejects.toThrow(at.kernel);
    });
  }

  if (at.hasGradient) gradientTests(at, holds);
});

function gradientTests(
  at: KernelCase,
  holds: (check: (values: Float64Array[]) => Promise<void>) => Promise<void>,
): void {
  const { inputs, fn } = at;
  const outputShape = (): number[] =>
    tf.tidy(
      () =>
        fn(...inputs.map(({ shape, dtype, low, high }) => tf.fill([...shape], (low + high) / 2, dtype)))
          .shape,
    );
  /** The gradients with respect to the float inputs. */
  const gradients = (...args: tf.Tensor[]): tf.Tensor[] => {
    const weights = args.at(-1)!;
    const floats = args.slice(0, -1).filter((_, i) => isFloat(inputs[i]!));
    return tf.grads((...xs: tf.Tensor[]) => {
      const given = inputs.map((input, i) => (isFloat(input) ? xs.shift()! : args[i]!));
      return tf.sum(tf.mul(fn(...given), weights));
    })(floats);
  };

  if (at.wrongInTfjs === undefined)
    it('has the gradient of TF.js', async () => {
      const shape = outputShape();
      const signature = [...signatureOf(inputs), spec(shape)];
      const compiled = await compile(gradients as (...xs: unknown[]) => tf.Tensor[], signature);
      const weights = weightsOf(shape);
      await holds(async (values) => {
        const tensors = values.map((data, i) => eager(data, inputs[i]!));
        const expected = gradients(...tensors, tf.tensor(Array.from(weights), shape));
        const actual = await compiled.runArrays(
          ...values.map((data, i) => host(data, inputs[i]!, 'float32')),
          host(weights, { shape, dtype: 'float32', low: 0, high: 0 }, 'float32'),
        );
        expected.forEach((gradient, i) => expectWithin(actual[i]!.data, gradient.dataSync(), 1e-4, 1e-5));
      });
      await compiled.dispose();
    });

  const reason = at.noFloat64 ?? at.noFloat64Gradient;
  if (reason !== undefined) return;
  it('has in float64 the gradient of central differences', async () => {
    const shape = outputShape();
    const signature = [...signatureOf(inputs), spec(shape)];
    const compiled = await compile(gradients as (...xs: unknown[]) => tf.Tensor[], signature, {
      precision: 'float64',
    });
    const loss = await compile(
      (...args: unknown[]) => {
        const xs = args as tf.Tensor[];
        return tf.sum(tf.mul(fn(...xs.slice(0, -1)), xs.at(-1)!));
      },
      signature,
      { precision: 'float64' },
    );
    const weights = host(weightsOf(shape), { shape, dtype: 'float32', low: 0, high: 0 }, 'float64');
    const at64 = async (values: readonly Float64Array[]): Promise<number> =>
      (await loss.runArrays(...values.map((data, i) => host(data, inputs[i]!, 'float64')), weights)).data[0]!;
    await holds(async (values) => {
      const actual = await compiled.runArrays(
        ...values.map((data, i) => host(data, inputs[i]!, 'float64')),
        weights,
      );
      let gradient = 0;
      for (const [i, data] of values.entries()) {
        if (!isFloat(inputs[i]!)) continue;
        const slopes = actual[gradient++]!.data;
        const along = (element: number, step: number): Promise<number> =>
          at64(values.map((other, j) => (j === i ? data.with(element, data[element]! + step) : other)));
        for (const element of probes(data.length)) {
          const difference = await fourthOrder((step) => along(element, step));
          expectWithin([slopes[element]!], [difference], 1e-8, 1e-8);
        }
      }
    });
    await compiled.dispose();
    await loss.dispose();
  });
}

/** The first, the last, and some in between. */
function probes(length: number): number[] {
  const wanted = [0, 1, Math.floor(length / 3), Math.floor(length / 2), length - 2, length - 1];
  return [...new Set(wanted.filter((element) => element >= 0 && element < length))];
}

/** Central difference of fourth order: (8(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h. */
async function fourthOrder(f: (step: number) => Promise<number>): Promise<number> {
  const h = 1e-3;
  const [a, b, c, d] = [await f(h), await f(-h), await f(2 * h), await f(-2 * h)];
  return (8 * (a - b) - (c - d)) / (12 * h);
}
