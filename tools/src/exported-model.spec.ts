/** An exported model gives the same in every runtime, and what the eager solve gives. */
import {
  constant,
  exportOnnx,
  type ImplicitOperator,
  type OnnxOptions,
  picard,
  solve,
  spec,
  VERDICTS,
} from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

type State = { readonly p: tf.Tensor; readonly q: tf.Tensor };
type Input = { readonly rate: tf.Tensor; readonly source: tf.Tensor };

const STEPS = 150;

/** Two states that feed each other, each sample at a rate of its own, part of the input. */
const operator: ImplicitOperator<{ W: tf.Tensor; b: tf.Tensor }, State, Input> = {
  name: 'pair',
  init: () => {
    throw new Error('trained');
  },
  initialState: ({ source }) => ({
    p: tf.zerosLike(source),
    q: tf.reshape(tf.zerosLike(source), [-1, 2, 1]),
  }),
  apply: ({ W, b }, { p, q }, { rate, source }) => ({
    p: tf.add(tf.mul(rate, p), tf.tanh(tf.add(source, tf.matMul(tf.reshape(q, [-1, 2]), W)))),
    q: tf.mul(constant(0.25), tf.add(q, tf.reshape(tf.sin(tf.add(p, b)), q.shape))),
  }),
};

/** Converging, between two points, growing, NaN, and slow. */
const RATES = [0.5, -1, 2, NaN, 0.99];
const EXPECTED = ['converged', 'stagnated', 'diverged', 'non-finite', 'budget'];
const SOURCE = [0.3, -0.2, 1, 0.5, -0.7, 0.1, 0.4, 0.4, 2, -1];
const WEIGHTS = [0.2, 0.1, -0.3, 0.4];
const BIAS = [0.1, -0.1];
const x = { rate: spec([5, 1]), source: spec([5, 2]) };

type Answers = Readonly<Record<string, ArrayLike<number>>>;

async function inRuntime(
  ort: typeof node | typeof web,
  model: Uint8Array,
  type: 'float32' | 'float64',
): Promise<Answers> {
  const values = (list: number[]) => (type === 'float32' ? Float32Array.from(list) : Float64Array.from(list));
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [ort === web ? 'wasm' : 'cpu'],
  });
  const results = await session.run({
    'x.rate': new ort.Tensor(type, values(RATES) as never, [5, 1]),
    'x.source': new ort.Tensor(type, values(SOURCE) as never, [5, 2]),
  });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, data as unknown as ArrayLike<number>]),
  );
}

const exported = (options: Partial<OnnxOptions<State>> = {}) =>
  exportOnnx(
    {
      operator,
      params: {
        W: { data: valuesOf(WEIGHTS, options), shape: [2, 2] },
        b: { data: valuesOf(BIAS, options), shape: [2] },
      },
      x,
      decode: ({ b }, { p, q }) => ({ p: tf.add(p, b), q }),
    },
    { maxSteps: STEPS, ...options },
  );

const valuesOf = (list: number[], { precision }: Pick<OnnxOptions<State>, 'precision'>) =>
  precision === 'float64' ? Float64Array.from(list) : Float32Array.from(list);

const verdictsOf = ({ status }: Answers): string[] => Array.from(status!, (code) => VERDICTS[code]!);

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  web.env.wasm.numThreads = 1;
});

describe('a model exported with exportOnnx', () => {
  it('gives the same in onnxruntime-node and in onnxruntime-web, a verdict for each sample', async () => {
    const model = await exported();
    const [native, wasm] = [await inRuntime(node, model, 'float32'), await inRuntime(web, model, 'float32')];
    expect(verdictsOf(native)).toEqual(EXPECTED);
    for (const name of ['answer.p', 'answer.q', 'residual']) {
      expectClose(Array.from(wasm[name]!), Array.from(native[name]!), { rtol: 1e-4, atol: 1e-5 });
    }
    for (const name of ['status', 'steps', 'evaluations']) {
      expect(Array.from(wasm[name]!)).toEqual(Array.from(native[name]!));
    }
  });

  it('gives the same in float64', async () => {
    const model = await exported({ precision: 'float64' });
    const [native, wasm] = [await inRuntime(node, model, 'float64'), await inRuntime(web, model, 'float64')];
    expect(verdictsOf(native)).toEqual(EXPECTED);
    for (const name of Object.keys(native)) {
      expectClose(Array.from(wasm[name]!), Array.from(native[name]!), { rtol: 1e-10, atol: 1e-10 });
    }
  });

  it('gives what solve gives', async () => {
    const native = await inRuntime(node, await exported(), 'float32');
    const params = { W: tf.tensor2d(WEIGHTS, [2, 2]), b: tf.tensor1d(BIAS) };
    const input = { rate: tf.tensor2d(RATES, [5, 1]), source: tf.tensor2d(SOURCE, [5, 2]) };
    const eager = await solve(
      (z: State) => operator.apply(params, z, input),
      operator.initialState(input),
      picard(),
      {
        maxSteps: STEPS,
      },
    );
    expect(verdictsOf(native)).toEqual(eager.status);
    expectClose(Array.from(native['answer.p']!), tf.add(eager.value.p, params.b).dataSync(), {
      rtol: 1e-4,
      atol: 1e-5,
    });
    expectClose(Array.from(native['answer.q']!), eager.value.q.dataSync(), { rtol: 1e-4, atol: 1e-5 });
  });
});
