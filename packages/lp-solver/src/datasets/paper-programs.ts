/** The paper's random programs in clean splits, with their optima. */

import { fold, fromSeed } from '@equilibria/core';
import { asMinimization } from '../problem/linear-program.ts';
import { assertNamed } from './assert-named.ts';
import { collectLabelled, type ProgramSet, type SetOptions } from './program-set.ts';
import { randomLinearProgram } from './random-linear-programs.ts';

/** A split: models learn on the first, are chosen by the second, and judged by the third. */
export type PaperSplit = 'train' | 'validation' | 'test';

/** Programs of a split. The paper has 2500 to train with and 1000 to test with; it has none to choose by. */
export const PAPER_SIZES: Readonly<Record<PaperSplit, number>> = { train: 2500, validation: 500, test: 1000 };

/** The seed of what the shipped models were trained on. */
export const PAPER_SEED = 0;

/** What a split is made of. */
export type PaperOptions = Partial<SetOptions> & {
  /** Default {@link PAPER_SEED}. Splits of different seeds, and different splits of one, have no program in common. */
  readonly seed?: number;
};

/**
 * The first programs of a split that have an optimum: about half of those drawn.
 *
 * @throws {RangeError} if there is no such split, or `size` is not a natural number >= 1.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
export async function paperPrograms(split: PaperSplit, options: PaperOptions = {}): Promise<ProgramSet> {
  assertNamed('paperPrograms: the split', split, Object.keys(PAPER_SIZES));
  const { seed = PAPER_SEED, size = PAPER_SIZES[split], onProgress } = options;
  const key = fold(fold(fromSeed(seed), 'paper'), split);
  const draw = (index: number) => asMinimization(randomLinearProgram(fold(key, index)));
  return collectLabelled(draw, { size, ...(onProgress && { onProgress }) });
}
