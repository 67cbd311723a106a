/** What a case of the list of kernels is, and how to write one down. */
import * as tf from '@tensorflow/tfjs';

/** Values to draw for an input. */
export type InputSpec = {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly low: number;
  readonly high: number;
  /** Keeps drawn values at least this far from integers, where some kernels jump. */
  readonly awayFromIntegers?: boolean;
  /** Draws no two values that are equal, where a kernel's gradient is not defined. */
  readonly isDistinct?: boolean;
};

export type KernelCase = {
  /** The TF.js kernel that the case is about. */
  readonly kernel: string;
  readonly variant: string;
  readonly inputs: readonly InputSpec[];
  readonly fn: (...xs: tf.Tensor[]) => tf.Tensor;
  /** Its value at one element in float64, for functions of single elements: both precisions are held to it. */
  readonly exact?: (x: number) => number;
  /** Whether its gradient with respect to all float inputs is checked. */
  readonly hasGradient: boolean;
  /** Further kernels that its gradient calls. */
  readonly gradientKernels?: readonly string[];
  /** What is wrong with TF.js's own gradient, if anything is; ours is then held against differences alone. */
  readonly wrongInTfjs?: string;
  /** Why it cannot run in float64, if it cannot. */
  readonly noFloat64?: string;
  /** Why its gradient cannot run in float64, if it cannot. */
  readonly noFloat64Gradient?: string;
};

type Options = Partial<Omit<KernelCase, 'kernel' | 'fn' | 'inputs'>>;

export const kernelCase = (
  kernel: string,
  inputs: readonly InputSpec[],
  fn: KernelCase['fn'],
  { variant = '', hasGradient = true, ...rest }: Options = {},
): KernelCase => ({ kernel, variant, inputs, fn, hasGradient, ...rest });

export const real = (shape: readonly number[], low = -2, high = 2): InputSpec => ({
  shape,
  dtype: 'float32',
  low,
  high,
});
export const apart = (shape: readonly number[], low = -3, high = 3): InputSpec => ({
  ...real(shape, low, high),
  awayFromIntegers: true,
});
export const distinct = (shape: readonly number[]): InputSpec => ({ ...real(shape), isDistinct: true });
export const integer = (shape: readonly number[], low = -9, high = 9): InputSpec => ({
  shape,
  dtype: 'int32',
  low,
  high,
});
export const bool = (shape: readonly number[]): InputSpec => ({ shape, dtype: 'bool', low: 0, high: 1 });

/** A case whose gradient TF.js does not have, or that has none. */
export const flat: Options = { hasGradient: false };
