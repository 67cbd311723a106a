import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { allOf, anyOf, residualBelow } from './stop-rule.ts';

const rows = (...values: number[]) => tf.tensor(values, [values.length, 1]);
const holds = (rule: ReturnType<typeof residualBelow>, image: number[], residual: number[]) =>
  Array.from(rule(rows(...image.map(() => 1e9)), rows(...image), tf.tensor(residual)).dataSync(), Boolean);

describe('residualBelow', () => {
  it('compares with absolute + relative·‖f(z)‖, whatever z is', () => {
    const rule = residualBelow({ absolute: 0.5, relative: 0.25 });
    expect(holds(rule, [0, 0, 8, -8, 8], [0.5, 0.5625, 2.5, 2.5, 2.5625])).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });
  it('takes the norm over all leaves of the image', () => {
    const image = { a: tf.tensor([[3]]), b: tf.tensor([[[4]]]) };
    const rule = residualBelow({ absolute: 0, relative: 1 });
    expect(rule(image, image, tf.tensor([5])).dataSync()[0]).toBe(1);
    expect(rule(image, image, tf.tensor([5.1])).dataSync()[0]).toBe(0);
  });
  it('has the defaults 1e-6 and 1e-5', () => {
    expect(holds(residualBelow(), [0, 0, 1, 1], [0.9e-6, 1.1e-6, 1.09e-5, 1.11e-5])).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
  it('never holds for NaN', () => {
    expect(holds(residualBelow(), [NaN, 1, NaN], [0, NaN, NaN])).toEqual([false, false, false]);
    expect(holds(residualBelow({ relative: 0 }), [1], [NaN])).toEqual([false]);
  });
  it('takes a tolerance for each sample', async () => {
    const rule = residualBelow({ absolute: tf.tensor([0.5, 0.1]), relative: tf.tensor([0, 0.25]) });
    expect(holds(rule, [8, 8], [0.5, 2.1])).toEqual([true, true]);
    expect(holds(rule, [8, 8], [0.6, 2.2])).toEqual([false, false]);
    const stop = residualBelow<tf.Tensor>({ absolute: tf.tensor([1e-1, 1e-3]), relative: 0 });
    // r_k = 2^−k.
    const result = await solve(affine([0.5, 0.5]), column(0, 0), picard(), { stop, maxSteps: 20 });
    expect([...result.steps]).toEqual([4, 10]);
    expectClose(result.residual, [2 ** -4, 2 ** -10]);
  });
  it('never holds for a tolerance that is NaN or negative', () => {
    const rule = residualBelow({ absolute: tf.tensor([NaN, -1]), relative: 0 });
    expect(holds(rule, [0, 0], [0, 0])).toEqual([false, false]);
  });
  it('refuses tolerances of another form', () => {
    const of = (absolute: tf.Tensor) => () => holds(residualBelow({ absolute }), [0, 0], [0, 0]);
    expect(of(tf.tensor([1]))).toThrow(
      'residualBelow: absolute must be a number or float32[2]; got float32[1].',
    );
    expect(of(tf.scalar(1))).toThrow('got float32[].');
    expect(of(tf.tensor([1, 2], [2], 'int32'))).toThrow('got int32[2].');
  });
  it.each([
    [{ absolute: -1 }, 'residualBelow: absolute must be finite and >= 0; got -1.'],
    [{ relative: NaN }, 'residualBelow: relative must be finite and >= 0; got NaN.'],
  ])('refuses %j', (tolerance, message) => {
    expect(() => residualBelow(tolerance)).toThrow(message);
  });
});

describe('anyOf and allOf', () => {
  const absolute = residualBelow({ absolute: 1, relative: 0 });
  const relative = residualBelow({ absolute: 0, relative: 0.5 });
  it('hold where one of the rules does, and where all do', () => {
    const tests = [
      [1, 1, 8, 8],
      [0.5, 1, 2, 5],
    ] as const;
    expect(holds(anyOf(absolute, relative), [...tests[0]], [...tests[1]])).toEqual([true, true, true, false]);
    expect(holds(allOf(absolute, relative), [...tests[0]], [...tests[1]])).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(holds(anyOf(relative), [8], [2])).toEqual([true]);
    expect(holds(allOf(anyOf(absolute, relative), absolute), [8], [2])).toEqual([false]);
  });
  it('refuse to combine nothing', () => {
    expect(() => anyOf()).toThrow('anyOf: at least one rule must be given; got none.');
    expect(() => allOf()).toThrow('allOf: at least one rule must be given; got none.');
  });
});
