/** The structured programs in clean splits, with their optima. */

import { fold, fromSeed } from '@equilibria/core';
import { assertNamed } from './assert-named.ts';
import { collectLabelled, type ProgramSet, type SetOptions } from './program-set.ts';
import {
  PROGRAM_FAMILIES,
  type ProgramFamily,
  type Range,
  structuredProgram,
} from './structured-programs.ts';

/** A test set whose programs are all larger than those that are trained on: of many sizes, and of up to a size. */
export type ShiftedSplit = 'larger' | 'larger-300' | 'larger-400' | 'larger-500';

/** A split: models learn on the first, are chosen by the second, and judged by the others. */
export type StructuredSplit = 'train' | 'validation' | 'test' | ShiftedSplit;

/** Programs of a split, and the range of their numbers of variables. */
export const STRUCTURED_SPLITS: Readonly<
  Record<StructuredSplit, { readonly size: number; readonly variables: Range }>
> = {
  train: { size: 900, variables: [50, 200] },
  validation: { size: 150, variables: [50, 200] },
  test: { size: 300, variables: [50, 200] },
  larger: { size: 150, variables: [300, 500] },
  'larger-300': { size: 90, variables: [201, 300] },
  'larger-400': { size: 90, variables: [301, 400] },
  'larger-500': { size: 90, variables: [401, 500] },
};

/** What a split is made of. */
export type StructuredSetOptions = Partial<SetOptions> & {
  /** Default 0. */
  readonly seed?: number;
  /** Default all; they take turns. */
  readonly families?: readonly ProgramFamily[];
};

/**
 * Labelled structured programs, the families taking turns.
 * @throws {RangeError} if there is no such split or family, `size` is not a natural number >= 1, or no family is named.
 */
export async function structuredPrograms(
  split: StructuredSplit,
  options: StructuredSetOptions = {},
): Promise<ProgramSet> {
  assertNamed('structuredPrograms: the split', split, Object.keys(STRUCTURED_SPLITS));
  const { seed = 0, size = STRUCTURED_SPLITS[split].size, families = PROGRAM_FAMILIES, onProgress } = options;
  for (const family of families) assertNamed('structuredPrograms: a family', family, PROGRAM_FAMILIES);
  if (families.length === 0) throw new RangeError('structuredPrograms: families must name one; got none.');
  const key = fold(fold(fromSeed(seed), 'structured'), split);
  const { variables } = STRUCTURED_SPLITS[split];
  const draw = (index: number) =>
    structuredProgram(families[index % families.length]!, fold(key, index), { variables });
  return collectLabelled(draw, { size, ...(onProgress && { onProgress }) });
}
