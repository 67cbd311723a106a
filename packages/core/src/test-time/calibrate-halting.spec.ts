import * as tf from '@tensorflow/tfjs';
import { DataError, ShapeError, spec } from '@equilibria/compile';
import { fold, fromSeed, type Key } from '../random/key.ts';
import { normal, toTensor, uniform } from '../random/samplers.ts';
import { compileSolve } from '../solvers/compile-solve.ts';
import { picard } from '../solvers/picard.ts';
import { solve } from '../solvers/solve.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { calibrateHalting } from './calibrate-halting.ts';
import { answerChange, haltBelow, type HaltingStatistic, relativeResidual } from './halting.ts';
import { type HaltingCurve, haltingCurves } from './halting-curves.ts';
import { lossPValue, samplesNeeded } from './risk-bound.ts';

const STEPS = 30;

/**
 * A task that takes some samples longer than others: in which half-plane the fixed point of `z ← rate·R z + (1 − rate·R) target` lies, `R`
 * a rotation, from a start on the wrong side as often as not.
 */
function task(key: Key, n: number) {
  const rate = toTensor(uniform(fold(key, 'rate'), [n, 1], { low: 0.3, high: 0.9 }));
  const target = toTensor(normal(fold(key, 'target'), [n, 2]));
  const z0 = toTensor(normal(fold(key, 'start'), [n, 2], { std: 3 }));
  const turn = tf.tensor2d([
    [Math.cos(0.5), Math.sin(0.5)],
    [-Math.sin(0.5), Math.cos(0.5)],
  ]);
  const turned = (z: tf.Tensor): tf.Tensor => tf.mul(rate, tf.matMul(z, turn));
  const map = (z: tf.Tensor): tf.Tensor => tf.add(turned(tf.sub(z, target)), target);
  const first = (z: tf.Tensor): tf.Tensor => tf.slice(z, [0, 0], [n, 1]);
  const isRight = (z: tf.Tensor): tf.Tensor =>
    tf.cast(tf.reshape(tf.equal(tf.greater(first(z), 0), tf.greater(first(target), 0)), [n]), 'float32');
  return { map, z0, decode: (z: tf.Tensor) => tf.sigmoid(first(z)), quality: isRight };
}

type Statistics = (at: ReturnType<typeof task>) => HaltingStatistic<tf.Tensor>;

const STATISTICS: readonly [string, Statistics][] = [
  ['the relative residual', () => relativeResidual()],
  ['the change of the decoded answer', ({ decode }) => answerChange(decode)],
];

const ACCURACY = { maxLoss: 1, better: 'higher' } as const;

