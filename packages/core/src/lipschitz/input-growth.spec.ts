import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { reciprocal } from '../theory/reciprocal.ts';
import { fitGrowth, GROWTH_RADII, inputGrowth } from './input-growth.ts';

const key = fromSeed(16);
const draw = (name: string, shape: number[]): HostArray => normal(fold(key, name), shape);
const tensor = (name: string, shape: number[]): tf.Tensor => toTensor(draw(name, shape));

type Scalar = (z: tf.Tensor, x: tf.Tensor) => tf.Tensor;

const growthOf = (map: Scalar, radii?: readonly number[]) => {
  const probe = { map, x: column(0.5, 1, 2), direction: column(1, -2, 3), start: tf.ones([3, 1]) };
  const constants = inputGrowth(probe, { steps: 2, ...(radii && { radii }) });
  return fitGrowth(radii ?? GROWTH_RADII, constants.dataSync(), { key });
};

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('inputGrowth', () => {
  it('is η‖z‖ of the reciprocal operator, at every state, compiled in float64', async () => {
    const operator = reciprocal(0.5);
    const radii = [0.1, 1, 1000];
    const compiled = await compile(
      (x: tf.Tensor, direction: tf.Tensor, start: tf.Tensor) =>
        inputGrowth(
          { map: (z: tf.Tensor, at: tf.Tensor) => operator.apply({}, z, at), x, direction, start },
          { radii, steps: 2 },
        ),
      [spec([2, 1]), spec([2, 1]), spec([2, 1])],
      { precision: 'float64' },
    );
    const { data, shape } = await compiled.run(
      { data: Float64Array.of(0.1, 0.9), shape: [2, 1] },
      { data: Float64Array.of(3, -1), shape: [2, 1] },
      draw('s', [2, 1]),
    );
    await compiled.dispose();
    expect(shape).toEqual([3, 2]);
    expectClose(data, [0.05, 0.05, 0.5, 0.5, 500, 500], { rtol: 1e-12 });
  });

  it('is that of the state as a whole, over its leaves', () => {
    const constants = inputGrowth(
      {
        map: (z: { a: tf.Tensor; b: tf.Tensor }, x: tf.Tensor) => ({ a: tf.mul(z.a, x), b: tf.mul(z.b, x) }),
        x: tf.ones([1, 1]),
        direction: { a: tf.fill([1, 1], 3), b: tf.fill([1, 1], 4) },
        start: tf.ones([1, 1]),
      },
      { radii: [1, 10], steps: 2 },
    );
    expectClose(constants, tf.tensor2d([[1], [10]]));
  });

  it('leaves no tensors behind, and refuses what cannot be', async () => {
    const probe = {
      map: (z: tf.Tensor, x: tf.Tensor) => tf.mul(z, x),
      x: tf.ones([1, 2]),
      direction: tf.ones([1, 2]),
      start: tensor('start', [1, 2]),
    };
    await expectNoLeak(() => inputGrowth(probe, { radii: [1, 2], steps: 2 }));
    expect(() => inputGrowth(probe, { radii: [2, 1] })).toThrow(
      'inputGrowth: radii must be two or more positive, increasing numbers; got [2, 1].',
    );
    for (const radii of [[1], [0, 1], [1, Infinity], []]) {
      expect(() => inputGrowth(probe, { radii })).toThrow('inputGrowth: radii must be');
    }
    expect(() => inputGrowth(probe, { steps: 0 })).toThrow(
      'inputGrowth: steps must be an integer >= 1; got 0.',
    );
  });
});

describe('fitGrowth', () => {
  it('finds a + b‖z‖, and that its growth is linear', () => {
    const { a, b, exponent, isAtMostLinear } = growthOf((z, x) => tf.mul(tf.add(tf.abs(z), 3), tf.mul(x, 2)));
    expectClose([a!, b!], [6, 2], { rtol: 1e-4 });
    expect(exponent!).toBeGreaterThan(0.9);
    expect(exponent!).toBeLessThan(1);
    expect(isAtMostLinear).toBe(true);
  });

  it.each<[string, Scalar, number, boolean]>([
    ['a constant', (z, x) => tf.add(tf.mul(z, 0.5), tf.mul(x, 3)), 0, true],
    ['no input at all', (z, x) => tf.add(z, tf.mul(x, 0)), 0, true],
    ['a root', (z, x) => tf.mul(tf.sqrt(tf.abs(z)), x), 0.5, true],
    ['a square', (z, x) => tf.mul(tf.square(z), x), 2, false],
    ['a power slightly above one', (z, x) => tf.mul(tf.pow(tf.abs(z), tf.scalar(1.1)), x), 1.1, false],
  ])('tells the power of %s', (_name, map, power, isAtMostLinear) => {
    const growth = growthOf(map);
    expect(growth.isAtMostLinear).toBe(isAtMostLinear);
    expectClose(growth.exponent!, power, { atol: 1e-3 });
  });

  it('takes saturation for what it is, also where the constants underflow', () => {
    const { exponent, isAtMostLinear } = growthOf((z, x) => tf.tanh(tf.mul(z, x)), [0.5, 1, 2, 4, 1e4, 1e5]);
    expect(exponent!).toBeLessThan(0);
    expect(exponent!).toBeGreaterThan(-5);
    expect(isAtMostLinear).toBe(true);
  });

  it('has an interval over samples, which decides: one sample of three that grows as the square', () => {
    const mixed = [1, 2, 4, 8].flatMap((r) => [r, r, r * r]);
    const { exponent, interval, isAtMostLinear } = fitGrowth([1, 2, 4, 8], mixed, { key });
    expectClose(exponent!, 4 / 3);
    expect([interval.low, interval.high]).toEqual([1, 2]);
    expect(isAtMostLinear).toBe(false);
    expect(fitGrowth([1, 2], [1, 2], { key }).interval).toEqual({ low: null, high: null });
  });

  it('says nothing where a constant is not finite, and refuses other numbers', () => {
    expect(fitGrowth([1, 2], [1, NaN], { key })).toEqual({
      a: null,
      b: null,
      exponent: null,
      interval: { low: null, high: null },
      isAtMostLinear: null,
    });
    expect(() => fitGrowth([1, 2], [1, 2, 3], { key })).toThrow(
      'fitGrowth: constants must be as many for each of 2 radii; got 3.',
    );
    expect(() => fitGrowth([1], [1], { key })).toThrow('fitGrowth: radii must be two or more');
  });
});
