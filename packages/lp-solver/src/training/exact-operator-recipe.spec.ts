import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostTree, readModelCard, toTensors, type TrainingResult } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { paperPrograms } from '../datasets/paper-programs.ts';
import { structuredPrograms } from '../datasets/structured-sets.ts';
import { exactLooksMethod, restartedPdhgMethod } from '../evaluation/look-methods.ts';
import type { MetricNetwork } from '../equilibria/metric-network.ts';
import { norm } from '../problem/sparse-matrix.ts';
import { solvedBatch, solvedPrograms, type SolvedPrograms, squaredErrors } from './exact-operator-batches.ts';
import { EXACT_PARAMETERS, exactFolder, loadExactOperator } from './exact-operator-checkpoints.ts';
import { type ExactData, trainExactOperator } from './exact-operator-recipe.ts';
import { type ExactSets, trainExactModel } from './train-exact-model.ts';

/** Milliseconds for a few short trainings. */
const LONG = 120_000;

let sets: ExactSets;
let data: ExactData;
beforeAll(async () => {
  tf.env().set('PROD', true);
  const families = ['assignment', 'transport'] as const;
  sets = {
    random: {
      train: await paperPrograms('train', { size: 12 }),
      validation: await paperPrograms('validation', { size: 6 }),
    },
    structured: {
      train: await structuredPrograms('train', { size: 12, families }),
      validation: await structuredPrograms('validation', { size: 3, families }),
    },
  };
  const familyOf = ({ train, validation }: ExactSets['random']) => ({
    train: train.programs,
    validation: validation.programs,
  });
  data = { random: familyOf(sets.random), structured: familyOf(sets.structured) };
}, LONG);

describe('squaredErrors', () => {
  it('are those of the original programs', () => {
    const labelled = data.random.validation;
    const batch = toTensors<SolvedPrograms>(solvedBatch(solvedPrograms(labelled)));
    const errors = tf.tidy(() => Array.from(squaredErrors(batch.programs.start, batch).dataSync()));
    labelled.forEach(({ lp, x }, p) => {
      const error =
        norm(x.map((value, j) => value - Math.min(Math.max(0, lp.lower[j]!), lp.upper[j]!))) / (norm(x) + 1);
      expect(Math.sqrt(errors[p]!)).toBeCloseTo(error, 5);
    });
    tf.dispose(batch);
  });
});

describe('trainExactOperator', () => {
  it(
    'learns',
    async () => {
      const { history, validations } = await trainExactOperator({ seed: 0, steps: 12, rate: 3e-2 }, data);
      expect(history.at(-1)!.loss!).toBeLessThan(history[0]!.loss!);
      expect(validations.at(-1)!.score!).toBeLessThan(validations[0]!.score!);
    },
    LONG,
  );

  it(
    'is the same from one seed and not from another',
    async () => {
      const run = (seed: number): Promise<TrainingResult<MetricNetwork>> =>
        trainExactOperator({ seed, steps: 2 }, data);
      const [a, b, c] = [await run(0), await run(0), await run(1)];
      expect(a.params).toEqual(b.params);
      expect(a.params).not.toEqual(c.params);
    },
    LONG,
  );

  it('needs programs that fit', async () => {
    const large = { ...data.random, train: [] };
    await expect(trainExactOperator({ seed: 0, steps: 1 }, { ...data, structured: large })).rejects.toThrow(
      'structured must have programs of at most 40 rows and 100 columns to train with; got none',
    );
    const unseen = { ...data.random, validation: [] };
    await expect(trainExactOperator({ seed: 0, steps: 1 }, { ...data, random: unseen })).rejects.toThrow(
      'random must have programs to validate with; got none',
    );
  });
});

describe('trainExactModel', () => {
  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), 'models-'));
  });
  afterEach(() => rm(out, { recursive: true }));

  it(
    'goes on after a stop, and keeps what it would have had, with a card that says how',
    async () => {
      const run = { seed: 3, steps: 4 };
      const whole = join(out, 'whole');
      const folder = await trainExactModel(run, sets, { out: whole });
      expect(folder).toBe(join(whole, exactFolder(3)));
      const parts = join(out, 'parts');
      const controller = new AbortController();
      const stopped = await trainExactModel(run, sets, {
        out: parts,
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === 2) controller.abort();
        },
      });
      expect(stopped).toBeNull();
      await trainExactModel(run, sets, { out: parts });
      const trained: HostTree<MetricNetwork> = await loadExactOperator(3, parts);
      expect(trained).toEqual(await loadExactOperator(3, whole));
      const card = await readModelCard(folder!);
      expect(card.command).toBe('npm run lp -- train --models exact-operator --seeds 3 --steps 4');
      expect(card.parameters).toBe(EXACT_PARAMETERS);
      expect(card.data.map(({ sha256 }) => sha256)).toEqual(
        [sets.random, sets.structured].flatMap(({ train, validation }) => [train.sha256, validation.sha256]),
      );
      const programs = sets.random.validation.programs;
      for (const method of [exactLooksMethod(3, whole), restartedPdhgMethod]) {
        const solving = await method.load({ key: undefined as never });
        const [, late] = await solving.iterate(programs, [0, 10_000], { key: undefined as never });
        programs.forEach(({ x }, p) => {
          const error = norm(x.map((value, j) => value - late!.answers[p]![j]!)) / (norm(x) + 1);
          expect(error).toBeLessThan(1e-3);
        });
        await solving.dispose?.();
      }
    },
    LONG,
  );
});
