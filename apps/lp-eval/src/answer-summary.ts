/** What is told of an answer besides its vectors. */

import type { Answer } from '@equilibria/lp-solver';

/** The numbers of an answer, and how it ended. */
export type AnswerSummary = Omit<Answer, 'x' | 'y' | 'reducedCosts' | 'ray' | 'rayError' | 'message'>;

/** Picks them, in the order in which files and `--json` show them. */
export function summaryOf(answer: Answer): AnswerSummary {
  const { relaxation, status, objective, primalResidual, dualResidual, gap, evaluations, wallTimeMs } =
    answer;
  return { relaxation, status, objective, primalResidual, dualResidual, gap, evaluations, wallTimeMs };
}

/** The message as a field, absent if there is none. */
export function messageOf({ message }: Answer): { readonly message?: string } {
  return message === undefined ? {} : { message };
}
