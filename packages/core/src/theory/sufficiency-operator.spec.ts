import * as tf from '@tensorflow/tfjs';
import { compile, compileLoop, constant, spec } from '@equilibria/compile';
import { fromSeed } from '../random/key.ts';
import { expectClose } from '../testing/expect-close.ts';
import { scalarIteration } from './scalar-target.ts';
import { sufficiencyOperator, sufficiencyProgress } from './sufficiency-operator.ts';
import { TWO_POLE_DOMAIN, twoPole, twoPoleOperator, twoPolePace, twoPoleSlope } from './two-pole.ts';

const XS = [
  [0.3, -1.2],
  [1.5, 0.1],
  [-0.4, 0.9],
];

/** A map from the plane to space with a pace of its own, once in TF.js and once in float64. */
const operator = sufficiencyOperator({
  name: 'plane-to-space',
  F: (x) => {
    const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
    return tf.concat([tf.mul(a, b), tf.sub(a, b), tf.square(a)], 1);
  },
  epsilon: (x) => tf.mul(constant(0.1), tf.square(tf.slice(x, [0, 1], [-1, 1]))),
});
const F = (a: number, b: number) => [a * b, a - b, a * a];
const epsilon = (b: number) => 0.1 * b * b;

beforeAll(() => tf.setBackend('cpu'));

describe('sufficiencyOperator', () => {
  it('has the iterates y_t = (1 − (1 − ε)ᵗ)F in n dimensions, compiled in float64', async () => {
    const options = { precision: 'float64' } as const;
    const x = { data: Float64Array.from(XS.flat()), shape: [3, 2] };
    const start = await compile((input) => operator.initialState(input), [spec([3, 2])], options);
    const loop = await compileLoop<tf.Tensor, tf.Tensor>(
      { body: (y, input) => operator.apply({}, y, input) },
      { state: spec([3, 3]), context: spec([3, 2]) },
      options,
    );
    for (const steps of [1, 10, 100]) {
      const { state } = await loop.run(await start.run(x), x, { maxSteps: steps });
      const expected = XS.flatMap(([a, b]) =>
        F(a!, b!).map((value) => sufficiencyProgress(epsilon(b!), steps) * value),
      );
      expected.forEach((value, i) => expect(state.data[i]).toBeCloseTo(value, 12));
    }
    await start.dispose();
    await loop.dispose();
  });

  it('has F as its fixed point, eagerly', () => {
    const change = tf.tidy(() => {
      const x = tf.tensor2d(XS);
      const y = tf.tensor2d(XS.map(([a, b]) => F(a!, b!)));
      return tf.max(tf.abs(tf.sub(operator.apply({}, y, x), y))).dataSync()[0]!;
    });
    expect(change).toBeLessThan(1e-7);
  });

  it('refuses an ε or an F that would mix samples', () => {
    const x = tf.ones([3, 3]);
    const square = (value: tf.Tensor) => tf.sum(tf.square(value), -1);
    const mixing = sufficiencyOperator({ name: 'mixing', F: (value) => value, epsilon: square });
    expect(() => mixing.apply({}, x, x)).toThrow(
      'sufficiencyOperator: epsilon must give [batch, 1] or the shape of F; got [3] of an input [3, 3]. Keep the dimension of a sum.',
    );
    const summed = sufficiencyOperator({ name: 'summed', F: (value) => tf.sum(value), epsilon: square });
    expect(() => summed.initialState(x)).toThrow(
      'sufficiencyOperator: F must give [batch, …]; got [] of an input [3, 3].',
    );
  });

  it('leaks no tensor and disposes of none of its arguments', () => {
    const x = tf.tensor2d(XS);
    const before = tf.memory().numTensors;
    const y = operator.initialState(x);
    const z = operator.apply({}, y, x);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect([x.isDisposed, y.isDisposed]).toEqual([false, false]);
    tf.dispose([x, y, z]);
  });
});

describe('twoPoleOperator', () => {
  const xs = [-2, -0.7, -0.05, 0.05, 0.3, 0.5, 0.8, 0.95, 1.05, 2, 3];
  const problems = xs.map((x) => ({ x }));

  it.each([0.1, 0.5])('has the iterates of Theorem 2.4 on all three pieces, c = %d', async (c) => {
    const solving = scalarIteration(twoPoleOperator(c));
    const snapshots = await solving.iterate(problems, [1, 5, 500], { key: fromSeed(0) });
    await solving.dispose?.();
    for (const { evaluations, answers } of snapshots) {
      xs.forEach((x, i) => {
        const expected = sufficiencyProgress(twoPolePace(c, x), evaluations) * twoPole(x);
        expect(answers[i]![0]).toBeCloseTo(expected, 10);
      });
    }
  });

  it('measures the slowest pace as its contraction', async () => {
    const solving = scalarIteration(twoPoleOperator(0.5));
    const [snapshot] = await solving.iterate(problems, [3], { key: fromSeed(0) });
    await solving.dispose?.();
    expect(snapshot!.contraction).toBeCloseTo(1 - twoPolePace(0.5, 0.05), 8);
    expect(snapshot!.residuals![0]).toBeCloseTo(0.5 ** 3 * 0.5 * 2, 12);
  });

  it('has the gradient in x that differences of ε(x)F(x) show, on all three pieces', () => {
    const slopes = tf.tidy(() => {
      const G = twoPoleOperator(0.5);
      return tf
        .grad((x) => G.apply({}, tf.zerosLike(x), x))(tf.tensor1d(xs))
        .dataSync();
    });
    const first = (x: number) => twoPolePace(0.5, x) * twoPole(x);
    const h = 1e-5;
    const inside = xs.slice(1, -1); // At the ends a difference would leave the domain.
    const expected = inside.map((x) => (first(x + h) - first(x - h)) / (2 * h));
    expectClose(slopes.slice(1, -1), expected, { rtol: 1e-4, atol: 1e-5 });
  });

  it.each([0, 1, NaN])('refuses c = %d', (c) => {
    expect(() => twoPoleOperator(c)).toThrow(`twoPoleOperator: c must be between 0 and 1; got ${c}.`);
  });
});

describe('twoPole', () => {
  it('is −x, 1/x + 1/(x − 1) and 1/(x − 1) − 1/x', () => {
    expect(twoPole(-2)).toBe(2);
    expect(twoPole(0.25)).toBeCloseTo(4 - 4 / 3, 12);
    expect(twoPole(0.5)).toBe(0);
    expect(twoPole(2)).toBe(0.5);
  });

  it('has the slope that differences show', () => {
    const h = 1e-6;
    for (const x of [-1, 0.2, 0.9, 1.3, 2.5]) {
      expect(twoPoleSlope(x)).toBeCloseTo((twoPole(x + h) - twoPole(x - h)) / (2 * h), 5);
    }
  });

  it('is NaN at the poles and outside', () => {
    const { low, high, poles } = TWO_POLE_DOMAIN;
    expect([...poles, low - 0.1, high + 0.1, NaN].map(twoPole)).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });
});
