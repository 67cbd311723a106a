/** A training step as one compiled graph: the solve, the gradient, and the update of the parameters. */
import { type Compiled, compile, mapTree, type HostArray, type TensorSpec } from '@equilibria/compile';
import { type GradientMethod, type LoopOptions, solveAndDifferentiate, zipTensors } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { specOf } from '../bench/case.ts';
import type { Operator, Weights } from './operators.ts';

/** Learning rate of the gradient descent. */
const RATE = 0.1;

/** What a step gives; statuses are indices into core's `VERDICTS`, and zeros where there is no adjoint. */
export type StepResult = {
  readonly loss: tf.Tensor;
  readonly params: Weights;
  readonly steps: tf.Tensor;
  readonly status: tf.Tensor;
  readonly adjointSteps: tf.Tensor;
  readonly adjointStatus: tf.Tensor;
};

/** The mean squared distance of the fixed point from the target, one step of gradient descent; weights, `x` and target are inputs. */
export function compileStep(
  operator: Pick<Operator, 'params' | 'x' | 'target' | 'map'>,
  options: LoopOptions<tf.Tensor> & { readonly gradient: GradientMethod<tf.Tensor> },
): Promise<Compiled<readonly [Weights<TensorSpec>, TensorSpec, TensorSpec], StepResult, 'float32'>> {
  const { params: initial, x, target, map } = operator;
  const params = mapTree<HostArray, TensorSpec>(initial, specOf) as Weights<TensorSpec>;
  return compile(
    (weights: Weights, input: tf.Tensor, wanted: tf.Tensor): StepResult => {
      const problem = {
        map: (at: Weights, z: tf.Tensor) => map(at, z, input),
        loss: (z: tf.Tensor) => tf.mean(tf.squaredDifference(z, wanted)),
      };
      const start = tf.zeros([...target.shape]);
      const { loss, gradient, solve, adjoint } = solveAndDifferentiate(problem, weights, start, options);
      const none = tf.zerosLike(solve.steps);
      return {
        loss,
        params: zipTensors([weights, gradient], (p, g) => tf.sub(p, tf.mul(g, RATE))),
        steps: solve.steps,
        status: solve.status,
        adjointSteps: adjoint?.steps ?? none,
        adjointStatus: adjoint?.status ?? none,
      };
    },
    [params, specOf(x), specOf(target)],
  );
}
