/** What is timed, and how a compiled function becomes such a case. */
import { type Compiled, compile, type HostArray, leaves, spec, type TensorTree } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';

/** A case that is ready to run. */
export type Case = {
  /** One unit of work. */
  run(): Promise<readonly HostArray[]>;
  /** Comes before a stretch of units, if each goes on from the one before. */
  reset?(): void;
  /** The arrays whose sums of absolute values both sides compare; default all that `run` gave. */
  compared?(results: readonly HostArray[]): readonly HostArray[];
  /** How far these sums may differ, relatively; default a thousandth. */
  readonly sameWithin?: number;
  /** Operations and bytes of one unit, from the graph's shapes. */
  readonly flops: number;
  readonly bytes: number;
  /** Of the inputs and outputs alone: what must be moved whatever the graph is. */
  readonly leastBytes: number;
  /** Of a solve, and of its adjoint. */
  readonly steps?: readonly number[];
  dispose(): Promise<void>;
};

/** The spec of an array. */
export const specOf = ({ data, shape }: HostArray) =>
  spec(shape, data instanceof Int32Array ? 'int32' : 'float32');

/** A captured constant: what inference graphs do with their weights. */
export const held = ({ data, shape }: HostArray): tf.Tensor => tf.tensor(data, [...shape]);

/** Bytes of the inputs and outputs. */
export function portBytes({
  inputs,
  outputs,
}: Pick<Compiled<[], TensorTree, 'float32'>, 'inputs' | 'outputs'>) {
  const sizes = [...inputs, ...outputs].map(
    ({ spec: { shape } }) => 4 * shape.reduce((all, n) => all * n, 1),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A function, compiled, at these inputs. */
export async function compiledCase(
  fn: (...xs: tf.Tensor[]) => TensorTree,
  inputs: readonly HostArray[],
): Promise<Case> {
  const compiled = await compile((...xs: unknown[]) => fn(...(xs as tf.Tensor[])), inputs.map(specOf));
  const { flops, bytes } = compiled.describe();
  return {
    run: async () => leaves<HostArray>(await compiled.runArrays(...inputs)),
    flops,
    bytes,
    leastBytes: portBytes(compiled),
    dispose: () => compiled.dispose(),
  };
}
