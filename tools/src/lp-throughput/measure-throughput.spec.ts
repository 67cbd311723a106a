import { paperPrograms } from '@equilibria/lp-solver';
import * as tf from '@tensorflow/tfjs';
import { type Answerer, meanError } from './answerer.ts';
import { measureThroughput, rateOf, slicesOf } from './measure-throughput.ts';
import { networkAnswerers, pdhgAnswerer } from './networks.ts';
import { highsAnswerer, javascriptAnswerer } from './solvers.ts';

tf.env().set('PROD', true);

const NOWHERE = '/nowhere/at/all';

describe('slicesOf', () => {
  it('makes full batches only', () => {
    expect(slicesOf(7, 3)).toEqual([
      [0, 3],
      [3, 6],
    ]);
  });
});

describe('rateOf', () => {
  it('is programs a second, of the median round', () => {
    expect(rateOf(10, [100, 50, 200])).toEqual({ batch: 10, perSecond: 100, spread: [50, 200] });
  });
});

describe('meanError', () => {
  it('is relative to the size of the point and one more', () => {
    const programs = [{ x: Float64Array.of(3, 4) }, { x: Float64Array.of(0, 0) }];
    expect(meanError([Float64Array.of(3, 1), Float64Array.of(0, 1)], programs)).toBeCloseTo(0.75, 12);
    expect(meanError([Float64Array.of(3, NaN), Float64Array.of(0, 1)], programs)).toBeNaN();
  });
});

describe('what is timed', () => {
  it('solvers solve, operators come near, and every batch has answers in order', async () => {
    const { programs } = await paperPrograms('test', { size: 5 });
    const lps = programs.map(({ lp }) => lp);
    const [highs, javascript, pdhg] = [await highsAnswerer(), await javascriptAnswerer(), pdhgAnswerer(2000)];
    const [network] = await networkAnswerers(4, [3], NOWHERE);
    const errors = new Map<Answerer, number>();
    for (const one of [highs, javascript, pdhg, network!]) {
      errors.set(one, meanError(await one.answer(lps), programs));
      const last = await one.answer(lps.slice(4));
      expect(meanError(last, programs.slice(4))).toBeCloseTo(
        meanError([(await one.answer(lps))[4]!], programs.slice(4)),
        4,
      );
      await one.dispose();
    }
    expect(errors.get(highs)).toBeLessThan(1e-7);
    expect(errors.get(javascript)).toBeLessThan(1e-7);
    expect(errors.get(pdhg)).toBeLessThan(1e-2);
    expect(errors.get(network!)).toBeGreaterThan(1e-2);
  });
});

describe('measureThroughput', () => {
  it('times every size of a batch, of what has no batches one program at a time, and keeps errors of fresh parameters to itself', async () => {
    const { programs } = await paperPrograms('test', { size: 4 });
    const sizes: number[] = [];
    const made = (name: string, isBatched: boolean): Answerer => ({
      name,
      evaluations: null,
      isTrained: !isBatched,
      isBatched,
      answer: (lps) => {
        sizes.push(lps.length);
        return new Promise((resolve) =>
          setTimeout(() => resolve(programs.slice(0, lps.length).map(({ x }) => x)), 60),
        );
      },
      dispose: () => Promise.resolve(),
    });
    const rows = await measureThroughput([made('batched', true), made('single', false)], programs, {
      batches: [1, 2],
      rounds: 2,
    });
    expect(rows.map(({ name, rates, error }) => [name, rates.map(({ batch }) => batch), error])).toEqual([
      ['batched', [1, 2], null],
      ['single', [1], expect.any(Number)],
    ]);
    expect(new Set(sizes)).toEqual(new Set([4, 1, 2]));
    // A batch of two takes as long as a batch of one.
    expect(rows[0]!.rates[1]!.perSecond / rows[0]!.rates[0]!.perSecond).toBeGreaterThan(1);
  });
});
