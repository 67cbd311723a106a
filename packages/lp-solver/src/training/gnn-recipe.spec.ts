import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, fromSeed, readModelCard, type TrainingResult } from '@equilibria/core';
import { paperPrograms } from '../datasets/paper-programs.ts';
import type { ProgramSet } from '../datasets/program-set.ts';
import { structuredPrograms } from '../datasets/structured-sets.ts';
import { gnnMethod } from '../evaluation/gnn-method.ts';
import { loadExactOperator } from './exact-operator-checkpoints.ts';
import { gnnFolder, gnnNamed, gnnNames, gnnParameters, loadGnn } from './gnn-checkpoints.ts';
import { equilibriumIterations, GNN_KINDS, type GnnParams, isImplicit } from './gnn-models.ts';
import { flippedBatches, recipeOf, trainGnn } from './gnn-recipe.ts';
import { trainGnnModel } from './train-gnn-model.ts';

/** Milliseconds for a few short trainings. */
const LONG = 60_000;

let train: ProgramSet;
let validation: ProgramSet;
beforeAll(async () => {
  train = await paperPrograms('train', { size: 20 });
  validation = await paperPrograms('validation', { size: 10 });
}, LONG);

describe('trainGnn', () => {
  const dataOf = () => ({ train: train.programs, validation: validation.programs });

  it(
    'learns',
    async () => {
      const run = { kind: 'implicit-gnn', embedding: 8, seed: 0, steps: 40 } as const;
      const { history } = await trainGnn(run, dataOf());
      expect(history.at(-1)!.loss!).toBeLessThan(0.9 * history[0]!.loss!);
    },
    LONG,
  );

  it(
    'is the same from one seed and not from another',
    async () => {
      const run = (seed: number): Promise<TrainingResult<GnnParams>> =>
        trainGnn({ kind: 'explicit-gnn', embedding: 4, seed, steps: 4 }, dataOf());
      const [a, b, c] = [await run(0), await run(0), await run(1)];
      expect(a.params).toEqual(b.params);
      expect(a.params).not.toEqual(c.params);
    },
    LONG,
  );

  it('needs programs, all of one size', async () => {
    const run = { kind: 'implicit-gnn', embedding: 4, seed: 0, steps: 1 } as const;
    const { programs } = train;
    await expect(trainGnn(run, { train: programs, validation: [] })).rejects.toThrow(
      'there must be programs to train and to validate with; got 20 and 0',
    );
    const { programs: others } = await structuredPrograms('train', { size: 1 });
    await expect(trainGnn(run, { train: programs, validation: others })).rejects.toThrow(
      /all programs must be of one size, rows×columns; got 10×50 and \d+×\d+/,
    );
  });
});

describe('flippedBatches', () => {
  const stepsOf = async (embedding: number): Promise<(number | undefined)[]> => {
    const batches = flippedBatches(train.programs, equilibriumIterations(embedding), fromSeed(1));
    const lengths: (number | undefined)[] = [];
    for await (const { batch } of batches(null)) {
      lengths.push(batch.stepLength?.data[0]);
      if (lengths.length === 40) break;
    }
    return lengths;
  };

  it('has short steps for about half of the batches of narrow networks', async () => {
    const lengths = await stepsOf(8);
    const short = lengths.filter((length) => length === Math.fround(0.3)).length;
    expect(short).toBeGreaterThan(10);
    expect(short).toBeLessThan(30);
    expect(lengths.filter((length) => length === 1)).toHaveLength(40 - short);
    expect(recipeOf({ kind: 'implicit-gnn', embedding: 8, seed: 0 })).toMatchObject({ shortSteps: 0.3 });
  });

  it('leaves the length of whole steps out', async () => {
    expect(new Set(await stepsOf(16))).toEqual(new Set([undefined]));
    expect(recipeOf({ kind: 'implicit-gnn', embedding: 16, seed: 0 })).toMatchObject({ shortSteps: 1 });
  });
});

