import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { picard } from '../solvers/picard.ts';
import {
  contraction,
  expectClose,
  expectContractionRate,
  expectConvergence,
  expectNoLeak,
  matrix,
} from './index.ts';

describe('expectClose', () => {
  it('takes numbers, arrays, tensors, host arrays and trees of them', () => {
    expect(() => {
      expectClose(1, 1);
      expectClose([1, 2], Float64Array.of(1, 2));
      expectClose(tf.tensor([[1, 2]]), [1, 2]);
      expectClose({ a: tf.tensor([1]) }, { a: { data: Float64Array.of(1), shape: [1] } });
    }).not.toThrow();
  });
  it('allows atol + rtol·|expected| and not more', () => {
    const tolerance = { rtol: 0.5, atol: 0.25 };
    expect(() => expectClose(2.25, 4, tolerance)).not.toThrow();
    expect(() => expectClose(1.75, 4, tolerance)).not.toThrow();
    expect(() => expectClose(1.7, 4, tolerance)).toThrow('worst at [0]: got 1.7, expected 4.');
  });
  it.each([
    [NaN, 1],
    [1, NaN],
    [NaN, Infinity],
    [Infinity, NaN],
    [Infinity, -Infinity],
    [Infinity, 1e300],
    [1e300, Infinity],
  ])('keeps %p and %p apart at any tolerance', (actual, expected) => {
    const tolerance = { rtol: 1e300, atol: Infinity };
    expect(() => expectClose([actual], [expected], tolerance)).toThrow('worst at [0]');
  });
  it.each([NaN, Infinity, -Infinity])('holds %p equal to itself', (value) => {
    expect(() => expectClose([value], [value])).not.toThrow();
  });
  it('names the worst place of all', () => {
    expect(() => expectClose({ a: [1, 2], b: [5, 9] }, { a: [1, 3], b: [5, 5] })).toThrow(
      'expectClose: 2 of 4 numbers are off (rtol 0.00001, atol 0.000001); worst at [b.1]: got 9, expected 5.',
    );
  });
  it('tells shapes, lengths and structures apart', () => {
    expect(() => expectClose(tf.zeros([2, 1]), tf.zeros([1, 2]))).toThrow(
      'expected shape [1, 2]; got [2, 1]',
    );
    expect(() => expectClose([1], [1, 2])).toThrow('expectClose: expected 2 numbers; got 1.');
    expect(() => expectClose({ a: 1 }, { b: 1 })).toThrow("expectClose: got 'a', expected 'b'.");
    const [tall, wide] = [{ x: tf.zeros([2, 1]) }, { x: tf.zeros([1, 2]) }];
    expect(() => expectClose(tall, wide)).toThrow("expected shape [1, 2] at 'x'; got [2, 1]");
  });
  it('refuses what is no number', () => {
    expect(() => expectClose('1' as unknown as number, 1)).toThrow(
      "expectClose: a leaf must be numbers or a tensor; got string at ''.",
    );
  });
});

describe('expectNoLeak', () => {
  it('passes a function whose tensors are all in its result', async () => {
    await expectNoLeak(() => ({ a: tf.scalar(1), b: [tf.scalar(2), 'text'] }));
    await expectNoLeak(() => tf.tidy(() => tf.square(tf.scalar(2))));
    await expectNoLeak(async () => {
      await Promise.resolve();
    });
  });
  it('counts what is left, also after a promise', async () => {
    const kept: tf.Tensor[] = [];
    const leak = async () => {
      await Promise.resolve();
      kept.push(tf.scalar(1), tf.scalar(2));
    };
    await expect(expectNoLeak(leak)).rejects.toThrow('expectNoLeak: expected no tensor to be left; got 2.');
    tf.dispose(kept);
  });
});

describe('arbitraries', () => {
  it('keeps entries of a matrix within the bound, and float32', () => {
    fc.assert(
      fc.property(matrix(2, 3, 0.3), ({ data, shape }) => {
        expect(shape).toEqual([2, 3]);
        expect(data.length).toBe(6);
        expect(data.every((v) => Math.abs(v) <= 0.3 + 1e-7 && Math.fround(v) === v)).toBe(true);
      }),
      { seed: 7 },
    );
  });
  it('makes contractions that contract', () => {
    fc.assert(
      fc.property(contraction(4), ({ W, b, rate }) => {
        expect(Math.hypot(...W.data)).toBeLessThanOrEqual(rate);
        expect([W.shape, b.shape]).toEqual([
          [4, 4],
          [1, 4],
        ]);
      }),
      { seed: 7 },
    );
  });
});

describe('expectContractionRate', () => {
  it('fails for a rate that the solver does not keep', async () => {
    const law = { solver: () => picard<tf.Tensor>({ damping: 0.5 }), rate: (mu: number) => mu };
    await expect(expectContractionRate(law)).rejects.toThrow('Property failed after');
  });
});

describe('expectConvergence', () => {
  it('fails for a number of steps that the solver does not keep, and passes one that it does', async () => {
    const solver = () => picard<tf.Tensor>();
    const late = { solver, steps: (mu: number) => Math.ceil(Math.log(1e-3) / Math.log(mu)) };
    await expect(expectConvergence(late)).resolves.toBeUndefined();
    await expect(expectConvergence({ solver, steps: () => 2 })).rejects.toThrow('Property failed after');
  });
});
