import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, normal } from '@equilibria/core';
import type { Highs, Model, ModelData } from 'highs';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import type { LinearProgram } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import { polish, savingsOf } from './polish.ts';
import type { PrimalDualPair } from './predict-basis.ts';

const highs = await createHighs();
const optimal = shippedLinearPrograms.filter(({ status }) => status === 'optimal');
const others = shippedLinearPrograms.filter(({ status }) => status !== 'optimal');

async function optimumOf(lp: LinearProgram): Promise<PrimalDualPair> {
  const { answer } = await polish(lp, null, { highs });
  return { x: answer.x!, y: answer.y! };
}

const zeros = ({ matrix }: LinearProgram): PrimalDualPair => ({
  x: new Float64Array(matrix.columns),
  y: new Float64Array(matrix.rows),
});

describe('polish', () => {
  it.each(optimal.map((known) => [known.lp.name, known] as const))(
    'needs no iteration from the optimum of %s, in its own sense',
    async (_, { lp, objective }) => {
      const { answer, start, effort } = await polish(lp, await optimumOf(lp), { highs });
      expect(answer.status).toBe('optimal');
      expect(answer.objective).toBeCloseTo(objective!, 6);
      expect(answer.evaluations).toBe(0);
      expect({ start, iterations: effort.iterations }).toEqual({ start: 'predicted', iterations: 0 });
    },
  );
  it.each(optimal.map((known) => [known.lp.name, known] as const))(
    'ends at the optimum of %s from any pair',
    async (name, { lp, objective }) => {
      const { x, y } = await optimumOf(lp);
      for (const size of [1e-3, 0.1, 1, 10, 1e3, 1e9]) {
        const key = fold(fold(fromSeed(3), name), String(size));
        const noise = (values: Float64Array, of: string): Float64Array => {
          const drawn = normal(fold(key, of), values.length).data;
          return values.map((value, k) => value + size * drawn[k]!);
        };
        const { answer } = await polish(lp, { x: noise(x, 'x'), y: noise(y, 'y') }, { highs });
        expect(answer.status).toBe('optimal');
        expect(answer.objective).toBeCloseTo(objective!, 6);
      }
    },
  );
  it.each(others.map(({ lp, status }) => [lp.name, status, lp] as const))(
    'says of %s that it is %s',
    async (_, status, lp) => {
      for (const pair of [null, zeros(lp)]) {
        expect((await polish(lp, pair, { highs })).answer).toMatchObject({ status, objective: null });
      }
    },
  );
  it('solves without a basis where the pair is useless', async () => {
    const { lp } = optimal[0]!;
    const far = { ...zeros(lp), x: new Float64Array(lp.matrix.columns).fill(NaN) };
    const { answer, start, cold } = await polish(lp, far, { highs });
    expect(answer.status).toBe('optimal');
    expect({ start, cold }).toEqual({ start: 'cold', cold: null });
  });
  it('solves without a basis where HiGHS gives up on it', async () => {
    const { lp, objective } = optimal[0]!;
    const refusing = refusingBases(highs);
    const { answer, start } = await polish(lp, await optimumOf(lp), { highs: refusing });
    expect(start).toBe('cold');
    expect(answer.objective).toBeCloseTo(objective!, 6);
  });
  it('compares with both ways to start cold', async () => {
    const { lp } = optimal.find((known) => known.lp.name === 'transport')!;
    const polished = await polish(lp, await optimumOf(lp), { highs, rounds: 3 });
    const { presolved, plain } = polished.cold!;
    expect(plain.iterations).toBeGreaterThan(0);
    for (const { timeMs } of [polished.effort, presolved, plain]) expect(timeMs).toBeGreaterThan(0);
    expect(polished.basisTimeMs).toBeLessThan(polished.effort.timeMs);
    expect(polished.answer.wallTimeMs).toBeGreaterThanOrEqual(polished.effort.timeMs);
  });
  it('times one round where the next would be too late', async () => {
    const { lp } = optimal[0]!;
    const begin = performance.now();
    const { cold } = await polish(lp, null, { highs, rounds: 1e9, measuringMs: 20 });
    expect(cold!.plain.timeMs).toBeLessThan(performance.now() - begin);
  });
  it('says what it lacks', async () => {
    const { lp } = optimal[0]!;
    await expect(polish(lp, { ...zeros(lp), y: new Float64Array(99) }, { highs })).rejects.toThrow(
      'predictBasis: x and y must have lengths',
    );
  });
});

describe('savingsOf', () => {
  const effort = (iterations: number | null, timeMs: number) => ({ iterations, timeMs });
  it('compares each number with the better of cold', () => {
    const cold = { presolved: effort(10, 8), plain: effort(20, 4) };
    expect(savingsOf({ effort: effort(4, 1), cold })).toEqual({ iterations: 0.6, time: 0.75 });
    expect(savingsOf({ effort: effort(15, 6), cold })).toEqual({ iterations: -0.5, time: -0.5 });
  });
  it('counts each iteration against a cold start that takes none', () => {
    const cold = { presolved: effort(0, 1), plain: effort(20, 1) };
    expect(savingsOf({ effort: effort(0, 1), cold })!.iterations).toBe(0);
    expect(savingsOf({ effort: effort(3, 1), cold })!.iterations).toBe(-3);
  });
  it('compares with what came to an end, and with nothing that was not run', () => {
    const cold = { presolved: effort(null, 2), plain: effort(8, 2) };
    expect(savingsOf({ effort: effort(2, 1), cold })!.iterations).toBe(0.75);
    expect(savingsOf({ effort: effort(null, 1), cold })!.iterations).toBeNull();
    expect(savingsOf({ effort: effort(2, 1), cold: null })).toBeNull();
  });
});

/** A runtime that fails where it is given a basis, as HiGHS does on some. */
function refusingBases(runtime: Highs): Highs {
  const refuse = (): never => {
    throw new Error('setBasis failed with HiGHS status -1');
  };
  // Only the synchronous one of its overloads is used.
  type WithModel = <Result>(data: ModelData, use: (model: Model) => Result) => Result;
  const withModel: WithModel = (data, use) =>
    (runtime.withModel as WithModel)(data, (model) =>
      use(Object.defineProperty(model, 'setBasis', { value: refuse })),
    );
  return { ...runtime, withModel: withModel as Highs['withModel'] };
}
