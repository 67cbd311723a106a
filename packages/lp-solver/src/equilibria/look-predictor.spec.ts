import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fold, fromSeed, toHostTree } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { createLabeller, type LabelledProgram } from '../datasets/labelled-programs.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { PROGRAM_FAMILIES, structuredProgram } from '../datasets/structured-programs.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { norm } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { balancedLooks, exactLooks, exactOperator } from './exact-operator.ts';
import { balancedMetricFlops, evaluationFlops, learnedMetricFlops } from './look-flops.ts';
import { LOOK } from './look-iteration.ts';
import { createLookPredictor, type LookPredictor, type LookPredictorOptions } from './look-predictor.ts';

const key = fold(fromSeed(9), 'looks');
const LONG = 60_000;

let labelled: LabelledProgram[];
let programs: Minimization[];
const open: LookPredictor[] = [];
beforeAll(async () => {
  tf.env().set('PROD', true);
  const label = await createLabeller();
  const drawn = [
    ...[0, 1, 2, 3, 4].map((i) => asMinimization(randomLinearProgram(fold(key, i)))),
    ...PROGRAM_FAMILIES.map((family) =>
      structuredProgram(family, fold(key, family), { variables: [24, 40] }),
    ),
  ];
  labelled = drawn.map(label).filter((one) => one !== undefined);
  programs = labelled.map(({ lp }) => lp);
}, LONG);
afterAll(async () => {
  for (const one of open) await one.dispose();
});

async function learned(options: LookPredictorOptions = {}): Promise<LookPredictor> {
  const params = await toHostTree(exactOperator.init(key, { std: 0.3 }));
  const made = createLookPredictor(exactLooks(params as never), {
    threads: 1,
    precision: 'float64',
    ...options,
  });
  open.push(made);
  return made;
}
function balanced(): LookPredictor {
  const made = createLookPredictor(balancedLooks, { threads: 1, precision: 'float64' });
  open.push(made);
  return made;
}

const errorsOf = (answers: readonly Float64Array[]): number[] =>
  labelled.map(({ x }, p) => norm(x.map((value, j) => value - answers[p]![j]!)) / (norm(x) + 1));

describe('createLookPredictor', () => {
  it('begins at the point of the box that is nearest to the origin', async () => {
    const [start] = await (await learned()).iterate(programs, [0]);
    programs.forEach(({ lower, upper }, p) => {
      start!.answers[p]!.forEach((value, j) =>
        expect(value).toBeCloseTo(Math.min(Math.max(0, lower[j]!), upper[j]!), 12),
      );
    });
    expect(start!.flops).toBe(0);
  });

  it.each([
    ['the network', learned],
    ['the classical rule', () => Promise.resolve(balanced())],
  ])(
    'comes to the optima with step sizes by %s, closer and closer',
    async (_, make) => {
      const seen = await (await make()).iterate(programs, [200, 2000, 8000]);
      const worst = seen.map(({ answers }) => Math.max(...errorsOf(answers)));
      expect(worst[2]!).toBeLessThan(1e-8);
      expect(worst[2]!).toBeLessThan(worst[0]!);
      expect(Math.max(...seen[2]!.residuals!)).toBeLessThan(1e-7);
    },
    LONG,
  );

  it('answers alike one by one, all together, and in parts of the evaluations', async () => {
    const together = await (await learned({ maxPadding: 1e3 })).iterate(programs, [40, 90]);
    const single = await learned({ maxBatch: 1 });
    for (const [p, lp] of programs.entries()) {
      const [whole] = await single.iterate([lp], [90]);
      together[1]!.answers[p]!.forEach((value, j) => expect(value).toBeCloseTo(whole!.answers[0]![j]!, 7));
    }
  });

  it('begins no look that does not fit any more, what new step sizes cost included', async () => {
    const { columns, rows } = programs[0]!.matrix;
    const size = { rows, columns, edges: rows * columns };
    const one = await learned();
    // The first look begins the first cycle: an evaluation for its step sizes.
    const [before, after] = await one.iterate([programs[0]!], [LOOK, LOOK + 1]);
    expect(before!.flops).toBe(0);
    expect(after!.flops).toBe(LOOK * evaluationFlops(size) + learnedMetricFlops(size));
    const [classical] = await balanced().iterate([programs[0]!], [LOOK]);
    expect(classical!.flops).toBe(LOOK * evaluationFlops(size) + balancedMetricFlops(size));
  });

  it('answers no program by nothing', async () => {
    expect(await balanced().iterate([], [3])).toEqual([
      { evaluations: 3, answers: [], residuals: new Float64Array(0), wallTimeMs: 0 },
    ]);
  });

  it('refuses evaluations that do not increase, and to go on when disposed', async () => {
    const one = await learned();
    await expect(one.iterate(programs, [3, 3])).rejects.toThrow(
      'increasing whole numbers from 0 to 2147483647; got 3, 3',
    );
    await expect(one.iterate(programs, [-1])).rejects.toThrow(RangeError);
    await one.dispose();
    await expect(one.iterate(programs, [0])).rejects.toThrow('disposed');
  });
});