describe('trainGnnModel', () => {
  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), 'models-'));
  });
  afterEach(() => rm(out, { recursive: true }));

  it.each(GNN_KINDS)(
    'keeps a %s with a card that says how to train it again, and which answers',
    async (kind) => {
      // Of this seed the first networks do not grow without bound, which others take some dozens of steps to unlearn.
      const gnn = { kind, embedding: 4, seed: 3 };
      const folder = await trainGnnModel({ ...gnn, steps: 6 }, { train, validation }, { out });
      expect(folder).toBe(join(out, gnnFolder(gnn)));
      const card = await readModelCard(folder!);
      expect(card.run.config).toEqual({ ...recipeOf(gnn), steps: 6 });
      expect(card.command).toBe(`npm run lp -- train --models ${kind}-4 --seeds 3 --steps 6`);
      expect(card.data.map(({ sha256 }) => sha256)).toEqual([train.sha256, validation.sha256]);
      expect(card.parameters).toBe(gnnParameters(gnn));
      const solving = await gnnMethod(gnn, out).load({ key: undefined as never });
      const looks = await solving.iterate(validation.programs, [0, 3], { key: undefined as never });
      expect(looks.map(({ evaluations }) => evaluations)).toEqual(isImplicit(kind) ? [0, 3] : [1]);
      for (const { answers } of looks)
        expect(answers.flatMap((x) => [...x]).every(Number.isFinite)).toBe(true);
      await solving.dispose?.();
    },
    LONG,
  );

  it('does not take what is damaged for finished', async () => {
    const gnn = { kind: 'explicit-gnn', embedding: 4, seed: 3 } as const;
    const training = () => trainGnnModel({ ...gnn, steps: 2 }, { train, validation }, { out });
    const folder = (await training())!;
    const { weights } = await readModelCard(folder);
    await truncate(join(folder, weights.file), 500);
    const error = await training().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(
      /must be sound; got: .*If it is damaged, remove the folder, and train again\.$/,
    );
  });

  it('says that a training ran away', async () => {
    const run = { kind: 'explicit-gnn', embedding: 4, seed: 3, steps: 2, rate: 1e30 } as const;
    await expect(trainGnnModel(run, { train, validation }, { out })).rejects.toThrow(
      'must be finite; none was. Remove the folder, and train for more steps, or by a smaller `rate`',
    );
  });

  it('says which model is not there', async () => {
    await expect(loadGnn({ kind: 'explicit-gnn', embedding: 4, seed: 7 }, out)).rejects.toEqual(
      new DataError(
        `${out} must hold the model explicit-gnn-4/seed-7; it does not. Train it, or choose another folder or model.`,
      ),
    );
    await expect(loadExactOperator(7, out)).rejects.toThrow('must hold the model exact-operator/seed-7');
  });

  it(
    'goes on after a stop, and ends with the very numbers of a training that was not stopped',
    async () => {
      const gnn = { kind: 'unrolled-gnn', embedding: 4, seed: 3 } as const;
      const run = { ...gnn, steps: 12 };
      const whole = join(out, 'whole');
      await trainGnnModel(run, { train, validation }, { out: whole });
      const parts = join(out, 'parts');
      // In a stretch, between both, and in the other.
      for (const stop of [3, 8, 9]) {
        const controller = new AbortController();
        const stopped = await trainGnnModel(
          run,
          { train, validation },
          {
            out: parts,
            signal: controller.signal,
            onProgress: ({ step }, phase) => {
              if (step + 8 * phase >= stop) controller.abort();
            },
          },
        );
        expect(stopped).toBeNull();
      }
      const { run: part } = await readModelCard(join(parts, gnnFolder(gnn), 'phase-1'));
      const folder = await trainGnnModel(run, { train, validation }, { out: parts });
      expect((await readModelCard(folder!)).run.wallTimeMs).toBeGreaterThan(part.wallTimeMs);
      expect(await loadGnn(gnn, parts)).toEqual(await loadGnn(gnn, whole));
      const needless = () => Promise.reject(new Error('drawn'));
      expect(await trainGnnModel(run, needless, { out: whole })).toBe(join(whole, gnnFolder(gnn)));
      const again = trainGnnModel({ ...run, steps: 13 }, needless, { out: whole });
      await expect(again).rejects.toThrow(
        "must hold a model that was trained alike; 'steps' was 12 and is 13",
      );
    },
    LONG,
  );
});

describe('gnnNamed', () => {
  it('knows the names of all networks and no others', () => {
    expect(gnnNames).toHaveLength(16);
    for (const name of gnnNames) {
      const { kind, embedding } = gnnNamed(name)!;
      expect(`${kind}-${embedding}`).toBe(name);
    }
    expect(gnnNamed('implicit-gnn-5')).toBeUndefined();
    expect(gnnNamed('constructor')).toBeUndefined();
  });

  it('goes with the paper’s numbers of parameters', () => {
    const of = (kind: (typeof GNN_KINDS)[number]) =>
      [4, 8, 16, 32].map((embedding) => gnnParameters({ kind, embedding }));
    expect(of('implicit-gnn')).toEqual([722, 2350, 8390, 31606]);
    expect(of('unrolled-gnn')).toEqual([722, 2350, 8390, 31606]);
    expect(of('explicit-gnn')).toEqual([580, 2088, 7888, 30624]);
  });
});
