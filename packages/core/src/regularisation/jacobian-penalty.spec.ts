import * as tf from '@tensorflow/tfjs';
import { compile, constant, spec } from '@equilibria/compile';
import { valueAndGradient } from '../gradients/vector-jacobian.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal, type Samples, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { jacobianFrobenius, jacobianPenalty } from './jacobian-penalty.ts';
import { randomSigns } from './random-training.ts';

const key = fromSeed(1);
const BATCH = 4;
const UNITS = 32;
const values = {
  W: (gain: number) => normal(fold(key, 'W'), [UNITS, UNITS], { std: gain / Math.sqrt(UNITS) }),
  z: normal(fold(key, 'z'), [BATCH, UNITS]),
  v: randomSigns(fold(key, 'v'), spec([BATCH, UNITS])) as Samples,
};
const SPECS = [spec([UNITS, UNITS]), spec([BATCH, UNITS]), spec([BATCH, UNITS])] as const;

type OfWeights = (W: tf.Tensor, z: tf.Tensor, v: tf.Tensor) => tf.Tensor;

const layer =
  (W: tf.Tensor) =>
  (z: tf.Tensor): tf.Tensor =>
    tf.tanh(tf.matMul(z, W));

const byDifference =
  (step?: number): OfWeights =>
  (W, z, v) =>
    tf.mean(jacobianPenalty(layer(W), z, [v], step === undefined ? {} : { step }));

/** The Jacobian times `v` written down: `(1 − tanh²)·(vW)`. */
const exact: OfWeights = (W, z, v) => {
  const product = tf.mul(tf.sub(constant(1), tf.square(layer(W)(z))), tf.matMul(v, W));
  return tf.mean(tf.mul(tf.sum(tf.square(product), 1), constant(1 / UNITS)));
};

const differentiated = (penalty: OfWeights) => (W: tf.Tensor, z: tf.Tensor, v: tf.Tensor) =>
  valueAndGradient((at: tf.Tensor) => penalty(at, z, v), W);

async function inFloat64(penalty: OfWeights, gain: number) {
  const compiled = await compile(differentiated(penalty), SPECS, { precision: 'float64' });
  const result = await compiled.run(values.W(gain), values.z, values.v);
  await compiled.dispose();
  return result;
}

/** `‖a − b‖/‖b‖`. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.hypot(...Array.from(b, (x, i) => a[i]! - x)) / Math.hypot(...Array.from(b));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('jacobianPenalty', () => {
  it('is the mean square of the slopes of a diagonal map, whatever the signs', () => {
    const f = (z: tf.Tensor): tf.Tensor => tf.mul(z, tf.tensor1d([1, 2, 3]));
    const probes = [tf.tensor2d([[1, -1, 1]]), tf.tensor2d([[-1, -1, 1]])];
    const z = tf.tensor2d([[0.3, -2, 5]]);
    expectClose(jacobianPenalty(f, z, probes), [14 / 3], { rtol: 1e-4 });
    expectClose(jacobianFrobenius(f, z, probes), [14 / 3]);
  });

  it.each([1, 3])('is near the exact one, and so is its gradient, at a gain of %p', async (gain) => {
    const wanted = await inFloat64(exact, gain);
    const inputs = [toTensor(values.W(gain)), toTensor(values.z), toTensor(values.v)] as const;
    const { value, gradient } = differentiated(byDifference())(...inputs);
    expect(distance(value.dataSync(), wanted.value.data)).toBeLessThan(2e-4);
    expect(distance(gradient.dataSync(), wanted.gradient.data)).toBeLessThan(8e-4);
    const fine = await inFloat64(byDifference(1e-5), gain);
    expect(distance(fine.value.data, wanted.value.data)).toBeLessThan(1e-8);
    expect(distance(fine.gradient.data, wanted.gradient.data)).toBeLessThan(1e-8);
    expectClose(tf.mean(jacobianFrobenius(layer(inputs[0]), inputs[1], [inputs[2]])), wanted.value.data, {
      rtol: 1e-5,
    });
  });

  it('has the gradient of differences of itself, by the point too, in float64', async () => {
    const compiled = await compile(
      (z: tf.Tensor, W: tf.Tensor, v: tf.Tensor) =>
        valueAndGradient((at: tf.Tensor) => byDifference(1e-3)(W, at, v), z),
      [SPECS[1], SPECS[0], SPECS[2]],
      { precision: 'float64' },
    );
    const at = async (step: number) =>
      await compiled.run(
        { ...values.z, data: values.z.data.with(5, values.z.data[5]! + step) },
        values.W(1),
        values.v,
      );
    const slope = (await at(0)).gradient.data[5]!;
    // The step h of the penalty depends on z and is held: by h² times less than the penalty.
    expectClose([slope], [((await at(1e-5)).value.data[0]! - (await at(-1e-5)).value.data[0]!) / 2e-5], {
      rtol: 1e-4,
      atol: 1e-8,
    });
    await compiled.dispose();
  });

  it('averages to ‖J‖_F²/n over probes, of a map of several variables that mixes them', () => {
    const A = tf.tensor2d([
      [1, 2],
      [-1, 0.5],
    ]);
    const f = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => ({ x: tf.matMul(y, A), y: tf.mul(x, 3) });
    const z = { x: tf.zeros([1, 2]), y: tf.zeros([1, 2]) };
    const probes = Array.from({ length: 4 }, (_, i) => ({
      x: tf.tensor2d([[1, i < 2 ? 1 : -1]]),
      y: tf.tensor2d([[1, i % 2 === 0 ? 1 : -1]]),
    }));
    // All signs are there, so that the mean is exact: ‖A‖_F² + 2·9 by four numbers.
    expectClose(jacobianFrobenius(f, z, probes), [(6.25 + 18) / 4]);
    expectClose(jacobianPenalty(f, z, probes), [(6.25 + 18) / 4], { rtol: 1e-4 });
  });

  it('takes steps in proportion to a large state, where a fixed one would drown in rounding', () => {
    const f = (z: tf.Tensor): tf.Tensor => tf.mul(z, 0.5);
    expectClose(jacobianPenalty(f, tf.fill([1, 4], 1e6), [tf.ones([1, 4])]), [0.25], { rtol: 1e-3 });
  });

  it('keeps samples apart, NaN too', () => {
    const z = tf.tensor2d([[NaN], [0]]);
    expectClose(
      jacobianPenalty((at: tf.Tensor) => tf.tanh(at), z, [tf.ones([2, 1])]),
      [NaN, 1],
      { rtol: 1e-4 },
    );
  });

  it('refuses what it cannot use', () => {
    const f = (z: tf.Tensor): tf.Tensor => z;
    const z = tf.ones([1, 1]);
    expect(() => jacobianPenalty(f, z, [])).toThrow(
      'jacobianPenalty: there must be at least one probe; got none.',
    );
    expect(() => jacobianFrobenius(f, z, [])).toThrow(
      'jacobianFrobenius: there must be at least one probe; got none.',
    );
    expect(() => jacobianPenalty(f, z, [z], { step: 0 })).toThrow(
      'jacobianPenalty: step must be positive and finite; got 0.',
    );
  });

  it('leaves nothing behind', async () => {
    const z = tf.ones([2, 3]);
    const probe = tf.ones([2, 3]);
    await expectNoLeak(() => jacobianPenalty((at: tf.Tensor) => tf.tanh(at), z, [probe, probe]));
    await expectNoLeak(() => jacobianFrobenius((at: tf.Tensor) => tf.tanh(at), z, [probe, probe]));
  });
});
