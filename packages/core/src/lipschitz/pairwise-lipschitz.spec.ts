import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { reciprocal, reciprocalIterate, reciprocalLipschitz } from '../theory/reciprocal.ts';
import { pairwiseLipschitz, perturbed } from './pairwise-lipschitz.ts';

const key = fromSeed(14);
const draw = (name: string, shape: number[]): HostArray => normal(fold(key, name), shape);
const double = (x: tf.Tensor): tf.Tensor => tf.mul(x, 2);

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('pairwiseLipschitz', () => {
  it('has the ratios of given pairs: closed form', async () => {
    const x = tf.tensor2d([[0], [1], [2]]);
    const partners = [tf.tensor2d([[1], [3], [-1]]), tf.tensor2d([[2], [0], [3]])];
    const { ratios, max, mean, failures } = await pairwiseLipschitz(
      (at: tf.Tensor) => tf.square(at),
      { x, partners },
      { key },
    );
    // |a² − b²|/|a − b| = |a + b|.
    expectClose(ratios, [1, 4, 1, 2, 1, 5]);
    expectClose([max!, mean!], [5, 14 / 6]);
    expect(failures).toBe(0);
  });

  it('has an interval around the mean, in which the pairs of a sample are drawn together', async () => {
    const slopes = tf.tensor2d([[1], [2], [3], [4]]);
    const F = (x: tf.Tensor): tf.Tensor => tf.mul(x, slopes);
    const x = tf.zeros([4, 1]);
    const of = async (batches: number) =>
      pairwiseLipschitz(F, { x, partners: await perturbed(x, { radius: 1, batches, key }) }, { key });
    const [one, many] = [await of(1), await of(50)];
    expectClose([one.mean!, many.mean!], [2.5, 2.5]);
    expect(one.low!).toBeGreaterThan(0.9);
    expect(one.low!).toBeLessThan(2.2);
    expect(one.high!).toBeGreaterThan(2.8);
    // Fifty pairs of a sample of a linear map are one and the same.
    expectClose([many.low!, many.high!], [one.low!, one.high!]);
  });

  it('approaches L_t of 1/x from below, compiled in float64, and never exceeds it', async () => {
    const operator = reciprocal(0.5);
    const compiled = await compile(
      (x: tf.Tensor) => {
        let y = operator.initialState(x);
        for (let t = 0; t < 16; t++) y = operator.apply({}, y, x);
        return y;
      },
      [spec([3, 1])],
      { precision: 'float64' },
    );
    const x: HostArray = { data: Float64Array.of(1e-4, 0.1, 0.9), shape: [3, 1] };
    const partners = await perturbed(x, { radius: 1e-5, batches: 4, key });
    const { ratios, max } = await pairwiseLipschitz(
      (at: HostArray) => compiled.run(at),
      { x, partners },
      { key },
    );
    await compiled.dispose();
    const moved = partners[2]!.data[1]!;
    expectClose(
      ratios[2 * 3 + 1]!,
      Math.abs((reciprocalIterate(0.5, moved, 16) - reciprocalIterate(0.5, 0.1, 16)) / (moved - 0.1)),
      { rtol: 1e-8 },
    );
    expect(max!).toBeLessThan(reciprocalLipschitz(0.5, 16));
    expect(max!).toBeGreaterThan(0.99 * reciprocalLipschitz(0.5, 16));
  });

  it('counts failures, and gives no mean that leaves them out', async () => {
    const { ratios, max, mean, low, high, failures } = await pairwiseLipschitz(
      (x: tf.Tensor) => tf.log(x),
      { x: tf.tensor2d([[1], [-1], [1]]), partners: [tf.tensor2d([[2], [-2], [0]])] },
      { key },
    );
    expectClose(ratios, [Math.log(2), NaN, Infinity]);
    expect({ max, mean, low, high, failures }).toEqual({
      max: null,
      mean: null,
      low: null,
      high: null,
      failures: 2,
    });
  });

  it('measures trees as one vector', async () => {
    const x = { a: tf.zeros([2, 1]), b: tf.zeros([2, 2, 2]) };
    const partners = [{ a: tf.fill([2, 1], 3), b: tf.fill([2, 2, 2], 2) }];
    const { ratios } = await pairwiseLipschitz(
      ({ a, b }: typeof x) => [tf.mul(b, 2), double(a)],
      { x, partners },
      { key },
    );
    expectClose(ratios, [2, 2]);
  });

  it('leaves no tensors behind, and refuses what is no pair', async () => {
    const x = tf.tensor2d([[0], [1]]);
    const other = tf.tensor2d([[1], [2]]);
    await expectNoLeak(async () => pairwiseLipschitz(double, { x, partners: [other, other] }, { key }));
    await expectNoLeak(async () => perturbed(x, { radius: 1, batches: 2, key }));
    const of = (partners: tf.Tensor[], F: (at: tf.Tensor) => tf.Tensor = double) =>
      pairwiseLipschitz(F, { x, partners }, { key });
    await expect(of([])).rejects.toThrow(
      'pairwiseLipschitz: needs at least one batch of partners; got none.',
    );
    await expect(of([other, tf.tensor2d([[1], [1]])])).rejects.toThrow(
      'pairwiseLipschitz: partners must be at a positive, finite distance; got 0 for sample 1 of batch 1.',
    );
    await expect(of([tf.tensor2d([[NaN], [2]])])).rejects.toThrow('got NaN for sample 0 of batch 0.');
    await expect(of([tf.ones([3, 1])])).rejects.toThrow(
      'pairwiseLipschitz: every batch of partners must have 2 samples; got 3.',
    );
    await expect(of([tf.ones([2, 2])])).rejects.toThrow(
      'pairwiseLipschitz: the answers of a pair must have one length; got 1 and 2.',
    );
    await expect(of([other], (at) => tf.sum(at, 0, true))).rejects.toThrow(
      'pairwiseLipschitz: F must give 2 answers; got 1.',
    );
    await expect(
      pairwiseLipschitz(double, { x: tf.zeros([0, 1]), partners: [tf.zeros([0, 1])] }, { key }),
    ).rejects.toThrow('pairwiseLipschitz: needs at least one sample; got none.');
    const uneven = { a: tf.zeros([2, 1]), b: tf.zeros([3, 1]) };
    await expect(perturbed(uneven, { radius: 1, key })).rejects.toThrow("got 3 at 'b'.");
  });
});

