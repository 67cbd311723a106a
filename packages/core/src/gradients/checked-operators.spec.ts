/** Gradients of operators of several kinds, against differences in float64, against unrolling, and compiled. */
import * as tf from '@tensorflow/tfjs';
import {
  compile,
  constant,
  type HostArray,
  leaves,
  mapTree,
  spec,
  specsOf,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';

import { residualBelow } from '../solvers/stop-rule.ts';
import { VERDICTS } from '../solvers/verdict.ts';
import { expectClose } from '../testing/expect-close.ts';

import { type GradientMethod, implicit, phantom, unrolled } from './gradient-method.ts';
import { type ImplicitProblem, solveAndDifferentiate } from './solve-and-differentiate.ts';

const BATCH = 3;
/** Milliseconds for graphs of a hundred steps. */
const LONG = 60_000;
const key = fromSeed(4);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });

/** An operator with parameters to try it at. The types of its trees are its own affair. */
type Example = {
  readonly name: string;
  readonly params: Tree<HostArray>;
  readonly state: Tree<TensorSpec>;
  readonly problem: ImplicitProblem<TensorTree, TensorTree>;
};

function example<P extends TensorTree, Z extends TensorTree>(
  name: string,
  params: Tree<HostArray>,
  state: Tree<TensorSpec>,
  problem: ImplicitProblem<P, Z>,
): Example {
  return { name, params, state, problem: problem as unknown as Example['problem'] };
}

const target = draw('target', [BATCH, 4]);
const input = draw('input', [BATCH, 4]);
const held = ({ data, shape }: HostArray): tf.Tensor => constant({ data, shape });

/** Tokens that attend to each other, with a penalty on how much the map stretches a direction, by a difference of values. */
type Attending = { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor };

const TOKENS = [BATCH, 4, 3];

function attend({ query, key: keys, value }: Attending, z: tf.Tensor): tf.Tensor {
  const projected = (W: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(tf.reshape(z, [-1, 3]), W), TOKENS);
  const weights = tf.softmax(tf.matMul(projected(query), projected(keys), false, true));
  return tf.add(tf.tanh(tf.matMul(weights, projected(value))), held(draw('tokens', TOKENS)));
}

const stretch = (params: Attending, z: tf.Tensor): tf.Tensor => {
  const step = tf.mul(held(draw('direction', TOKENS)), constant(1e-3));
  const change = tf.sub(attend(params, tf.add(z, step)), attend(params, z));
  return tf.mul(tf.sum(tf.square(change)), constant(1e5));
};

