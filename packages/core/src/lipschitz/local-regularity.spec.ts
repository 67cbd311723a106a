import * as tf from '@tensorflow/tfjs';
import { compile, constant, spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { localRegularity } from './local-regularity.ts';

const key = fromSeed(3);
const draw = (name: string, shape: number[], std = 1): tf.Tensor =>
  toTensor(normal(fold(key, name), shape, { std }));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('localRegularity', () => {
  it('is all of closed form for scalar maps z ← a·z + b·x', () => {
    const [a, b] = [column(0.5, -0.9, 0.2), column(3, 2, -1)];
    const report = localRegularity(
      {
        map: (z: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(a, z), tf.mul(b, x)),
        z: tf.zeros([3, 1]),
        x: tf.zeros([3, 1]),
        start: { z: tf.ones([3, 1]), x: tf.ones([3, 1]) },
      },
      { steps: 5 },
    );
    expectClose(report.contraction, [0.5, 0.9, 0.2], { rtol: 1e-4 });
    expectClose(report.rate, [0.5, 0.9, 0.2], { rtol: 1e-4 });
    expectClose(report.inputLipschitz, [3, 2, 1], { rtol: 1e-4 });
    expectClose(report.bound, [6, 20, 1.25], { rtol: 1e-3 });
    // Where the map turns around, the fixed point is less sensitive than the theorem allows.
    expectClose(report.sensitivity, [6, 2 / 1.9, 1.25], { rtol: 1e-3 });
    expect(Math.max(...report.error.dataSync())).toBeLessThan(1e-3);
  });

  it('tells a map that converges from one that contracts: a large norm, a small spectral radius', () => {
    const W = tf.tensor2d([
      [0.5, 4],
      [0, 0.5],
    ]);
    const report = localRegularity(
      {
        map: (z: tf.Tensor, x: tf.Tensor) => tf.add(tf.matMul(z, W), x),
        z: tf.zeros([1, 2]),
        x: tf.zeros([1, 2]),
        start: { z: draw('z', [1, 2]), x: draw('x', [1, 2]) },
      },
      { steps: 40 },
    );
    expect(report.contraction.dataSync()[0]!).toBeGreaterThan(4);
    expect(report.rate.dataSync()[0]!).toBeLessThan(0.52);
    expect(report.bound.dataSync()[0]).toBe(Infinity);
    // (1 − W)⁻¹ = [[2, 16], [0, 2]].
    expectClose(report.sensitivity, [Math.sqrt((4 + 4 + 256 + Math.sqrt(264 ** 2 - 4 * 16)) / 2)], {
      rtol: 1e-3,
    });
  });

  it('is as exact as float64 is, compiled in it', async () => {
    const shape = spec([1, 1]);
    const compiled = await compile(
      (z: tf.Tensor, x: tf.Tensor, start: tf.Tensor) =>
        localRegularity(
          {
            map: (at: tf.Tensor, by: tf.Tensor) => tf.add(tf.mul(at, constant(0.9)), tf.square(by)),
            z,
            x,
            start: { z: start, x: start },
          },
          { steps: 5, solveSteps: 400 },
        ),
      [shape, shape, shape],
      { precision: 'float64' },
    );
    const one = { data: Float64Array.of(1), shape: [1, 1] };
    const { error, ...report } = await compiled.runArrays(
      { data: Float64Array.of(10), shape: [1, 1] },
      one,
      one,
    );
    const expected = { bound: [20], contraction: [0.9], inputLipschitz: [2], rate: [0.9], sensitivity: [20] };
    expectClose(report, expected, { rtol: 1e-12 });
    expect(error.data[0]!).toBeLessThan(1e-12);
    await compiled.dispose();
  });

  it('says by its error that a slow contraction needs more steps of the inner solves', () => {
    const at = {
      map: (z: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(z, 0.99), x),
      z: tf.zeros([1, 1]),
      x: tf.zeros([1, 1]),
      start: { z: tf.ones([1, 1]), x: tf.ones([1, 1]) },
    };
    const [few, many] = [100, 2000].map((solveSteps) => localRegularity(at, { steps: 3, solveSteps }));
    expect(few!.error.dataSync()[0]!).toBeGreaterThan(0.3);
    expect(many!.error.dataSync()[0]!).toBeLessThan(1e-3);
    expectClose(many!.sensitivity, [100], { rtol: 1e-2 });
  });

  it('is NaN and infinite where the map moves away', () => {
    const { sensitivity, bound } = localRegularity(
      {
        map: (z: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(z, -1.5), x),
        z: tf.zeros([1, 1]),
        x: tf.zeros([1, 1]),
        start: { z: tf.ones([1, 1]), x: tf.ones([1, 1]) },
      },
      { steps: 5 },
    );
    expect([sensitivity.dataSync()[0], bound.dataSync()[0]]).toEqual([NaN, Infinity]);
  });

  it('holds the theorem at the fixed point of a recurrent layer, and is the difference of two solves; compiled', async () => {
    const [W, U] = [draw('W', [5, 5], 0.15), draw('U', [3, 5], 0.5)];
    const map = (z: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.tanh(tf.add(tf.matMul(z, W), tf.matMul(x, U)));
    const solved = (x: tf.Tensor): tf.Tensor => {
      let z = tf.zeros([2, 5]);
      for (let i = 0; i < 40; i++) z = map(z, x);
      return z;
    };
    const x = draw('input', [2, 3]);
    const compiled = await compile(
      (z: tf.Tensor, at: tf.Tensor, sz: tf.Tensor, sx: tf.Tensor) =>
        localRegularity({ map, z, x: at, start: { z: sz, x: sx } }),
      [spec([2, 5]), spec([2, 3]), spec([2, 5]), spec([2, 3])],
    );
    const report = await compiled.run(solved(x), x, draw('sz', [2, 5]), draw('sx', [2, 3]));
    const [bound, sensitivity] = [report.bound.dataSync(), report.sensitivity.dataSync()];
    for (const sample of [0, 1]) {
      expect(sensitivity[sample]!).toBeLessThan(bound[sample]! * (1 + 1e-4));
      // No direction is stretched more than the norm, and some nearly as much.
      const h = 1e-2;
      const stretched = Array.from({ length: 40 }, (_, i) => {
        const v = draw(`v${i}`, [2, 3]);
        const unit = tf.div(v, tf.norm(v, 2, 1, true));
        const change = tf.sub(solved(tf.add(x, tf.mul(unit, h))), solved(tf.sub(x, tf.mul(unit, h))));
        return tf.norm(change, 2, 1).dataSync()[sample]! / (2 * h);
      });
      const most = Math.max(...stretched);
      expect(most).toBeLessThan(sensitivity[sample]! * 1.01);
      expect(most).toBeGreaterThan(sensitivity[sample]! * 0.85);
    }
    await compiled.dispose();
  });

  it('leaves no tensors behind, and refuses no steps', async () => {
    const point = {
      map: (z: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(z, 0.5), x),
      z: tf.zeros([1, 2]),
      x: tf.zeros([1, 2]),
      start: { z: tf.ones([1, 2]), x: tf.ones([1, 2]) },
    };
    await expectNoLeak(() => localRegularity(point, { steps: 2, solveSteps: 2 }));
    expect(() => localRegularity(point, { solveSteps: 0 })).toThrow(
      'localRegularity: solveSteps must be an integer >= 1; got 0.',
    );
  });
});
