/** What predictors see of programs after given numbers of evaluations, and what they report of it. */

import type { Snapshot } from '@equilibria/core';

/** One program after one number of evaluations, and its part of what its group took. */
export type ProgramLook = {
  readonly answer: Float64Array;
  readonly residual: number;
  /** Undefined where operations are not counted. */
  readonly flops: number | undefined;
  readonly wallTimeMs: number;
};

/** More evaluations than anybody asks for. */
export const MOST_EVALUATIONS = 2 ** 31 - 1;

/** Whether so many evaluations can be asked for. */
export function isCount(evaluations: number): boolean {
  return Number.isInteger(evaluations) && evaluations >= 0 && evaluations <= MOST_EVALUATIONS;
}

/**
 * @param caller - begins the message.
 * @throws {RangeError} if evaluations are not increasing whole numbers.
 */
export function assertIncreasing(caller: string, evaluations: readonly number[]): void {
  if (evaluations.every((count, t) => isCount(count) && (t === 0 || count > evaluations[t - 1]!))) return;
  throw new RangeError(
    `${caller}: evaluations must be increasing whole numbers from 0 to ${MOST_EVALUATIONS}; got ${evaluations.join(', ')}.`,
  );
}

/**
 * A snapshot for each number of evaluations: times are summed up over programs, operations averaged.
 * @param looks - of each program, one for each number of evaluations.
 */
export function snapshotsOf(
  evaluations: readonly number[],
  looks: readonly (readonly ProgramLook[])[],
): readonly Snapshot[] {
  return evaluations.map((count, t) =>
    snapshotOf(
      count,
      looks.map((ofProgram) => ofProgram[t]!),
    ),
  );
}

function snapshotOf(evaluations: number, looks: readonly ProgramLook[]): Snapshot {
  const counted = looks.flatMap(({ flops }) => (flops === undefined ? [] : [flops]));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    evaluations,
    answers: looks.map(({ answer }) => answer),
    residuals: Float64Array.from(looks, ({ residual }) => residual),
    wallTimeMs: sum(looks.map(({ wallTimeMs }) => wallTimeMs)),
    ...(counted.length > 0 && { flops: sum(counted) / counted.length }),
  };
}
