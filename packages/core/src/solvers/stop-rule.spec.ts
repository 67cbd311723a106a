import * as tf from '@tensorflow/tfjs';
import { residualBelow } from './stop-rule.ts';

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
  it.each([
    [{ absolute: -1 }, 'residualBelow: absolute must be finite and >= 0; got -1.'],
    [{ relative: NaN }, 'residualBelow: relative must be finite and >= 0; got NaN.'],
  ])('refuses %j', (tolerance, message) => {
    expect(() => residualBelow(tolerance)).toThrow(message);
  });
});
