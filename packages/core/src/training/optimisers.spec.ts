import * as tf from '@tensorflow/tfjs';
import { compile, spec, specsOf } from '@equilibria/compile';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { adam, adamW, type Optimiser, sgd } from './optimisers.ts';

type Params = { readonly W: tf.Tensor; readonly b: tf.Tensor };

/** Every optimiser beside its definition in float64: from parameter, gradients and rate to the parameter in the end. */
const OPTIMISERS: readonly {
  readonly optimiser: Optimiser;
  readonly reference: (start: number, gradients: readonly number[], rate: number) => number;
}[] = [
  { optimiser: sgd(), reference: (at, gradients, rate) => at - rate * gradients.reduce((a, b) => a + b) },
  { optimiser: sgd({ momentum: 0.9 }), reference: heavyBall },
  { optimiser: adam({ beta1: 0.8, beta2: 0.99 }), reference: (...given) => adamReference(...given, 0) },
  {
    optimiser: adamW({ beta1: 0.8, beta2: 0.99, weightDecay: 0.1, isDecayed: () => true }),
    reference: (...given) => adamReference(...given, 0.1),
  },
];

function heavyBall(start: number, gradients: readonly number[], rate: number): number {
  let [at, velocity] = [start, 0];
  for (const gradient of gradients) {
    velocity = 0.9 * velocity + gradient;
    at -= rate * velocity;
  }
  return at;
}

function adamReference(start: number, gradients: readonly number[], rate: number, decay: number): number {
  let [at, mean, square] = [start, 0, 0];
  gradients.forEach((gradient, i) => {
    mean = 0.8 * mean + 0.2 * gradient;
    square = 0.99 * square + 0.01 * gradient ** 2;
    const root = Math.sqrt(square / (1 - 0.99 ** (i + 1)));
    at = at * (1 - rate * decay) - (rate * mean) / (1 - 0.8 ** (i + 1)) / (root + 1e-8);
  });
  return at;
}

const params = (): Params => ({ W: tf.tensor2d([[1, -2]]), b: tf.tensor1d([3]) });
const GRADIENTS = [0.5, -0.25, 2, 1e-3, 0];
const RATE = 0.1;

function afterAll(optimiser: Optimiser, gradients: readonly number[]): Params {
  let at = params();
  let state = optimiser.init(at);
  for (const value of gradients) {
    const gradient = { W: tf.fill([1, 2], value), b: tf.fill([1], -value) };
    ({ params: at, state } = optimiser.update(at, gradient, { state, learningRate: tf.scalar(RATE) }));
  }
  return at;
}

describe('every optimiser', () => {
  it.each(OPTIMISERS)('$optimiser.name follows its definition', ({ optimiser, reference }) => {
    const { W, b } = afterAll(optimiser, GRADIENTS);
    const opposite = GRADIENTS.map((value) => -value);
    expectClose(W, [reference(1, GRADIENTS, RATE), reference(-2, GRADIENTS, RATE)], { rtol: 1e-5 });
    expectClose(b, [reference(3, opposite, RATE)], { rtol: 1e-5 });
  });

  it.each(OPTIMISERS)(
    '$optimiser.name is the same compiled, in float64',
    async ({ optimiser, reference }) => {
      const start = tf.tensor1d([1, -2]);
      const state = optimiser.init(start);
      const compiled = await compile(
        (at: tf.Tensor, gradient: tf.Tensor, s: unknown, learningRate: tf.Tensor) =>
          optimiser.update(at, gradient, { state: s as typeof state, learningRate }),
        [spec([2]), spec([2]), specsOf(state), spec([])] as never,
        { precision: 'float64' },
      );
      const array = (...data: number[]) => ({ data: Float64Array.from(data), shape: [data.length] });
      let at: unknown = array(1, -2);
      let kept: unknown = await zeros(optimiser);
      for (const value of GRADIENTS) {
        const rate = { data: Float64Array.of(RATE), shape: [] };
        const args = [at, array(value, value), kept, rate] as unknown as Parameters<
          typeof compiled.runArrays
        >;
        ({ params: at, state: kept } = await compiled.runArrays(...args));
      }
      await compiled.dispose();
      const { data } = at as { data: Float64Array };
      expectClose(data, [reference(1, GRADIENTS, RATE), reference(-2, GRADIENTS, RATE)], { rtol: 1e-10 });
    },
  );

  it.each(OPTIMISERS)('$optimiser.name leaves no tensors behind', async ({ optimiser }) => {
    const [at, gradient, learningRate] = [params(), params(), tf.scalar(RATE)];
    const state = optimiser.init(at);
    await expectNoLeak(() => tf.tidy(() => optimiser.update(at, gradient, { state, learningRate }) as never));
  });
});

/** The state of two numbers before the first update, in float64. */
async function zeros(optimiser: Optimiser): Promise<unknown> {
  const start = (at: tf.Tensor) => ({ at: tf.neg(at), state: optimiser.init(at) });
  const compiled = await compile(start, [spec([2])], { precision: 'float64' });
  const { state } = await compiled.runArrays({ data: new Float64Array(2), shape: [2] });
  await compiled.dispose();
  return state;
}

describe('adamW', () => {
  it('shrinks weights, and neither biases nor scales', () => {
    const { W, b } = afterAll(adamW({ weightDecay: 0.5 }), [0]);
    expectClose(W, [0.95, -1.9], { rtol: 1e-6 });
    expectClose(b, [3]);
  });
});

describe('optimisers', () => {
  it('of means that forget everything divide each gradient by its size', () => {
    const { W, b } = afterAll(adam({ beta1: 0, beta2: 0 }), [0.5, 2]);
    expectClose(W, [1 - 2 * RATE, -2 - 2 * RATE], { rtol: 1e-5 });
    expectClose(b, [3 + 2 * RATE], { rtol: 1e-5 });
  });

  it('refuse parameters out of range', () => {
    expect(() => sgd({ momentum: 1 })).toThrow('sgd: momentum must be in [0, 1); got 1.');
    expect(() => adam({ beta1: -1 })).toThrow('adam: beta1 must be in [0, 1); got -1.');
    expect(() => adam({ beta2: NaN })).toThrow('adam: beta2 must be in [0, 1); got NaN.');
    expect(() => adamW({ epsilon: 0 })).toThrow('adamW: epsilon must be > 0; got 0.');
    expect(() => adamW({ weightDecay: -1 })).toThrow('adamW: weightDecay must be >= 0; got -1.');
  });
});
