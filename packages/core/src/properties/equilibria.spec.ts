import * as tf from '@tensorflow/tfjs';
import { fromSeed } from '../random/key.ts';
import { anderson } from '../solvers/anderson.ts';
import { picard } from '../solvers/picard.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { equilibria } from './equilibria.ts';
import { randomStarts } from './starts.ts';

const STOP = { maxSteps: 200, stop: residualBelow({ absolute: 1e-6, relative: 0 }) };
const ROOT = 0.957504; // tanh(2z) = z.

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('equilibria', () => {
  it('finds those of z ← tanh(gain·z + x), how often, and which of them are stable', async () => {
    const [gain, x] = [column(2, 0.5), column(0, 1)];
    const map = (z: tf.Tensor): tf.Tensor => tf.tanh(tf.add(tf.mul(z, gain), x));
    const [both, one] = await equilibria(map, column(0, 0), picard(), {
      ...STOP,
      starts: randomStarts(fromSeed(2), { count: 12, std: 2 }),
    });
    expect(both!.verdict).toBe('several');
    expect(both!.found.reduce((sum, { count }) => sum + count, 0)).toBe(13);
    const byPoint = both!.found.toSorted((a, b) => a.point[0]! - b.point[0]!);
    expectClose(
      byPoint.map(({ point }) => point),
      [[-ROOT], [0], [ROOT]],
      { rtol: 1e-4 },
    );
    expect(byPoint.map(({ stability }) => stability)).toEqual(['stable', 'unstable', 'stable']);
    const slope = 2 * (1 - ROOT ** 2);
    expectClose(
      byPoint.map((each) => each.spectralRadius!),
      [slope, 2, slope],
      { rtol: 1e-3 },
    );
    expect(byPoint[1]!.count).toBe(1);
    expect(both!.found[0]!.count).toBeGreaterThanOrEqual(both!.found[1]!.count);
    expect(Math.max(...both!.found.map(({ residual }) => residual))).toBeLessThan(1e-6);

    expect([one!.verdict, one!.found.length, one!.found[0]!.count]).toEqual(['one', 1, 13]);
    expect(one!.statuses).toEqual(Array.from({ length: 13 }, () => 'converged'));
  });

  it('counts points by distance relative to the tolerance', async () => {
    // Every point is a fixed point of the identity.
    const found = async (relative: number) =>
      (
        await equilibria((z: tf.Tensor) => tf.clone(z), column(1), picard(), {
          ...STOP,
          starts: () => [column(1.001), column(1.02), column(2)],
          nearness: { absolute: 0, relative },
        })
      )[0]!.found.map(({ count }) => count);
    expect(await found(1e-4)).toEqual([1, 1, 1, 1]);
    expect(await found(1e-2)).toEqual([2, 1, 1]);
    expect(await found(0.1)).toEqual([3, 1]);
  });

  it('gives of points that count as one that with the smallest residual', async () => {
    const [only] = await equilibria(affine([0.5]), column(0), picard(), {
      maxSteps: 50,
      stop: residualBelow({ absolute: 0.3, relative: 0 }),
      starts: () => [column(2), column(5)],
      nearness: { relative: 0.5 },
    });
    const [found] = only!.found;
    expect([found!.count, found!.residual, found!.point]).toEqual([3, 0, Float64Array.of(2)]);
  });

  it('finds no equilibrium where no solve converges, and goes on with the other samples', async () => {
    const map = (z: tf.Tensor): tf.Tensor => tf.add(tf.mul(z, column(-1, NaN, 0.5)), 1);
    const samples = await equilibria(map, column(0, 0, 0), picard(), {
      ...STOP,
      starts: () => [column(3, 3, 3)],
    });
    expect(samples.map(({ verdict }) => verdict)).toEqual(['none', 'none', 'one']);
    expect(samples[0]!.statuses).toEqual(['cycling', 'cycling']);
    expectClose(samples[2]!.found[0]!.point, [2], { rtol: 1e-5 });
  });

  it('finds unstable points with a solver that can, of states of several tensors', async () => {
    type State = { readonly a: tf.Tensor; readonly b: tf.Tensor };
    const map = ({ a, b }: State): State => ({
      a: tf.add(tf.mul(a, -1.5), b),
      b: tf.add(tf.mul(b, 0.5), 1),
    });
    const [only] = await equilibria(map, { a: tf.zeros([1, 1]), b: tf.zeros([1, 1]) }, anderson<State>(), {
      ...STOP,
      starts: randomStarts<State>(fromSeed(1), { count: 3 }),
    });
    expect([only!.verdict, only!.found[0]!.stability]).toEqual(['one', 'unstable']);
    expectClose(only!.found[0]!.point, [0.8, 2], { rtol: 1e-4 });
    expectClose(only!.found[0]!.spectralRadius!, 1.5, { rtol: 1e-3 });
  });

  it('asks for no derivative if it is not to', async () => {
    const steps = (z: tf.Tensor): tf.Tensor => tf.mul(tf.floor(tf.mul(z, 2)), 0.25);
    const [only] = await equilibria(steps, column(3), picard(), {
      ...STOP,
      starts: () => [],
      stability: false,
    });
    expect(only!.found[0]).toEqual({
      point: Float64Array.of(0),
      count: 1,
      residual: 0,
      spectralRadius: null,
      stability: 'undecided',
    });
  });

  it('leaves no tensors behind', async () => {
    const [z0, map] = [column(0, 0), affine([0.5, 0.2])];
    const starts = randomStarts<tf.Tensor>(fromSeed(0), { count: 2 });
    await expectNoLeak(() => equilibria(map, z0, picard(), { maxSteps: 30, starts }));
  });
});
