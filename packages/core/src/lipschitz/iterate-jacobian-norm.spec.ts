import * as tf from '@tensorflow/tfjs';
import { compile, constant, type HostArray, spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { reciprocal, reciprocalLipschitz } from '../theory/reciprocal.ts';
import { type Iteration, iterateJacobianNorm } from './iterate-jacobian-norm.ts';
import { jacobianNorm } from './jacobian-norm.ts';

const key = fromSeed(11);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });
const tensor = (name: string, shape: number[], std = 1): tf.Tensor => toTensor(draw(name, shape, std));

const ofReciprocal = (eta: number): Iteration<tf.Tensor, tf.Tensor> => {
  const operator = reciprocal(eta);
  return {
    map: (z, x) => operator.apply({}, z, x),
    initialState: (x) => operator.initialState(x),
  };
};

/** A recurrent layer whose start and readout depend on the input as well. */
const held = (name: string, shape: number[], std: number): (() => tf.Tensor) => {
  const values = draw(name, shape, std);
  return () => constant(values);
};
const [W, U, S, R] = [
  held('W', [4, 4], 0.6),
  held('U', [3, 4], 0.5),
  held('S', [3, 4], 1),
  held('R', [4, 2], 1),
];
const recurrent: Iteration<tf.Tensor, tf.Tensor> = {
  map: (z, x) => tf.tanh(tf.add(tf.matMul(z, W()), tf.matMul(x, U()))),
  initialState: (x) => tf.matMul(x, S()),
  readout: (z, x) => tf.add(tf.matMul(z, R()), tf.sum(tf.square(x), 1, true)),
};

