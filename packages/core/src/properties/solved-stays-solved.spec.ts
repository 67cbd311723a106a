import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { solvedStaysSolved } from './solved-stays-solved.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('solvedStaysSolved', () => {
  it('measures how far each application leads: |rate^k − 1| times the error of an affine map', async () => {
    // The fixed points are 2 and 10; the answers are off by 1.
    const found = await solvedStaysSolved(affine([0.5, 0.9]), column(3, 11), { steps: 3 });
    expectClose(found.drift, [
      [0.5, 0.1],
      [0.75, 0.19],
      [0.875, 0.271],
    ]);
    expectClose(found.largest, [0.875, 0.271]);
    expect(found.verdict).toEqual(['drifts', 'drifts']);
  });

  it('tells an answer from one that only has a small residual: a slow contraction and an unstable point', async () => {
    // Residuals of 1e-3 each, at errors of 2e-3, 1 and 1e-2.
    const map = affine([0.5, 0.999, 1.1], 0);
    const found = await solvedStaysSolved(map, column(2e-3, 1, 1e-2), {
      steps: 1000,
      nearness: { absolute: 5e-3, relative: 0 },
    });
    expect(found.verdict.slice(0, 2)).toEqual(['stays', 'drifts']);
    expect(found.verdict[2]).not.toBe('stays');
  });

  it('sees a cycle that ends where it began, by its largest drift', async () => {
    const found = await solvedStaysSolved(affine([-1]), column(3), { steps: 2 });
    expectClose(found.drift, [[5], [0]]);
    expect(found.verdict).toEqual(['drifts']);
  });

  it('keeps NaN and infinities in their sample', async () => {
    const map = (z: tf.Tensor): tf.Tensor => tf.mul(z, column(1, NaN, 1e30, 1));
    const found = await solvedStaysSolved(map, column(1, 1, 1, NaN), { steps: 4 });
    expect(found.verdict).toEqual(['stays', 'non-finite', 'non-finite', 'non-finite']);
  });

  it('leaves no tensors behind, and refuses what it cannot use', async () => {
    const z = { a: tf.zeros([2]), b: tf.zeros([2, 1]) };
    await expectNoLeak(() => solvedStaysSolved((at: typeof z) => at, z, { steps: 2 }));
    await expect(solvedStaysSolved((at: typeof z) => at, z, { steps: 0 })).rejects.toThrow(
      'solvedStaysSolved: steps must be an integer >= 1; got 0.',
    );
    await expect(solvedStaysSolved(() => tf.zeros([1]), column(1, 2))).rejects.toThrow(
      'f must keep the structure, shapes and dtypes of z',
    );
    await expect(solvedStaysSolved((at) => at, tf.zeros([2], 'int32'))).rejects.toThrow(
      'every leaf of z0 must be float32',
    );
  });
});
