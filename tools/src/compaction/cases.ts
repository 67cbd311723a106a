/** Batches of 64 samples, one or all of them hard. */
import { type HostArray, spec, type TensorSpec } from '@equilibria/compile';
import { type CompactionOptions, type CompiledSolve, compileSolve, picard } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { held, specOf } from '../bench/case.ts';
import { noise } from '../bench/numbers.ts';

const BATCH = 64;
const WIDTH = 512;
const CHANNELS = 8;
const SIDE = 16;
const MAX_STEPS = 4000;

/** Paces at which a sample follows its map: of an easy one, some 20 steps; of a hard one, some 2000. */
const EASY = 0.5;
const HARD = 0.0033;

/** Input and pace of each sample. */
type Context = { readonly x: tf.Tensor; readonly pace: tf.Tensor };

/** A solve, ready to be compiled with or without compaction. */
export type CompactionCase = {
  readonly name: string;
  readonly maxSteps: number;
  readonly z0: HostArray;
  readonly context: { readonly x: HostArray; readonly pace: HostArray };
  compile(compaction?: CompactionOptions): Promise<CompiledSolve<tf.Tensor, Context, 'float32'>>;
};

/** Every map, with one hard sample among easy ones, and with hard ones alone. */
export const CASES: readonly CompactionCase[] = [
  { name: 'dense', shape: [WIDTH], map: dense },
  { name: 'conv', shape: [SIDE, SIDE, CHANNELS], map: convolution },
].flatMap(({ name, shape, map }) => [
  caseOf(`${name}, one hard among ${BATCH - 1} easy`, { shape, map, isHard: (sample) => sample === 17 }),
  caseOf(`${name}, all equally hard`, { shape, map, isHard: () => true }),
]);

/** Sizes of smaller batches, to a single sample. */
export const DOWN_TO_ONE: readonly number[] = [32, 16, 8, 4, 2, 1];

/** The leaves of the context that have the batch on axis 0. */
export const BATCHED: readonly string[] = ['x', 'pace'];

type Shaped = {
  readonly shape: readonly number[];
  /** Makes the map from `z` and the input, weights constant. */
  readonly map: () => (z: tf.Tensor, x: tf.Tensor) => tf.Tensor;
  readonly isHard: (sample: number) => boolean;
};

function caseOf(name: string, { shape, map, isHard }: Shaped): CompactionCase {
  const z0: HostArray = {
    data: new Float32Array(BATCH * sizeOf(shape)),
    shape: [BATCH, ...shape],
  };
  const paces = Float32Array.from({ length: BATCH }, (_, sample) => (isHard(sample) ? HARD : EASY));
  const pace: HostArray = { data: paces, shape: [BATCH, ...shape.map(() => 1)] };
  const context = { x: noise(z0.shape, { offset: 1 }), pace };
  const g = map();
  const problem = (at: Context) => ({
    // The pace is the theory's ε(x): the same fixed point, at any contraction below 1.
    f: (z: tf.Tensor): tf.Tensor => tf.add(z, tf.mul(at.pace, tf.sub(g(z, at.x), z))),
    solver: picard<tf.Tensor>(),
  });
  const specs: { readonly [leaf in keyof Context]: TensorSpec } = {
    x: specOf(context.x),
    pace: specOf(pace),
  };
  return {
    name,
    maxSteps: MAX_STEPS,
    z0,
    context,
    compile: (compaction) =>
      compileSolve(
        problem,
        { z0: spec(z0.shape), context: specs },
        {
          maxSteps: MAX_STEPS,
          ...(compaction && { compaction }),
        },
      ),
  };
}

/** `tanh(zW + x)`. */
function dense(): (z: tf.Tensor, x: tf.Tensor) => tf.Tensor {
  const weights = held(noise([WIDTH, WIDTH], { scale: 0.4 / Math.sqrt(WIDTH) }));
  return (z, x) => tf.tanh(tf.add(tf.matMul(z, weights), x));
}

/** `tanh(conv(z) + x)`, filters of 3×3. */
function convolution(): (z: tf.Tensor, x: tf.Tensor) => tf.Tensor {
  const filters = held(noise([3, 3, CHANNELS, CHANNELS], { scale: 0.4 / Math.sqrt(9 * CHANNELS) }));
  return (z, x) => tf.tanh(tf.add(tf.conv2d(z as tf.Tensor4D, filters as tf.Tensor4D, 1, 'same'), x));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
