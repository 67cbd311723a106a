/** Sets of labelled programs. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { DataError } from '@equilibria/compile';
import type { Minimization } from '../problem.ts';
import { createLabeller, type LabelledProgram } from './labelled-programs.ts';

/** Labelled programs, and which they are. */
export type ProgramSet = {
  readonly programs: readonly LabelledProgram[];
  /** Of costs, coefficients, sides and bounds; see {@link digestOf}. */
  readonly sha256: string;
};

/** How many programs are wanted, and who watches. */
export type SetOptions = {
  /** A smaller set is the beginning of a larger one. */
  readonly size: number;
  /** Called after each program that was kept. */
  readonly onProgress?: (done: number, size: number) => void;
};

/**
 * The first programs drawn that have an optimum.
 *
 * @param draw - the program of an index.
 * @throws {RangeError} if `size` is not a natural number >= 1.
 * @throws {DataError} if a thousand programs in a row have no optimum.
 */
export async function collectLabelled(
  draw: (index: number) => Minimization,
  { size, onProgress }: SetOptions,
): Promise<ProgramSet> {
  if (!(Number.isSafeInteger(size) && size >= 1)) {
    throw new RangeError(`collectLabelled: size must be a natural number >= 1; got ${size}.`);
  }
  const label = await createLabeller();
  const programs: LabelledProgram[] = [];
  let since = 0;
  for (let index = 0; programs.length < size; index++) {
    const labelled = label(draw(index));
    if (labelled === undefined) {
      if (++since === PATIENCE) {
        throw new DataError(
          `collectLabelled: programs must have an optimum now and then; got ${PATIENCE} in a row without.`,
        );
      }
      continue;
    }
    since = 0;
    programs.push(labelled);
    onProgress?.(programs.length, size);
    // Lets signals and progress through.
    if (programs.length % BLOCK === 0) await setImmediate();
  }
  return { programs, sha256: digestOf(programs.map(({ lp }) => lp)) };
}

const BLOCK = 50;
const PATIENCE = 1000;

/** SHA-256 of the programs one after the other: of each its pattern, coefficients, costs, sides and bounds, as bytes in this order. */
export function digestOf(programs: readonly Minimization[]): string {
  const hash = createHash('sha256');
  for (const { matrix, objective, rowLower, rowUpper, lower, upper } of programs) {
    const { starts, indices, values } = matrix;
    for (const array of [starts, indices, values, objective, rowLower, rowUpper, lower, upper]) {
      hash.update(array);
    }
  }
  return hash.digest('hex');
}