/** A sample whose statistic is `1/(k + 1)` and which is wrong before step `right`. */
const staircase = (right: number, length = 11): HaltingCurve => ({
  statistic: Array.from({ length }, (_, k) => 1 / (k + 1)),
  quality: Array.from({ length }, (_, k) => (k < right ? 0 : 1)),
});

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('calibrateHalting', () => {
  it('picks the largest threshold without loss where hardly any is allowed', () => {
    // Right from step 4 on: halting at 1/5 or less loses nothing.
    const curves = Array.from({ length: 100 }, () => staircase(4));
    const found = calibrateHalting(curves, {
      ...ACCURACY,
      allowed: 0.05,
      thresholds: [0.1, 0.15, 0.2, 0.25, 0.5],
    });
    expectClose(
      [found.threshold, found.meanLoss, found.meanSteps, found.fullSteps, found.saving, found.samples],
      [0.2, 0, 4, 10, 0.6, 100],
    );
  });

  it('allows what may be lost, less what the number of samples leaves uncertain', () => {
    // One sample in ten is right late only.
    const curves = (n: number) => Array.from({ length: n }, (_, i) => staircase(i % 10 === 0 ? 8 : 2));
    const at = (n: number, allowed: number) => calibrateHalting(curves(n), { ...ACCURACY, allowed });
    expect(at(1000, 0.15).meanLoss).toBeCloseTo(0.1);
    expect(at(100, 0.15).meanLoss).toBe(0);
    expect(at(1000, 0.09).meanLoss).toBe(0);
    expect(at(1000, 0.15).saving).toBeGreaterThan(at(1000, 0.09).saving);
  });

  it('counts what is lost only, in the units of quality, lower or higher being better', () => {
    const curve = (quality: number[]): HaltingCurve => ({ statistic: [1, 1, 1], quality });
    const loss = (quality: number[], better: 'lower' | 'higher') => {
      const curves = Array.from({ length: 400 }, () => curve(quality));
      return calibrateHalting(curves, { allowed: 9, maxLoss: 10, better, thresholds: [2] }).meanLoss;
    };
    expect(loss([5, 3, 1], 'lower')).toBe(4);
    expect(loss([5, 3, 1], 'higher')).toBe(0);
    expect(loss([1, 3, 5], 'higher')).toBe(4);
    // Failures lose everything, unless there is nothing to lose.
    const share = (quality: number[]) => loss(quality, 'lower');
    expect(share([5, 3, NaN])).toBe(0);
    expect(share([NaN, NaN, NaN])).toBe(0);
    expect(() => share([NaN, 3, 1])).toThrow('the mean loss is 10');
  });

  it('never halts where the statistic is NaN', () => {
    const curves = Array.from({ length: 100 }, () => ({ statistic: [NaN, NaN, NaN], quality: [0, 0, 1] }));
    const { saving, meanLoss } = calibrateHalting(curves, { ...ACCURACY, allowed: 0.1 });
    expect([saving, meanLoss]).toEqual([0, 0]);
  });

  it.each(STATISTICS)(
    'keeps the allowance on data it has not seen, and saves evaluations there, by %s',
    async (_name, statistic) => {
      const validation = task(fold(fromSeed(1), 'validation'), 1000);
      const curves = await haltingCurves(validation.map, validation.z0, picard(), {
        statistic: statistic(validation),
        quality: validation.quality,
        maxSteps: STEPS,
      });
      const halting = calibrateHalting(curves, { ...ACCURACY, allowed: 0.03 });
      expect(halting.saving).toBeGreaterThan(0.3);

      const test = task(fold(fromSeed(1), 'test'), 1000);
      const halted = await solve(test.map, test.z0, picard(), {
        maxSteps: STEPS,
        stop: haltBelow(statistic(test), halting.threshold),
      });
      let full = test.z0;
      for (let k = 0; k < STEPS; k++) full = test.map(full);
      const accuracy = (z: tf.Tensor) => tf.mean(test.quality(z)).dataSync()[0]!;
      expect(accuracy(full)).toBeGreaterThan(0.95);
      expect(accuracy(full) - accuracy(halted.value)).toBeLessThan(0.03);
      const mean = (steps: Int32Array) => steps.reduce((sum, k) => sum + k, 0) / steps.length;
      expect(mean(halted.steps) / halting.meanSteps).toBeCloseTo(1, 1);
    },
  );

  it('breaks the allowance in no more validation sets than the confidence lets it, though it goes near', () => {
    // Wrong before a geometric step; the true loss of halting at step k is 0.7^k − 0.7^20.
    const draws = 200;
    const n = 200;
    const allowed = 0.05;
    const trueLoss = (threshold: number) => 0.7 ** Math.ceil(1 / threshold - 1 - 1e-9) - 0.7 ** 20;
    const losses = Array.from({ length: draws }, (_, draw) => {
      const u = uniform(fold(fromSeed(2), draw), n).data;
      const curves = Array.from(u, (x) => staircase(Math.ceil(Math.log(1 - x) / Math.log(0.7)), 21));
      const thresholds = Array.from({ length: 20 }, (_value, k) => 1 / (20 - k));
      return trueLoss(
        calibrateHalting(curves, { ...ACCURACY, allowed, confidence: 0.8, thresholds }).threshold,
      );
    });
    const broken = losses.filter((loss) => loss > allowed).length / draws;
    expect(broken).toBeLessThanOrEqual(0.2);
    expect(Math.max(...losses)).toBeGreaterThan(allowed / 2);
  });

  it('refuses too few samples, and an allowance that no threshold keeps', () => {
    const few = Array.from({ length: 100 }, () => staircase(4));
    expect(() => calibrateHalting(few, { ...ACCURACY, allowed: 0.01 })).toThrow(
      'calibrateHalting: at least 299 samples must be there to show a mean loss of at most 0.01 with confidence 0.95; got 100. ' +
        'Add validation samples, or allow more.',
    );
    expect(() => calibrateHalting([], { ...ACCURACY, allowed: 0.5 })).toThrow(
      'at least 5 samples must be there',
    );
    const wrong = Array.from({ length: 100 }, () => ({ statistic: [0, 0, 0], quality: [0, 1, 1] }));
    expect(() => calibrateHalting(wrong, { ...ACCURACY, allowed: 0.5 })).toThrow(
      'calibrateHalting: the allowance must be reachable; at the smallest threshold, 1e-12, the mean loss is 1, and that it is ' +
        'at most 0.5 is not shown (p = 1.0). Allow more, or take another statistic.',
    );
  });

  it('refuses curves and options that it cannot use', () => {
    const run = (options: object, curves: readonly HaltingCurve[] = [staircase(2)]) =>
      calibrateHalting(curves, { ...ACCURACY, allowed: 0.5, ...options });
    expect(() => run({ allowed: 0 })).toThrow('calibrateHalting: allowed must be in (0, maxLoss); got 0.');
    expect(() => run({ allowed: 1 })).toThrow('allowed must be in (0, maxLoss); got 1.');
    expect(() => run({ maxLoss: Infinity })).toThrow('maxLoss must be finite and > 0; got Infinity.');
    expect(() => run({ confidence: 1 })).toThrow('confidence must be in (0, 1); got 1.');
    for (const thresholds of [[], [-1], [1, 1], [NaN]]) {
      expect(() => run({ thresholds })).toThrow('thresholds must be at least one number >= 0, increasing.');
    }
    const uneven = [staircase(2), staircase(2, 5)];
    expect(() => run({}, uneven)).toThrow(ShapeError);
    expect(() => run({}, uneven)).toThrow(
      'curves must have one length of at least 2; got statistic[5] and quality[5], the first being of 11.',
    );
    const large = Array.from({ length: 9 }, () => ({ statistic: [1, 1], quality: [5, 0] }));
    expect(() => run({ better: 'lower' }, large)).toThrow(DataError);
    expect(() => run({ better: 'lower' }, large)).toThrow('losses must be at most maxLoss, 1; got 5.');
  });
});

