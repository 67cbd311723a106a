import * as tf from '@tensorflow/tfjs';
import { compile, constant, type HostArray, spec } from '@equilibria/compile';
import { Matrix, SVD } from 'ml-matrix';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { sampleDistance, sampleNorm, unitSamples } from '../solvers/per-sample.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { reciprocal, reciprocalIterate, reciprocalLipschitz } from '../theory/reciprocal.ts';
import { adversarialLipschitz } from './adversarial-lipschitz.ts';

const key = fromSeed(12);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });
const tensor = (name: string, shape: number[], std = 1): tf.Tensor => toTensor(draw(name, shape, std));
const values = (t: tf.Tensor): number[] => Array.from(t.dataSync());

/** `‖F(x + δ) − F(x)‖/‖δ‖` at the radius, in the direction of a start. */
const ratioAt = (
  F: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  start: tf.Tensor,
  radius: number,
): number[] => {
  const moved = tf.add(x, tf.mul(unitSamples(start).unit, radius));
  return values(tf.div(sampleDistance(F(moved), F(x)), sampleDistance(moved, x)));
};

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('adversarialLipschitz', () => {
  it('reaches the norm of a linear map, whatever the radius', () => {
    const W = tensor('W', [5, 4]);
    const norm = new SVD(new Matrix(W.arraySync() as number[][])).norm2;
    const [x, starts] = [tensor('x', [2, 5]), [tensor('s0', [2, 5]), tensor('s1', [2, 5])]];
    for (const radius of [0.1, 10]) {
      const { value, perturbation, failures } = adversarialLipschitz(
        (at: tf.Tensor) => tf.matMul(at, W),
        { x, starts },
        { radius, steps: 40 },
      );
      expectClose(value, [norm, norm], { rtol: 1e-4 });
      expectClose(sampleNorm(perturbation), [radius, radius]);
      expectClose(failures, [0, 0]);
    }
  });

  it.each([2, 8, 32])('reaches L_t of the iterates of 1/x near 0, in float64, t = %d', async (t) => {
    const operator = reciprocal(0.5);
    const radius = 1e-6;
    const compiled = await compile(
      (x: tf.Tensor, start: tf.Tensor) => {
        const F = (at: tf.Tensor): tf.Tensor => {
          let y = operator.initialState(at);
          for (let i = 0; i < t; i++) y = operator.apply({}, y, at);
          return y;
        };
        return adversarialLipschitz(F, { x, starts: [start] }, { radius, steps: 4 });
      },
      [spec([2, 1]), spec([2, 1])],
      { precision: 'float64' },
    );
    // From 1e-6 the steeper way is down, to 0, which the second sample must find out.
    const { value, perturbation } = await compiled.run(
      { data: Float64Array.of(radius, radius), shape: [2, 1] },
      { data: Float64Array.of(-1, 1), shape: [2, 1] },
    );
    await compiled.dispose();
    const ratio = (0.5 * t - reciprocalIterate(0.5, radius, t)) / radius;
    expectClose(value.data[0]!, ratio, { rtol: 1e-6 });
    expect(value.data[0]! / reciprocalLipschitz(0.5, t)).toBeCloseTo(1, 3);
    expectClose(perturbation.data, [-radius, radius], { atol: 1e-12 });
  });

  it('is at least the ratio of every start, and its perturbation has the ratio it says', () => {
    const [V, U] = [tensor('V', [4, 6], 1.5), tensor('U', [6, 3])];
    const F = (x: tf.Tensor): tf.Tensor => tf.matMul(tf.sin(tf.matMul(x, V)), U);
    const x = tensor('x', [8, 4]);
    const starts = ['a', 'b', 'c'].map((name) => tensor(name, [8, 4]));
    for (const radius of [0.05, 0.5, 3]) {
      const { value, perturbation } = adversarialLipschitz(F, { x, starts }, { radius });
      const best = values(value);
      for (const start of starts) {
        ratioAt(F, x, start, radius).forEach((ratio, i) => {
          expect(best[i]!).toBeGreaterThanOrEqual(ratio * (1 - 1e-5));
        });
      }
      expectClose(ratioAt(F, x, perturbation, radius), best, { rtol: 1e-3 });
    }
  });

  it('beats a thousand random pairs on a map that is steep in a few directions', () => {
    const V = tensor('V', [20, 6], 0.3);
    const F = (x: tf.Tensor): tf.Tensor => tf.tanh(tf.matMul(x, V));
    const x = tf.zeros([1, 20]);
    const found = values(
      adversarialLipschitz(F, { x, starts: [tensor('s', [1, 20])] }, { radius: 0.1 }).value,
    )[0]!;
    const random = ratioAt(F, tf.tile(x, [1000, 1]), tensor('r', [1000, 20]), 0.1);
    expect(found).toBeGreaterThan(Math.max(...random) * 1.05);
  });

  it('finds what is up the slope where the full step overshoots', () => {
    // Around 0 the distance |sin(3δ₁)| + … is not convex: at this radius the power step jumps beyond the crest.
    const F = (x: tf.Tensor): tf.Tensor => tf.sin(tf.mul(x, tf.tensor2d([[3, 1]])));
    const { value } = adversarialLipschitz(
      F,
      { x: tf.zeros([1, 2]), starts: [tf.tensor2d([[0.2, 1]])] },
      { radius: 1.5, steps: 60 },
    );
    const best = Math.max(
      ...Array.from({ length: 3600 }, (_, i) => {
        const angle = (Math.PI * i) / 3600;
        const [a, b] = [1.5 * Math.cos(angle), 1.5 * Math.sin(angle)];
        return Math.hypot(Math.sin(3 * a), Math.sin(b)) / 1.5;
      }),
    );
    expectClose(value, [best], { rtol: 1e-3 });
  });

  it('takes back steps to where the function is not finite, counts them, and harms no other sample', () => {
    const { value, failures } = adversarialLipschitz(
      (x: tf.Tensor) => tf.sqrt(x),
      { x: tf.tensor2d([[0.6], [0.2], [NaN]]), starts: [tf.ones([3, 1]), tf.fill([3, 1], -1)] },
      { radius: 0.5, steps: 3 },
    );
    // Down is steeper, but from 0.2 it leads to the root of a negative number.
    const slope = (from: number, to: number): number => (Math.sqrt(to) - Math.sqrt(from)) / (to - from);
    expectClose(value, [slope(0.1, 0.6), slope(0.2, 0.7), NaN]);
    expect(values(failures)[0]).toBe(0);
    expect(values(failures)[1]).toBeGreaterThan(0);
    expect(values(failures)[2]).toBe(8);
  });

  it('takes no infinite ratio for an answer', () => {
    const { value, failures } = adversarialLipschitz(
      (x: tf.Tensor) => tf.log(x),
      { x: tf.tensor2d([[0.5]]), starts: [tf.fill([1, 1], -1), tf.ones([1, 1])] },
      { radius: 0.5, steps: 1 },
    );
    expectClose(value, [2 * Math.LN2]);
    expect(values(failures)[0]).toBeGreaterThan(0);
    const steep = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 1e30), 1e10);
    const overflow = adversarialLipschitz(
      steep,
      { x: tf.zeros([1, 1]), starts: [tf.ones([1, 1])] },
      { radius: 1e-5, steps: 1 },
    );
    expectClose({ value: overflow.value, failures: overflow.failures }, { value: [NaN], failures: [2] });
  });

  it('is 0 for a constant, and works on trees', () => {
    const x = { a: tf.zeros([2, 1]), b: tf.ones([2, 2]) };
    const starts = [{ a: tf.ones([2, 1]), b: tf.ones([2, 2]) }];
    const constantMap = ({ a }: typeof x): tf.Tensor => tf.mul(a, 0);
    expectClose(adversarialLipschitz(constantMap, { x, starts }, { radius: 1 }).value, [0, 0]);
    const scaled = ({ a, b }: typeof x) => ({ b: tf.mul(b, 3), a: tf.mul(a, 0.5) });
    expectClose(adversarialLipschitz(scaled, { x, starts }, { radius: 1 }).value, [3, 3], { rtol: 1e-4 });
  });

  it('is the same compiled as eagerly', async () => {
    const V = draw('V', [4, 6]);
    const run = (x: tf.Tensor, start: tf.Tensor) =>
      adversarialLipschitz(
        (at: tf.Tensor) => tf.tanh(tf.matMul(at, constant(V))),
        { x, starts: [start] },
        { radius: 0.5, steps: 5 },
      );
    const compiled = await compile(run, [spec([3, 4]), spec([3, 4])]);
    const [x, start] = [tensor('x', [3, 4]), tensor('s', [3, 4])];
    expectClose(await compiled.run(x, start), run(x, start), { rtol: 1e-3, atol: 1e-4 });
    await compiled.dispose();
  });

  it('leaves no tensors behind, and refuses what cannot be', async () => {
    const at = { x: tf.zeros([1, 2]), starts: [tf.ones([1, 2])] };
    const F = (x: tf.Tensor): tf.Tensor => tf.tanh(x);
    await expectNoLeak(() => adversarialLipschitz(F, at, { radius: 1, steps: 2 }));
    expect(() => adversarialLipschitz(F, at, { radius: 0 })).toThrow(
      'adversarialLipschitz: radius must be positive and finite; got 0.',
    );
    expect(() => adversarialLipschitz(F, at, { radius: 1, steps: 0 })).toThrow(
      'adversarialLipschitz: steps must be an integer >= 1; got 0.',
    );
    expect(() => adversarialLipschitz(F, { ...at, starts: [] }, { radius: 1 })).toThrow(
      'adversarialLipschitz: needs at least one start; got none.',
    );
    expect(() => adversarialLipschitz(F, { ...at, starts: [tf.ones([2, 2])] }, { radius: 1 })).toThrow(
      'adversarialLipschitz: start must be of the form of x, [1, 2]; got [2, 2].',
    );
  });
});
