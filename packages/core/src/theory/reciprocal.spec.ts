import * as tf from '@tensorflow/tfjs';
import { fromSeed } from '../random/key.ts';
import { compiledIteration } from './compiled-iteration.ts';
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
    const solving = compiledIteration(reciprocal(eta));
    try {
      const snapshots = await solving.iterate([{ x: 0 }, { x: h }], STEPS, context);
      for (const { evaluations, answers } of snapshots) {
        const ratio = Math.abs(answers[0]![0]! - answers[1]![0]!) / h;
        expect(errorOf(ratio, reciprocalLipschitz(eta, evaluations))).toBeLessThan(1e-6);
      }
      expect(snapshots).toHaveLength(101);
    } finally {
      await solving.dispose?.();
    }
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
    const solving = compiledIteration(reciprocal(0.25));
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
    const solving = compiledIteration(newtonReciprocal());
    const snapshots = await solving.iterate([{ x: 0.1 }], [0, 1, 2, 3, 4], context);
    await solving.dispose?.();
    for (const { evaluations, answers } of snapshots) {
      expect(1 - 0.1 * answers[0]![0]!).toBeCloseTo(0.9 ** (2 ** evaluations), 12);
    }
  });
});
