/** The cases of `npm run peers`: whole solves and whole training steps, each one compiled graph. */
import { compile, type HostArray, mapTree } from '@equilibria/compile';
import {
  type GradientMethod,
  implicit,
  phantom,
  picard,
  residualBelow,
  solveTraced,
  type VerdictOptions,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { type Case, held, portBytes, specOf } from '../bench/case.ts';
import { difference } from '../bench/agreement.ts';
import { CASES as SINGLE, tanhLoop } from '../bench/cases.ts';
import { lpStep } from './lp-step.ts';
import {
  conv,
  fourier,
  linearMessages,
  messages,
  type Operator,
  tanh,
  transformer,
  type Weights,
} from './operators.ts';
import { compileStep } from './training-step.ts';

/** Of every solve and every adjoint, on both sides. */
const STOP = residualBelow<tf.Tensor>({ absolute: 1e-6, relative: 1e-4 });
const MOST_STEPS = 100;

/** What PyTorch's loop does not look for either; see {@link VerdictOptions}. */
const UNCHECKED = { cycling: false, divergence: false, stagnation: false } as const satisfies VerdictOptions;

/** A forward solve, with constant weights. */
function solving(make: () => Operator, verdicts: VerdictOptions = UNCHECKED): () => Promise<Case> {
  return async () => {
    const { params, x, target, map } = make();
    const build = (maxSteps: number) =>
      compile(
        (input) => {
          const weights = mapTree<HostArray, tf.Tensor>(params, held) as Weights;
          const f = (z: tf.Tensor) => map(weights, z, input);
          const { value, steps, status, residual } = solveTraced(f, tf.zeros([...target.shape]), picard(), {
            ...verdicts,
            stop: STOP,
            maxSteps,
          });
          return { value, steps, status, residual };
        },
        [specOf(x)],
      );
    const compiled = await build(MOST_STEPS);
    const taken = largest((await compiled.runArrays(x)).steps);
    return {
      run: async () => {
        const { value, steps } = await compiled.runArrays(x);
        return [value, steps];
      },
      compared: ([value, steps]) => [value!, scalar(largest(steps!))],
      ...(await workOf(() => build(taken))),
      steps: [taken],
      dispose: () => compiled.dispose(),
    };
  };
}

type Method = (maxSteps: number) => GradientMethod<tf.Tensor>;

const jacobianFree: Method = () => phantom({ steps: 1 });
const byAdjoint: Method = (maxSteps) => implicit({ ...UNCHECKED, stop: STOP, maxSteps });

/** A training step; each goes on from the parameters of the one before. */
function training(make: () => Operator, method: Method): () => Promise<Case> {
  return async () => {
    const operator = make();
    const { params: initial, x, target } = operator;
    const build = (maxSteps: number, adjointSteps: number) =>
      compileStep(operator, { ...UNCHECKED, gradient: method(adjointSteps), stop: STOP, maxSteps });
    const compiled = await build(MOST_STEPS, MOST_STEPS);
    let params = initial;
    const first = await compiled.runArrays(params, x, target);
    const taken = [largest(first.steps), largest(first.adjointSteps)] as const;
    return {
      reset: () => {
        params = initial;
      },
      run: async () => {
        const { loss, params: updated, steps, adjointSteps } = await compiled.runArrays(params, x, target);
        params = updated;
        return [loss, ...Object.keys(initial).map((name) => params[name]!), steps, adjointSteps];
      },
      compared: (results) => {
        const [loss, counts] = [results[0]!, results.slice(-2)];
        const changes = Object.values(initial).map((before, i) => difference(results[i + 1]!, before));
        return [loss, ...changes, ...counts.map((count) => scalar(largest(count)))];
      },
      ...(await workOf(() => build(Math.max(1, taken[0]), Math.max(1, taken[1])))),
      steps: taken[1] === 0 ? [taken[0]] : taken,
      dispose: () => compiled.dispose(),
    };
  };
}

/** Of the same graph whose loops are bound to the steps that are taken: operations are counted by bounds. */
async function workOf(
  build: () => Promise<
    Parameters<typeof portBytes>[0] & Pick<Awaited<ReturnType<typeof compile>>, 'describe' | 'dispose'>
  >,
): Promise<Pick<Case, 'flops' | 'bytes' | 'leastBytes'>> {
  const bounded = await build();
  const { flops, bytes } = bounded.describe();
  const leastBytes = portBytes(bounded);
  await bounded.dispose();
  return { flops, bytes, leastBytes };
}

function largest({ data }: HostArray): number {
  return Array.from(data, Number).reduce((most, value) => Math.max(most, value), 0);
}

const scalar = (value: number): HostArray => ({ data: Float32Array.of(value), shape: [] });

const OPERATORS = { conv: () => conv(), fourier, messages, 'linear-messages': linearMessages, transformer };

/** By name; the last is not compared, but tells the machine's limit. */
export const CASES: Readonly<Record<string, () => Promise<Case>>> = {
  'tanh-bare': tanhLoop,
  'tanh-solve': solving(() => tanh([16, 64], 0.205, 0.01)),
  'tanh-solve-verdicts': solving(() => tanh([16, 64], 0.205, 0.01), {}),
  'tanh-solve-large': solving(() => tanh([64, 512], 0.046, 1)),
  ...Object.fromEntries(
    Object.entries(OPERATORS).flatMap(([name, make]) => [
      [`${name}-solve`, solving(make)],
      [`${name}-step-jfb`, training(make, jacobianFree)],
      [`${name}-step-implicit`, training(make, byAdjoint)],
    ]),
  ),
  'lp-step-8': lpStep(8),
  'lp-step-32': lpStep(32),
  'large-product': SINGLE['large-product']!,
};
