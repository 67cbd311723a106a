/** What is run: each case on one fixed input, with what must come out. */
import { compile, type HostArray, leaves, spec, type TensorSpec, type TensorTree } from '@equilibria/compile';
import { KERNEL_CASES, LOOP_CASES, probeInput, valueAndGradients } from '@equilibria/compile/conformance';
import * as tf from '@tensorflow/tfjs';

/** One function, its inputs in float32, and its right results. */
export type Probe = {
  readonly name: string;
  readonly kind: 'kernel' | 'gradient' | 'loop';
  readonly fn: (...xs: tf.Tensor[]) => TensorTree;
  readonly inputs: readonly HostArray[];
  readonly expected: readonly HostArray[];
  /** Whether TensorFlow.js's own eager result is known to be wrong. */
  readonly isWrongInTfjs: boolean;
};

/** The probes of both lists, with their references computed. */
export async function listProbes(): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  for (const at of KERNEL_CASES) {
    const name = at.variant === '' ? at.kernel : `${at.kernel} (${at.variant})`;
    const inputs = at.inputs.map((input) => probeInput(input, 'float32'));
    const isWrongInTfjs = at.wrongInTfjs !== undefined;
    const hasFloat64 = at.noFloat64 === undefined;
    const value = { name, kind: 'kernel', fn: at.fn, inputs, isWrongInTfjs: false } as const;
    probes.push({ ...value, expected: await reference(at.fn, inputs, hasFloat64) });
    const isExact = hasFloat64 && at.noFloat64Gradient === undefined;
    // Without a right gradient anywhere there is nothing to hold others against.
    if (!at.hasGradient || (!isExact && isWrongInTfjs)) continue;
    const all = valueAndGradients(at);
    const fn = (...xs: tf.Tensor[]): TensorTree => all(...xs).slice(1);
    const gradient = { name, kind: 'gradient', fn, inputs, isWrongInTfjs } as const;
    probes.push({ ...gradient, expected: await reference(fn, inputs, isExact) });
  }
  const [x, y] = [floats(1, -2, 3), floats(0.5, 0.25, -1)];
  for (const [name, fn] of Object.entries(LOOP_CASES)) {
    const loop: Probe['fn'] = (a, b) => fn(a, b);
    const probe = { name, kind: 'loop', fn: loop, inputs: [x, y], isWrongInTfjs: false } as const;
    probes.push({ ...probe, expected: await reference(loop, probe.inputs, true) });
  }
  return probes;
}

/** Compiled in float64, of the inputs that float32 holds; else what TensorFlow.js says. */
async function reference(
  fn: Probe['fn'],
  inputs: readonly HostArray[],
  hasFloat64: boolean,
): Promise<readonly HostArray[]> {
  if (!hasFloat64) return eagerly(fn, inputs);
  const compiled = await compile(fn, inputs.map(specOf), {
    precision: 'float64',
  });
  const wide = inputs.map(({ data, shape }) => ({
    data: data instanceof Float32Array ? Float64Array.from(data) : data,
    shape,
  }));
  const results = await compiled.runArrays(...wide);
  await compiled.dispose();
  return leaves<HostArray>(results);
}

/** By the back end of TensorFlow.js that is in use. */
export async function eagerly(fn: Probe['fn'], inputs: readonly HostArray[]): Promise<readonly HostArray[]> {
  const xs = inputs.map(({ data, shape }) => tf.tensor(data, [...shape], specOf({ data, shape }).dtype));
  const results = leaves<tf.Tensor>(fn(...xs));
  const arrays: HostArray[] = [];
  for (const result of results) arrays.push({ data: await result.data<'float32'>(), shape: result.shape });
  tf.dispose([xs, results]);
  return arrays;
}

export function specOf({ data, shape }: HostArray): TensorSpec {
  if (data instanceof Int32Array) return spec(shape, 'int32');
  return spec(shape, data instanceof Uint8Array ? 'bool' : 'float32');
}

function floats(...values: number[]): HostArray {
  return { data: Float32Array.from(values), shape: [values.length] };
}
