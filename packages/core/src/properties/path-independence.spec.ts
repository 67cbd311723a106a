import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { picard } from '../solvers/picard.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { pathIndependence } from './path-independence.ts';
import { otherSamples, randomStarts } from './starts.ts';

const key = fromSeed(5);
const STOP = { maxSteps: 200, stop: residualBelow({ absolute: 1e-6, relative: 0 }) };
/** `z ← tanh(gain·z + x)`: several fixed points where the gain is above 1 and `x` small. */
const tanh =
  (gain: tf.Tensor, x: tf.Tensor) =>
  (z: tf.Tensor): tf.Tensor =>
    tf.tanh(tf.add(tf.mul(z, gain), x));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('pathIndependence', () => {
  it('is 1 for a contraction, from other samples’ fixed points', async () => {
    const found = await pathIndependence(affine([0.5, -0.5, 0.9]), column(0, 0, 0), picard(), STOP);
    expect(found.verdict).toEqual(['path-independent', 'path-independent', 'path-independent']);
    expect(found.status).toEqual(['converged', 'converged', 'converged']);
    expect(found.statuses).toEqual([['converged', 'converged', 'converged']]);
    expectClose(found.alignment, [[1, 1, 1]]);
    expect(Math.max(...found.distance[0]!)).toBeLessThan(1e-4);
    expect(found.score).toBeCloseTo(1, 6);
  });

  it('is the cosine, and says per sample which answers depend on the start', async () => {
    // Fixed points of tanh(2z): 0 and ±0.957504; of tanh(z/2 + 1): one.
    const map = tanh(column(2, 2, 0.5), column(0, 0, 1));
    const found = await pathIndependence(map, column(1, -1, 0), picard(), {
      ...STOP,
      starts: () => [column(-1, -1, 3), column(1e-3, 0, -3)],
    });
    expect(found.verdict).toEqual(['path-dependent', 'path-dependent', 'path-independent']);
    // From 0 the second sample stays at 0, which has no direction.
    expectClose(
      found.alignment,
      [
        [-1, 1, 1],
        [1, 0, 1],
      ],
      { atol: 1e-5 },
    );
    expectClose([found.distance[0]![0]!, found.distance[1]![1]!], [2 * 0.957504, 0.957504], { rtol: 1e-4 });
    expect(found.score).toBeCloseTo(0.5, 5);
  });

  it('does not take two points of one direction for one', async () => {
    // z ← z − (z − 1)(z − 2)(z − 1.5) has the stable fixed points 1 and 2.
    const cubic = (z: tf.Tensor): tf.Tensor => {
      const from = (root: number): tf.Tensor => tf.sub(z, root);
      return tf.sub(z, tf.mul(tf.mul(from(1), from(2)), from(1.5)));
    };
    const found = await pathIndependence(cubic, column(0.9), picard(), {
      ...STOP,
      starts: () => [column(2.1)],
    });
    expectClose(found.alignment, [[1]]);
    expect(found.verdict).toEqual(['path-dependent']);
  });

  it('is undecided where a solve does not end, and NaN where a point is not finite', async () => {
    const map = (z: tf.Tensor): tf.Tensor => tf.add(tf.mul(z, column(-1, NaN, 0.5)), 1);
    const found = await pathIndependence(map, column(0, 0, 0), picard(), {
      ...STOP,
      starts: () => [column(5, NaN, 1)],
    });
    expect(found.verdict).toEqual(['undecided', 'undecided', 'path-independent']);
    expect(found.status).toEqual(['cycling', 'non-finite', 'converged']);
    expect(found.alignment[0]![1]).toBeNaN();
    expect(Number.isFinite(found.score)).toBe(true);
  });

  it('takes the point 0 of every start for one', async () => {
    const found = await pathIndependence(affine([0.5, 0.5], 0), column(1, -1), picard(), STOP);
    expect([found.verdict, found.score]).toEqual([['path-independent', 'path-independent'], 1]);
  });

  it('compares states of several tensors, from random starts and other samples together', async () => {
    const W = toTensor(normal(fold(key, 'W'), [3, 3], { std: 0.2 }));
    type State = { readonly a: tf.Tensor; readonly b: tf.Tensor };
    const map = ({ a, b }: State): State => ({
      a: tf.tanh(tf.add(tf.matMul(a, W), 0.5)),
      b: tf.add(tf.mul(b, 0.3), tf.mean(a, 1)),
    });
    const found = await pathIndependence(map, { a: tf.zeros([2, 3]), b: tf.zeros([2]) }, picard<State>(), {
      maxSteps: 100,
      starts: (z0, solved) => [
        ...otherSamples<State>()(z0, solved),
        ...randomStarts<State>(key, { count: 2, std: 3 })(z0, solved),
      ],
    });
    expect(found.verdict).toEqual(['path-independent', 'path-independent']);
    expect(found.alignment.length).toBe(3);
  });

  it('leaves no tensors behind', async () => {
    const z0 = column(0, 0);
    const map = affine([0.5, 0.2]);
    await expectNoLeak(() => pathIndependence(map, z0, picard(), { maxSteps: 30 }));
    const one = tf.zeros([1, 1]);
    await expectNoLeak(() =>
      pathIndependence((z: tf.Tensor) => tf.mul(z, 0.5), one, picard(), { maxSteps: 3 }).catch(() => null),
    );
  });

  it('refuses other samples of a batch of one, and tolerances below 0', async () => {
    const run = (options: object) =>
      pathIndependence(affine([0.5]), column(0), picard(), { maxSteps: 5, ...options });
    await expect(run({})).rejects.toThrow(
      'otherSamples: the batch must have more than 1 samples; got 1. Take randomStarts instead.',
    );
    await expect(run({ nearness: { relative: -1 } })).rejects.toThrow(
      'pathIndependence: nearness.relative must be finite and >= 0; got -1.',
    );
    expect(() => otherSamples(0)).toThrow('otherSamples: count must be an integer >= 1; got 0.');
    expect(() => randomStarts(key, { std: 0 })).toThrow('randomStarts: std must be finite and > 0; got 0.');
  });
});

describe('starts', () => {
  it('give each sample the point of the next one, and of the one after that, going round', () => {
    const solved = { a: tf.tensor1d([0, 1, 2]), b: column(0, 10, 20) };
    expectClose(otherSamples<typeof solved>(2)(solved, solved), [
      { a: [1, 2, 0], b: tf.tensor2d([[10], [20], [0]]) },
      { a: [2, 0, 1], b: tf.tensor2d([[20], [0], [10]]) },
    ]);
  });

  it('at random differ from leaf to leaf and start to start, and do not depend on their number', () => {
    const like = { a: tf.zeros([50]), b: tf.zeros([50]) };
    const [first, second] = randomStarts<typeof like>(key, { count: 2 })(like, like);
    const [alone] = randomStarts<typeof like>(key)(like, like);
    expectClose(alone!, first!);
    for (const [x, y] of [
      [first!.a, first!.b],
      [first!.a, second!.a],
    ] as const) {
      expect(Math.abs(tf.sum(tf.mul(x, y)).dataSync()[0]!)).toBeLessThan(30);
    }
  });
});