describe('perturbed', () => {
  it('moves every sample by the radius, over all leaves, differently in each batch, and keeps the kind', async () => {
    const x = { a: draw('a', [3, 2]), b: toTensor(draw('b', [3, 1, 2])) };
    const batches = await perturbed(x, { radius: 0.5, batches: 2, key });
    const distances = batches.map(({ a, b }) =>
      [0, 1, 2].map((i) => {
        const of = (data: ArrayLike<number>, from: ArrayLike<number>): number[] =>
          [0, 1].map((j) => data[2 * i + j]! - from[2 * i + j]!);
        return Math.hypot(...of(a.data, x.a.data), ...of(b.dataSync(), x.b.dataSync()));
      }),
    );
    expectClose(distances.flat(), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(batches[0]!.a.data).not.toEqual(batches[1]!.a.data);
    expect(batches[1]!.b.shape).toEqual([3, 1, 2]);
    expectClose((await perturbed(x, { radius: 0.5, key }))[0]!, batches[0]!, { rtol: 0, atol: 0 });
  });

  it('refuses radii and numbers that cannot be', async () => {
    const x = tf.zeros([1, 1]);
    await expect(perturbed(x, { radius: 0, key })).rejects.toThrow(
      'perturbed: radius must be positive and finite; got 0.',
    );
    await expect(perturbed(x, { radius: 1, batches: 0, key })).rejects.toThrow(
      'perturbed: batches must be an integer >= 1; got 0.',
    );
  });
});