describe('lossPValue', () => {
  it('is (1 − allowed)^n without losses, the smaller of two bounds otherwise, and 1 at most', () => {
    expectClose(lossPValue(0, { n: 299, allowed: 0.01 }), 0.99 ** 299, { rtol: 1e-10, atol: 0 });
    // P(Binomial(10, 0.3) ≤ 1) = 0.7^10 + 10·0.3·0.7^9.
    const bentkus = Math.E * (0.7 ** 10 + 3 * 0.7 ** 9);
    const hoeffding = Math.exp(-10 * (0.1 * Math.log(1 / 3) + 0.9 * Math.log(9 / 7)));
    expectClose(lossPValue(0.1, { n: 10, allowed: 0.3 }), Math.min(bentkus, hoeffding), { rtol: 1e-10 });
    expect(lossPValue(0.4, { n: 10, allowed: 0.3 })).toBe(1);
    expect(lossPValue(1, { n: 10, allowed: 0.3 })).toBe(1);
  });

  it('needs as many samples without loss as samplesNeeded says', () => {
    for (const [allowed, level] of [
      [0.01, 0.05],
      [0.5, 0.05],
      [0.2, 0.1],
    ] as const) {
      const n = samplesNeeded(allowed, level);
      expect(lossPValue(0, { n, allowed })).toBeLessThanOrEqual(level);
      expect(lossPValue(0, { n: n - 1, allowed })).toBeGreaterThan(level);
    }
  });
});

