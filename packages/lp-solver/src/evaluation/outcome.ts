/** Holds an answer against the expected outcome of an instance. */

import type { PublicInstance } from '../datasets/public-instance.ts';
import type { Answer } from '../problem.ts';

/** What is expected: a status, and an objective if it is `optimal`. */
export type ExpectedOutcome = Pick<PublicInstance, 'status' | 'objective'>;

/** Whether an answer is the expected one. */
export type Judgement = {
  readonly correct: boolean;
  /** `|objective − expected| / max(1, |expected|)`, dimensionless; null if one of the two does not exist. */
  readonly objectiveError: number | null;
};

/**
 * An answer is correct if its status is the expected one and, for an optimum, its objective lies within
 * `objectiveTolerance` of the expected objective, relative to its magnitude or 1.
 */
export function judgeOutcome(
  answer: Pick<Answer, 'status' | 'objective'>,
  expected: ExpectedOutcome,
  objectiveTolerance: number,
): Judgement {
  const hasBoth = answer.objective !== null && expected.objective !== null;
  const objectiveError = hasBoth
    ? Math.abs(answer.objective - expected.objective) / Math.max(1, Math.abs(expected.objective))
    : null;
  const isClose =
    expected.objective === null || (objectiveError !== null && objectiveError <= objectiveTolerance);
  return { correct: answer.status === expected.status && isClose, objectiveError };
}
