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

/** Training steps of a measurement: the first allocates, and so may the second, when sizes are known. */
const STEPS = 3;

/**
 * The peak of a few training steps of the convolutional operator, over the process that has compiled them.
 * @returns bytes.
 */
export async function measureStep(method: string, iterations: number): Promise<number> {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const operator = conv({ side: 64 });
  const gradient = METHODS[method]!(iterations);
  const compiled = await compileStep(operator, { gradient, stop: never, maxSteps: iterations });
  const { params, x, target } = operator;
  const bytes = await peakIncrement(async () => {
    for (let step = 0; step < STEPS; step++) await compiled.runArrays(params, x, target);
  });
  await compiled.dispose();
  return bytes;
}
