import * as tf from '@tensorflow/tfjs';
import { anderson } from '../solvers/anderson.ts';
import { picard } from '../solvers/picard.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { solveWithin } from './solve-within.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('solveWithin', () => {
  it('spends the evaluations and no more, counted where the map is called', async () => {
    for (const evaluations of [1, 2, 7]) {
      let calls = 0;
      const map = affine([0.99]);
      const counted = (z: tf.Tensor): tf.Tensor => {
        calls += 1;
        return map(z);
      };
      const result = await solveWithin(counted, column(0), picard(), { evaluations });
      expect([calls, result.evaluations[0], result.status[0]]).toEqual([evaluations, evaluations, 'budget']);
    }
  });

  it('stops before, where the tolerance is reached: the residual in the units of z', async () => {
    const result = await solveWithin(affine([0.5, 0.9]), column(0, 0), anderson(), {
      evaluations: 50,
      tolerance: 1e-3,
    });
    expect(result.status).toEqual(['converged', 'converged']);
    expect(Math.max(...result.residual)).toBeLessThanOrEqual(1e-3);
    expect(Math.max(...result.evaluations)).toBeLessThan(50);
  });

  it('ends by the verdicts with a tolerance alone, however many steps that takes', async () => {
    const result = await solveWithin(affine([0.9, -1]), column(0, 3), picard(), {
      tolerance: { absolute: 1e-2, relative: 0 },
    });
    expect(result.status).toEqual(['converged', 'cycling']);
    // 0.9^k ≤ 1e-2.
    expect(result.steps[0]).toBe(Math.ceil(Math.log(1e-2) / Math.log(0.9)));
  });

  it('ends at the deadline where the map would go on for ever', async () => {
    const result = await solveWithin((z: tf.Tensor) => tf.add(z, 1), column(0), picard(), {
      milliseconds: 5,
      stagnation: false,
    });
    expect(result.status).toEqual(['budget']);
    expectClose(result.residual, [1]);
  });

  it('leaves no tensors behind but its result', async () => {
    const z0 = column(0);
    const map = affine([0.5]);
    await expectNoLeak(async () => {
      const { value, image } = await solveWithin(map, z0, picard(), { evaluations: 4, checkEvery: 2 });
      return { value, image };
    });
  });

  it('refuses to go without a limit, or with one out of its range', async () => {
    const run = (options: object) => solveWithin(affine([0.5]), column(0), picard(), options);
    await expect(run({})).rejects.toThrow(
      'solveWithin: evaluations, milliseconds or a tolerance must be given; got none of them.',
    );
    await expect(run({ evaluations: 0 })).rejects.toThrow('evaluations must be an integer >= 1; got 0.');
    await expect(run({ milliseconds: 0 })).rejects.toThrow('milliseconds must be > 0; got 0.');
    await expect(run({ tolerance: -1 })).rejects.toThrow('absolute must be finite and >= 0; got -1.');
  });
});