describe('haltingCurves', () => {
  it('measures every point of the solve: a closed form', async () => {
    const curves = await haltingCurves(affine([0.5, 0], 0), column(8, 1), picard(), {
      statistic: (_z, _image, residual) => residual,
      quality: (z) => tf.reshape(z, [2]),
      maxSteps: 3,
    });
    expectClose(curves[0]!, { statistic: [4, 2, 1, 0.5], quality: [8, 4, 2, 1] });
    expectClose(curves[1]!, { statistic: [1, 0, 0, 0], quality: [1, 0, 0, 0] });
  });

  it('leaves no tensors behind, and refuses what is not one number a sample', async () => {
    const [map, z0] = [affine([0.5]), column(0)];
    const options = { statistic: relativeResidual(), quality: (z: tf.Tensor) => tf.sum(z, 1), maxSteps: 3 };
    await expectNoLeak(() => haltingCurves(map, z0, picard(), options));
    await expect(haltingCurves(map, z0, picard(), { ...options, quality: (z) => z })).rejects.toThrow(
      'haltingCurves: quality must be float32[1], one number a sample; got float32[1, 1].',
    );
    await expect(haltingCurves(map, z0, picard(), { ...options, maxSteps: 0 })).rejects.toThrow(
      'haltingCurves: maxSteps must be an integer >= 1; got 0.',
    );
  });
});

describe('halting statistics', () => {
  const rows = (...values: number[]) => tf.tensor1d(values);
  it('are the relative residual, which is 0 only where nothing moves', () => {
    const image = column(2, 0, 0, 1e30, NaN);
    expectClose(relativeResidual()(image, image, rows(1, 0, 1, 1, NaN)), [0.5, 0, Infinity, Infinity, NaN]);
  });
  it('are the change of what is decoded, over all its leaves', () => {
    const change = answerChange((z: tf.Tensor) => ({ a: tf.mul(z, 3), b: tf.mul(z, 4) }));
    expectClose(change(column(1, 0), column(2, 0), rows(0, 0)), [5, 0]);
  });
  it('halt compiled solves as they do eager ones', async () => {
    const [map, z0] = [affine([0.5, 0.9]), column(0, 0)];
    for (const statistic of [relativeResidual(), answerChange((z: tf.Tensor) => tf.tanh(z))]) {
      const stop = haltBelow<tf.Tensor>(statistic, 0.01);
      const eager = await solve(map, z0, picard(), { stop, maxSteps: 40 });
      const compiled = await compileSolve(
        (rates: tf.Tensor) => ({
          f: (z: tf.Tensor) => tf.add(tf.mul(z, rates), 1),
          solver: picard<tf.Tensor>(),
          stop,
        }),
        { z0: spec([2, 1]), context: spec([2, 1]) },
        { maxSteps: 40 },
      );
      const graph = await compiled.solve(z0, column(0.5, 0.9));
      expect([graph.status, graph.steps]).toEqual([eager.status, eager.steps]);
      expect(eager.status).toEqual(['converged', 'converged']);
      expectClose(graph.value, eager.value, { rtol: 1e-4, atol: 1e-5 });
      await compiled.dispose();
    }
  });
  it('halt at the threshold, not at NaN, and only at one that is a number', () => {
    const rule = haltBelow((_z, _image, residual) => residual, 0.5);
    const z = column(0, 0, 0);
    expect(Array.from(rule(z, z, rows(0.5, 0.6, NaN)).dataSync())).toEqual([1, 0, 0]);
    for (const threshold of [-1, NaN, Infinity]) {
      expect(() => haltBelow(relativeResidual(), threshold)).toThrow(
        `haltBelow: threshold must be finite and >= 0; got ${threshold}.`,
      );
    }
  });
});