const unrolled =
  ({ map, initialState, readout = (z) => z }: Iteration<tf.Tensor, tf.Tensor>, t: number) =>
  (x: tf.Tensor): tf.Tensor => {
    let z = initialState(x);
    for (let i = 0; i < t; i++) z = map(z, x);
    return readout(z, x) as tf.Tensor;
  };

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('iterateJacobianNorm', () => {
  it.each([0.1, 0.5])('is L_t = η²t(t − 1)/2 of 1/x at 0⁺, compiled in float64, η = %d', async (eta) => {
    const at = [0, 1, 2, 3, 4, 8, 16, 32, 64, 128];
    const compiled = await compile(
      (x: tf.Tensor, start: tf.Tensor) =>
        iterateJacobianNorm(ofReciprocal(eta), { x, start }, { at, steps: 2 }),
      [spec([2, 1]), spec([2, 1])],
      { precision: 'float64' },
    );
    const { value, error } = await compiled.run(
      { data: Float64Array.of(1e-13, 0.5), shape: [2, 1] },
      draw('start', [2, 1]),
    );
    await compiled.dispose();
    expect(value.shape).toEqual([at.length, 2]);
    const [first, second] = [0, 1].map((sample) => at.map((_, i) => value.data[2 * i + sample]!));
    expectClose(
      first!,
      at.map((t) => reciprocalLipschitz(eta, t)),
      { rtol: 1e-9, atol: 1e-12 },
    );
    // y_t = (1 − qᵗ)/x with q = 1 − ηx, hence y_t′ = (ηt·qᵗ⁻¹·x − 1 + qᵗ)/x².
    const slope = (t: number): number => {
      const [x, q] = [0.5, 1 - eta * 0.5];
      return Math.abs((t === 0 ? 0 : eta * t * q ** (t - 1) * x - 1 + q ** t) / x ** 2);
    };
    expectClose(second!, at.map(slope), { rtol: 1e-10, atol: 1e-12 });
    expect(Math.max(...error.data)).toBeLessThan(1e-12);
  });

  it('is jacobianNorm of unrolled iterations, through start and readout, at every t', () => {
    const [x, start] = [tensor('x', [2, 3]), tensor('start', [2, 3])];
    const at = [0, 1, 2, 5];
    const { value } = iterateJacobianNorm(recurrent, { x, start }, { at, steps: 15 });
    const expected = at.map((t) => jacobianNorm(unrolled(recurrent, t), x, start, { steps: 15 }).value);
    expectClose(value, tf.stack(expected), { rtol: 1e-4 });
    const bare = { map: recurrent.map, initialState: recurrent.initialState };
    expectClose(
      iterateJacobianNorm(bare, { x, start }, { at: [3], steps: 15 }).value,
      tf.stack([jacobianNorm(unrolled(bare, 3), x, start, { steps: 15 }).value]),
      { rtol: 1e-4 },
    );
  });

  it('is not exceeded by differences in any direction, and reached by some', async () => {
    const precision = { precision: 'float64' } as const;
    const norms = await compile(
      (x: tf.Tensor, start: tf.Tensor) =>
        iterateJacobianNorm(recurrent, { x, start }, { at: [4], steps: 60 }),
      [spec([1, 3]), spec([1, 3])],
      precision,
    );
    const y = await compile(unrolled(recurrent, 4), [spec([1, 3])], precision);
    const [x, h] = [draw('x', [1, 3]), 1e-6];
    const { value } = await norms.run(x, draw('start', [1, 3]));
    const ratios = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const v = draw(`v${i}`, [1, 3]).data as Float64Array;
        const step = h / Math.hypot(...v);
        const moved = (sign: number) => ({
          data: Float64Array.from(x.data, (a, j) => a + sign * step * v[j]!),
          shape: [1, 3],
        });
        const [up, down] = [await y.run(moved(1)), await y.run(moved(-1))];
        return Math.hypot(...Array.from(up.data, (a, j) => a - down.data[j]!)) / (2 * h);
      }),
    );
    await Promise.all([norms.dispose(), y.dispose()]);
    expect(Math.max(...ratios)).toBeLessThan(value.data[0]! * (1 + 1e-6));
    expect(Math.max(...ratios)).toBeGreaterThan(value.data[0]! * 0.97);
  });

  it('is the same compiled as eagerly, of states and inputs of several tensors', async () => {
    type Parts = { readonly a: tf.Tensor; readonly b: tf.Tensor };
    const iteration: Iteration<Parts, Parts> = {
      map: (z, x) => ({
        a: tf.add(tf.mul(tf.sin(z.b), 0.5), x.a),
        b: tf.add(tf.mul(z.a, x.b), tf.mul(z.b, 0.25)),
      }),
      initialState: (x) => ({ a: tf.zerosLike(x.a), b: tf.clone(x.b) }),
    };
    const parts = (name: string): Parts => ({ a: tensor(`${name}a`, [2, 2]), b: tensor(`${name}b`, [2, 2]) });
    const specs = { a: spec([2, 2]), b: spec([2, 2]) };
    const run = (x: Parts, start: Parts) =>
      iterateJacobianNorm(iteration, { x, start }, { at: [1, 3], steps: 6 });
    const compiled = await compile(run, [specs, specs]);
    expectClose(await compiled.run(parts('x'), parts('s')), run(parts('x'), parts('s')), {
      rtol: 1e-4,
      atol: 1e-5,
    });
    await compiled.dispose();
  });

  it('is NaN where the iterates are, in no other sample', () => {
    const doubling: Iteration<tf.Tensor, tf.Tensor> = {
      map: (z, x) => tf.mul(z, x),
      initialState: (x) => tf.clone(x),
    };
    const x = tf.tensor2d([[NaN], [2]]);
    const { value } = iterateJacobianNorm(doubling, { x, start: tf.ones([2, 1]) }, { at: [2], steps: 2 });
    expectClose(value, tf.tensor2d([[NaN, 12]]));
  });

  it('leaves no tensors behind, and refuses times and starts that cannot be', async () => {
    const [x, start] = [tensor('x', [2, 3]), tensor('start', [2, 3])];
    await expectNoLeak(() => iterateJacobianNorm(recurrent, { x, start }, { at: [0, 2], steps: 2 }));
    const withTimes = (at: number[]) => () => iterateJacobianNorm(recurrent, { x, start }, { at });
    expect(withTimes([])).toThrow('iterateJacobianNorm: at must be increasing integers >= 0; got [].');
    expect(withTimes([1, 1])).toThrow('at must be increasing integers >= 0; got [1, 1].');
    expect(withTimes([-1])).toThrow('at must be increasing integers >= 0; got [-1].');
    expect(() => iterateJacobianNorm(recurrent, { x, start }, { at: [1], steps: 0 })).toThrow(
      'iterateJacobianNorm: steps must be an integer >= 1; got 0.',
    );
    expect(() => iterateJacobianNorm(recurrent, { x, start: x.slice([0, 0], [1, 3]) }, { at: [1] })).toThrow(
      'iterateJacobianNorm: start must be of the form of x, [2, 3]; got [1, 3].',
    );
  });
});
