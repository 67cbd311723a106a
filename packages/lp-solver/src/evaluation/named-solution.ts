/** An answer as files tell it: its numbers, and its vectors by the names of columns and rows. */

import type { Answer, LinearProgram } from '../problem.ts';
import { multiply } from '../problem/sparse-matrix.ts';

/** The numbers of an answer, and how it ended. */
export type AnswerSummary = Omit<Answer, 'x' | 'y' | 'reducedCosts' | 'ray' | 'rayError' | 'message'>;

/** Picks them, in the order in which files show them. */
export function summaryOf(answer: Answer): AnswerSummary {
  const { relaxation, status, objective, primalResidual, dualResidual, gap, evaluations, wallTimeMs } =
    answer;
  return { relaxation, status, objective, primalResidual, dualResidual, gap, evaluations, wallTimeMs };
}

/** The solution by names: each column's value and reduced cost, each row's activity and multiplier, and the certificate. */
export function solutionByName(lp: LinearProgram, answer: Answer): Record<string, unknown> {
  const activity = answer.x === null ? null : multiply(lp.matrix, answer.x);
  return {
    name: lp.name,
    sense: lp.sense,
    columns: lp.columnNames.map((name, j) => ({
      name,
      value: answer.x?.[j] ?? null,
      reducedCost: answer.reducedCosts?.[j] ?? null,
    })),
    rows: lp.rowNames.map((name, i) => ({
      name,
      activity: activity?.[i] ?? null,
      dual: answer.y?.[i] ?? null,
    })),
    certificate: certificateOf(lp, answer),
  };
}

/** Farkas multipliers of the rows or a direction of the columns, by name; null where there is none. */
function certificateOf(lp: LinearProgram, { status, ray, rayError }: Answer): Record<string, unknown> | null {
  if (ray === null) return null;
  const isFarkas = status === 'infeasible';
  const names = isFarkas ? lp.rowNames : lp.columnNames;
  return {
    kind: isFarkas ? 'farkas-multipliers' : 'unbounded-direction',
    relativeError: rayError,
    values: names.map((name, i) => ({ name, value: ray[i] ?? null })),
  };
}