const EXAMPLES: readonly Example[] = [
  example<{ W: tf.Tensor; b: tf.Tensor }, tf.Tensor>(
    'a recurrent layer',
    { W: draw('W', [4, 4], 0.2), b: draw('b', [4], 0.5) },
    spec([BATCH, 4]),
    {
      map: ({ W, b }, z) => tf.tanh(tf.add(tf.add(tf.matMul(z, W), held(input)), b)),
      loss: (z) => tf.sum(tf.square(tf.sub(z, held(target)))),
    },
  ),
  example<{ step: tf.Tensor; A: tf.Tensor }, { x: tf.Tensor; y: tf.Tensor }>(
    'a pair of states that damp each other, with a regulariser',
    { step: { data: Float64Array.of(0.4), shape: [] }, A: draw('A', [4, 2], 0.3) },
    { x: spec([BATCH, 4]), y: spec([BATCH, 2]) },
    {
      map: ({ step, A }, { x, y }) => ({
        x: tf.sub(x, tf.mul(step, tf.add(tf.sub(x, held(input)), tf.matMul(y, A, false, true)))),
        y: tf.add(tf.mul(y, constant(0.5)), tf.mul(step, tf.sin(tf.matMul(x, A)))),
      }),
      loss: ({ x, y }, { A }) =>
        tf.add(tf.add(tf.sum(tf.square(x)), tf.sum(y)), tf.mul(constant(0.5), tf.sum(tf.square(A)))),
    },
  ),
  example<{ kernel: tf.Tensor; unused: tf.Tensor }, tf.Tensor>(
    'a convolution, with a parameter that nothing uses',
    { kernel: draw('kernel', [2, 2, 2, 2], 0.1), unused: draw('unused', [2]) },
    spec([BATCH, 3, 3, 2]),
    {
      map: ({ kernel }, z) => {
        const filtered = tf.conv2d(z as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same');
        const offset = held(draw('image', [BATCH, 3, 3, 2]));
        return tf.add(tf.sin(filtered), offset);
      },
      loss: (z) => tf.sum(tf.mul(z, tf.square(z))),
    },
  ),
  example<Attending, tf.Tensor>(
    'tokens that attend to each other, with a penalty on the Jacobian that moves the point too',
    { query: draw('query', [3, 3], 0.5), key: draw('key', [3, 3], 0.5), value: draw('value', [3, 3], 0.3) },
    spec(TOKENS),
    {
      map: attend,
      loss: (z, params) => tf.add(tf.sum(tf.square(z)), stretch(params, z)),
    },
  ),
];

const SOLVE = { maxSteps: 400, stop: residualBelow({ absolute: 1e-13, relative: 1e-13 }) };
const exact = () => implicit({ maxSteps: 400, stop: SOLVE.stop });

/** Loss and gradient in float64; the verdicts beside them. */
async function inFloat64(at: Example, gradient: GradientMethod) {
  const compiled = await compile(
    (params: unknown, z0: unknown) =>
      solveAndDifferentiate(at.problem, params as TensorTree, z0 as TensorTree, { ...SOLVE, gradient }),
    [mapTree<HostArray, TensorSpec>(at.params, ({ shape }) => spec(shape)), at.state],
    { precision: 'float64' },
  );
  const zero = mapTree<TensorSpec, HostArray>(at.state, ({ shape }) => ({
    data: new Float64Array(shape.reduce((product, n) => product * n, 1)),
    shape,
  }));
  const run = async (params: Tree<HostArray>) =>
    (await compiled.runArrays(params, zero)) as unknown as {
      loss: HostArray;
      gradient: Tree<HostArray>;
      solve: { status: HostArray };
      adjoint?: { status: HostArray; residual: HostArray };
    };
  return { run, dispose: () => compiled.dispose() };
}

const verdicts = ({ data }: HostArray): string[] => Array.from(data, (index) => VERDICTS[index]!);

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe.each(EXAMPLES.map((at) => [at.name, at] as const))('the gradient of %s', (_name, at) => {
  it('by the implicit method is that of differences, in float64', async () => {
    const { run, dispose } = await inFloat64(at, exact());
    const { gradient, solve, adjoint } = await run(at.params);
    expect(new Set(verdicts(solve.status))).toEqual(new Set(['converged']));
    expect(new Set(verdicts(adjoint!.status))).toEqual(new Set(['converged']));
    const h = 1e-5;
    const slopes = leaves<HostArray>(gradient);
    for (const [leaf, { data }] of leaves<HostArray>(at.params).entries()) {
      for (const i of new Set([0, data.length - 1])) {
        const lossAt = async (step: number): Promise<number> => {
          let seen = -1;
          const moved = mapTree<HostArray, HostArray>(at.params, (array) => {
            seen += 1;
            if (seen !== leaf) return array;
            return { ...array, data: (array.data as Float64Array).with(i, array.data[i]! + step) };
          });
          return (await run(moved)).loss.data[0]!;
        };
        const difference = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
        expectClose([slopes[leaf]!.data[i]!], [difference], { rtol: 1e-6, atol: 1e-8 });
      }
    }
    await dispose();
  });

  it(
    'by the implicit method is that of many unrolled steps, and of a long phantom',
    async () => {
      const wanted = await inFloat64(at, exact());
      const expected = (await wanted.run(at.params)).gradient;
      await wanted.dispose();
      for (const other of [unrolled(100), phantom({ steps: 80 }), phantom({ steps: 100, damping: 0.8 })]) {
        const { run, dispose } = await inFloat64(at, other);
        expectClose((await run(at.params)).gradient, expected, { rtol: 1e-8, atol: 1e-9 });
        await dispose();
      }
    },
    LONG,
  );

  it('is the same eagerly and compiled, in float32, by every method', async () => {
    const params = mapTree<HostArray, tf.Tensor>(at.params, toTensor) as TensorTree;
    const z0 = mapTree<TensorSpec, tf.Tensor>(at.state, ({ shape }) => tf.zeros([...shape])) as TensorTree;
    for (const gradient of [unrolled(12), phantom({ steps: 2, damping: 0.7 }), implicit()]) {
      const options = { maxSteps: 60, gradient };
      const eager = solveAndDifferentiate(at.problem, params, z0, options);
      const compiled = await compile(
        (p: unknown, z: unknown) =>
          solveAndDifferentiate(at.problem, p as TensorTree, z as TensorTree, options),
        [specsOf(params), specsOf(z0)],
      );
      const graph = await compiled.run(params, z0);
      expectClose(graph.gradient, eager.gradient, { rtol: 1e-3, atol: 1e-4 });
      expectClose(graph.solve.status, eager.solve.status);
      await compiled.dispose();
    }
  });
});
