import { implicitModel } from './models.ts';
import { trainLearned } from './recipe.ts';
import { LEARNED_TARGETS, normalised, sineTarget } from './targets.ts';

/** Milliseconds for three short runs. */
const LONG = 60_000;

describe('trainLearned', () => {
  it(
    'learns, the same from one seed and not from another',
    async () => {
      const run = { target: sineTarget(4), model: implicitModel([6, 6]), steps: 60 };
      const [a, b, c] = [
        await trainLearned({ ...run, seed: 0 }),
        await trainLearned({ ...run, seed: 0 }),
        await trainLearned({ ...run, seed: 1 }),
      ];
      expect(a.params).toEqual(b.params);
      expect(a.params).not.toEqual(c.params);
      expect(a.history.at(-1)!.loss!).toBeLessThan(a.history[0]!.loss! / 3);
      expect(a.best!.score).toBe(Math.min(...a.validations.map(({ score }) => score!)));
      expect(a.history.at(-1)!.report).toMatchObject({ status: 1, 'adjoint.status': 1 });
    },
    LONG,
  );
});

describe('the targets', () => {
  it('grow steeper within each family, and their inputs fill [−1, 1]', () => {
    const slopes = Object.values(LEARNED_TARGETS).map(({ lipschitz }) => lipschitz);
    expect(slopes.slice(0, 4)).toEqual(slopes.slice(0, 4).toSorted((p, q) => p - q));
    expect(slopes.slice(4)).toEqual([8, 32, 128]);
    for (const target of Object.values(LEARNED_TARGETS)) {
      const ends = [target.pieces[0]!.low, target.pieces.at(-1)!.high];
      expect(ends.map((x) => normalised(target, x))).toEqual([-1, 1]);
    }
  });
});
