import * as tf from '@tensorflow/tfjs';
import { scalingCurve } from '../evaluation/scaling-curve.ts';
import { fromSeed } from '../random/key.ts';
import { scalarIteration } from './scalar-target.ts';
import { newtonReciprocal, reciprocal, reciprocalIterate, reciprocalLipschitz } from './reciprocal.ts';

const context = { key: fromSeed(0) };
const STEPS = Array.from({ length: 101 }, (_, t) => t);

/** Relative, but absolute where `expected` is 0. */
const errorOf = (got: number, expected: number) => Math.abs(got - expected) / (expected === 0 ? 1 : expected);

beforeAll(() => tf.setBackend('cpu'));

describe('reciprocal', () => {
  it.each([0.1, 0.5])('has L_t = η²t(t − 1)/2 by pairs at 0⁺, compiled in float64, η = %d', async (eta) => {
    // Between 0 and h the ratio is L_t(1 − O(ηht)), and rounding adds about 1e-16·L_t/h·(1/L_t): 1e-8 balances them.
    const h = 1e-8;
    const solving = scalarIteration(reciprocal(eta));
    const { scaling } = await scalingCurve(solving, [{ x: 0 }], {
      metric: { name: 'iterate', unit: '1', better: 'higher', score: (_, answer) => answer[0]! },
      perturbations: [{ name: 'from the pole', perturb: ({ x }) => ({ problem: { x: x + h }, size: h }) }],
      points: STEPS,
      pairs: 1,
      key: fromSeed(0),
    });
    await solving.dispose?.();
    for (const { evaluations, lipschitz } of scaling) {
      expect(errorOf(lipschitz[0]!.max!, reciprocalLipschitz(eta, evaluations))).toBeLessThan(1e-6);
    }
    expect(scaling).toHaveLength(101);
  });

  it('has L_t = η²t(t − 1)/2 by the derivative at 0, eagerly in float32', () => {
    const operator = reciprocal(0.5);
    for (const steps of STEPS) {
      const slope = tf.tidy(() => {
        const iterate = (x: tf.Tensor) => {
          let y: tf.Tensor = operator.initialState(x);
          for (let t = 0; t < steps; t++) y = operator.apply({}, y, x);
          // The start has no gradient, and TF.js refuses to differentiate what does not depend on x.
          return tf.add(y, tf.mul(x, 0));
        };
        return tf
          .grad(iterate)(tf.tensor2d([[0]]))
          .dataSync()[0]!;
      });
      expect(errorOf(-slope, reciprocalLipschitz(0.5, steps))).toBeLessThan(1e-5);
    }
  });

  it('has the iterates y_t = (1 − (1 − ηx)ᵗ)/x, compiled in float64', async () => {
    const xs = [1e-6, 1e-3, 0.1, 0.7, 1];
    const solving = scalarIteration(reciprocal(0.25));
    const snapshots = await solving.iterate(
      xs.map((x) => ({ x })),
      [1, 7, 300],
      context,
    );
    await solving.dispose?.();
    for (const { evaluations, answers } of snapshots) {
      xs.forEach((x, i) => {
        expect(errorOf(answers[i]![0]!, reciprocalIterate(0.25, x, evaluations))).toBeLessThan(1e-10);
      });
    }
  });

  it('is ηt at the pole itself, in closed form', () => {
    expect(reciprocalIterate(0.5, 0, 10)).toBe(5);
    expect(reciprocalLipschitz(0.5, 0)).toBe(0);
    expect(reciprocalLipschitz(0.5, 1)).toBe(0);
  });

  it.each([0, 1, -0.5, NaN])('refuses η = %d', (eta) => {
    expect(() => reciprocal(eta)).toThrow(`reciprocal: eta must be between 0 and 1; got ${eta}.`);
  });
});

describe('newtonReciprocal', () => {
  it('squares its relative error with every evaluation', async () => {
    const solving = scalarIteration(newtonReciprocal());
    const snapshots = await solving.iterate([{ x: 0.1 }], [0, 1, 2, 3, 4], context);
    await solving.dispose?.();
    for (const { evaluations, answers } of snapshots) {
      expect(1 - 0.1 * answers[0]![0]!).toBeCloseTo(0.9 ** (2 ** evaluations), 12);
    }
  });
});
