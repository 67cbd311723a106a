import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { structuredPrograms } from '../datasets/structured-sets.ts';
import { pairPredictor } from './pair-predictors.ts';
import { summarizeWarmStarts, type WarmStarts, warmStarts } from './warm-starts.ts';

tf.env().set('PROD', true);

const { programs } = await structuredPrograms('validation', { size: 6 });
const places = programs.map((_, k) => k);

describe('warmStarts', () => {
  it('saves all iterations from the optimum, most from a prediction, none from a random pair', async () => {
    const seen: string[] = [];
    const all = await warmStarts(programs, [pairPredictor('pdhg')], {
      evaluations: [44, 400],
      rounds: 1,
      onProgress: ({ from }) => seen.push(from),
    });
    const summaries = all.map((starts) => summarizeWarmStarts(starts, places));
    expect(all.map(({ from, evaluations }) => [from, evaluations])).toEqual([
      ['the optimal pair', null],
      ['the start, 0 prices', null],
      ['a random pair', null],
      ['pdhg', 44],
      ['pdhg', 400],
    ]);
    expect(seen).toEqual(all.map(({ from }) => from));
    for (const summary of summaries) expect(summary).toMatchObject({ programs: 6, failures: 0 });
    expect(all[0]!.iterations).toEqual([0, 0, 0, 0, 0, 0]);
    expect(summaries[2]!.iterationsSaved[1]).toBeLessThan(0.1);
    expect(summaries[4]!.iterationsSaved[1]).toBeGreaterThan(0.8);
    expect(summaries[4]!.iterationsSaved[1]).toBeGreaterThanOrEqual(summaries[3]!.iterationsSaved[1]!);
    expect(summaries[4]!.predictionTimeMs).toBeGreaterThan(0);
  }, 60_000);

  it('takes the exact operator for a predictor, whose prices are those of the program', async () => {
    const all = await warmStarts(programs, [pairPredictor('exact-operator')], {
      evaluations: [400],
      rounds: 1,
    });
    expect(all.at(-1)).toMatchObject({ from: 'exact-operator', evaluations: 400 });
    const summary = summarizeWarmStarts(all.at(-1)!, places);
    expect(summary).toMatchObject({ programs: 6, predicted: 6, failures: 0 });
    expect(summary.iterationsSaved[1]).toBeGreaterThan(0.8);
    expect(summary.predictionTimeMs).toBeGreaterThan(0);
  }, 60_000);

  it('takes any method for a predictor', async () => {
    const [starts] = (
      await warmStarts(programs.slice(0, 1), [pairPredictor('highs-pdlp')], {
        evaluations: [5000],
        rounds: 1,
      })
    ).slice(-1);
    expect(starts).toMatchObject({ from: 'highs-pdlp', isPredicted: [true] });
    expect(starts!.iterations[0]).toBeLessThan(starts!.plain.iterations[0]! / 2);
  }, 60_000);
});

describe('summarizeWarmStarts', () => {
  const cold = { iterations: [10, 20, 40, 10], timeMs: [2, 2, 2, 2] };
  const starts: WarmStarts = {
    from: 'somewhere',
    evaluations: 3,
    isPredicted: [true, true, false, true],
    iterations: [1, 10, 40, null],
    predictionTimeMs: [1, 1, 1, 1],
    timeMs: [1, 1, 2, 4],
    basisTimeMs: [0, 0, 0, 0],
    presolved: cold,
    plain: { ...cold, iterations: [20, 10, 50, 10] },
  };
  it('compares with the better of simplex alone, a failure ranking last', () => {
    expect(summarizeWarmStarts(starts, [0, 1, 2])).toEqual({
      programs: 3,
      predicted: 2,
      failures: 0,
      iterations: 10,
      aloneIterations: 10,
      iterationsSaved: [0, 0, 0.45],
      timeSaved: [0.25, 0.5, 0.5],
      wholeTimeSaved: [-0.25, 0, 0],
      predictionTimeMs: 1,
      timeMs: 1,
      aloneTimeMs: 2,
    });
    expect(summarizeWarmStarts(starts, [0, 2, 3])).toMatchObject({
      failures: 1,
      iterationsSaved: [null, 0, 0.45],
    });
  });
  it('looks at the places that it is given', () => {
    expect(summarizeWarmStarts(starts, [0])).toMatchObject({ programs: 1, iterationsSaved: [0.9, 0.9, 0.9] });
  });
});
