import { describe, expect, it } from '@jest/globals';
import { compile, type HostArray, spec } from '@equilibria/compile';
import { fold, fromSeed, uniform } from '@equilibria/core';
import type * as tf from '@tensorflow/tfjs';
import { createLabeller, type LabelledProgram } from '../datasets/labelled-programs.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { PROGRAM_FAMILIES, structuredProgram } from '../datasets/structured-programs.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { denseProducts } from './linear-map.ts';
import { primalDualStep, reducedCosts } from './primal-dual-step.ts';
import { stackPrograms } from './scaled-programs.ts';
import { programUnits } from './program-units.ts';

let labelled: LabelledProgram[];
beforeAll(async () => {
  const label = await createLabeller();
  const key = fold(fromSeed(1), 'steps');
  const drawn = [
    ...[0, 1, 2, 3, 4, 5].map((i) => asMinimization(randomLinearProgram(fold(key, i)))),
    ...PROGRAM_FAMILIES.map((family) =>
      structuredProgram(family, fold(key, family), { variables: [20, 30] }),
    ),
  ];
  labelled = drawn.map(label).filter((one) => one !== undefined);
});

/** One step of the unscaled program from a pair, under step sizes drawn between 1e-3 and 1e3. */
async function stepped({ lp }: LabelledProgram, x: Float64Array, y: Float64Array, seed: number) {
  const { rows, columns } = lp.matrix;
  const ones = (count: number): Float64Array => new Float64Array(count).fill(1);
  const program = { scaled: lp, rowScale: ones(rows), columnScale: ones(columns), units: programUnits(lp) };
  const sides = stackPrograms([program], { rows, columns, precision: 'float64' });
  const draw = (count: number, name: string): Float64Array =>
    uniform(fold(fromSeed(seed), name), count, { low: -3, high: 3 }).data.map((log) => 10 ** log);
  const row = (data: Float64Array): HostArray => ({ data, shape: [1, data.length] });
  const inputs = { sides, x: row(x), y: row(y), primal: row(draw(columns, 'τ')), dual: row(draw(rows, 'σ')) };
  const specOf = ({ shape }: HostArray) => spec(shape);
  const compiled = await compile(
    (given: unknown) => {
      type Given = Record<'x' | 'y' | 'primal' | 'dual', tf.Tensor> & {
        sides: Parameters<typeof reducedCosts>[2] & { matrix: tf.Tensor };
      };
      const { x: from, y: price, primal, dual, sides: at } = given as Given;
      const { matrix } = denseProducts(at.matrix);
      return primalDualStep(
        { x: from, y: price },
        reducedCosts(price, matrix, at),
        { primal, dual },
        { matrix, sides: at },
      );
    },
    [
      {
        sides: Object.fromEntries(Object.entries(sides).map(([name, array]) => [name, specOf(array)])),
        x: specOf(inputs.x),
        y: specOf(inputs.y),
        primal: specOf(inputs.primal),
        dual: specOf(inputs.dual),
      } as never,
    ],
    { precision: 'float64' },
  );
  const image = (await compiled.runArrays(inputs as never)) as unknown as { x: HostArray; y: HostArray };
  await compiled.dispose();
  return { x: image.x.data as Float64Array, y: image.y.data as Float64Array };
}

describe('primalDualStep', () => {
  it('leaves optima where they are, whatever the step sizes', async () => {
    for (const [seed, program] of labelled.entries()) {
      const image = await stepped(program, program.x, program.y, seed);
      program.x.forEach((value, j) => expect(image.x[j]).toBeCloseTo(value, 6));
      program.y.forEach((value, i) => expect(image.y[i]).toBeCloseTo(value, 6));
    }
  });

  it('moves every other pair', async () => {
    for (const [seed, program] of labelled.entries()) {
      const x = program.x.map((value, j) => (j % 3 === 0 ? value + 0.1 : value));
      const y = program.y.map((value, i) => (i % 2 === 0 ? value * 1.1 + 1e-3 : value));
      for (const pair of [
        { x, y: program.y },
        { x: program.x, y },
      ]) {
        const { primalResidual, dualResidual, gap } = kktErrors(program.lp, pair.x, pair.y);
        expect(Math.max(primalResidual, dualResidual, gap)).toBeGreaterThan(1e-7);
        const image = await stepped(program, pair.x, pair.y, seed);
        const moved = [
          ...image.x.map((value, j) => value - pair.x[j]!),
          ...image.y.map((value, i) => value - pair.y[i]!),
        ];
        expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(1e-9);
      }
    }
  });
});
