/** The memory of one training step, in this process. */
import { type GradientMethod, implicit, phantom, type StopRule, unrolled } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { conv } from '../peers/operators.ts';
import { compileStep } from '../peers/training-step.ts';
import { peakIncrement } from './peak-memory.ts';

/** So that every solve makes as many steps as it is given. */
const never: StopRule<tf.Tensor> = (_z, _image, residual) => tf.less(residual, tf.scalar(0));

/** By name: the method, of a number of iterations of the solve, and of the adjoint if it has one. */
export const METHODS: Readonly<Record<string, (iterations: number) => GradientMethod<tf.Tensor>>> = {
  unrolled,
  phantom: () => phantom({ steps: 1 }),
  implicit: (maxSteps) => implicit({ stop: never, maxSteps }),
};

/** Of the images, where one takes 4.2 MB. */
const SIDE = 128;

/** Training steps of a measurement: the first allocates, and so may the second, when sizes are known. */
const STEPS = 3;

/**
 * The peak of a few training steps of the convolutional operator, over the process that has compiled them.
 * @returns bytes.
 */
export async function measureStep(method: string, iterations: number): Promise<number> {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const prepared = async (side: number) => {
    const operator = conv({ side });
    const gradient = METHODS[method]!(iterations);
    const compiled = await compileStep(operator, { gradient, stop: never, maxSteps: iterations });
    const { params, x, target } = operator;
    const run = async (): Promise<void> => {
      for (let step = 0; step < STEPS; step++) await compiled.runArrays(params, x, target);
    };
    return { run, dispose: () => compiled.dispose() };
  };
  const [small, large] = [await prepared(8), await prepared(SIDE)];
  // What Node itself needs to run a step for the first time is not the step's.
  await small.run();
  await small.dispose();
  const bytes = await peakIncrement(large.run);
  await large.dispose();
  return bytes;
}
