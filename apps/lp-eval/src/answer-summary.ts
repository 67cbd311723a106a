/** What is told of an answer, and of a polished one, besides its vectors. */

import {
  type Answer,
  type Polished,
  type Savings,
  savingsOf,
  type SimplexEffort,
  summaryOf,
} from '@equilibria/lp-solver';

/** The summary with the message, null if there is none, and the method. */
export function describedAnswer(method: string, answer: Answer): Record<string, unknown> {
  return { method, ...summaryOf(answer), message: answer.message ?? null };
}

/**
 * The method's own answer as the prediction, and where simplex started, its iterations and times, and the same without the
 * prediction; `polish` is null where a certificate left nothing to polish.
 */
export function polishSummaryOf(
  method: string,
  prediction: Answer,
  polished: Polished | null,
): Record<string, unknown> {
  const { start, effort, basisTimeMs, cold } = polished ?? {};
  return {
    prediction: describedAnswer(method, prediction),
    polish:
      polished === null ? null : { start, ...effort, basisTimeMs, cold, savedShare: savingsOf(polished) },
  };
}

/** The same as lines to read, and the polished answer. */
export function describePolished(polished: Polished | null): string {
  if (polished === null) return line('polished', 'nothing: the certificate above is the answer');
  const { answer, start, effort, basisTimeMs, cold } = polished;
  const saved = savingsOf(polished);
  const from = { predicted: 'the predicted basis', cold: 'no basis: the prediction was of no use' }[start];
  return [
    line('polished', answer.status),
    line('objective', answer.objective === null ? '–' : String(answer.objective)),
    line('residuals, gap', [answer.primalResidual, answer.dualResidual, answer.gap].map(short).join(', ')),
    line('simplex from', from),
    line('', `${describeEffort(effort)}, of which ${basisTimeMs.toFixed(2)} ms predict the basis`),
    ...(cold === null
      ? []
      : [
          line('alone', `${describeEffort(cold.presolved)}, with presolve`),
          line('', `${describeEffort(cold.plain)}, without`),
        ]),
    ...(saved === null ? [] : [line('saved', describeSavings(saved))]),
    ...(answer.message === undefined ? [] : [line('note', answer.message)]),
  ].join('\n');
}

function describeEffort({ iterations, timeMs }: SimplexEffort): string {
  return `${iterations ?? '–'} iterations, ${timeMs.toFixed(2)} ms`;
}

function describeSavings({ iterations, time }: Savings): string {
  const percent = (part: number | null): string => (part === null ? '–' : `${Math.round(100 * part)} %`);
  return `${percent(iterations)} of the iterations, ${percent(time)} of the time, each of the better alone, negative where it takes more; the method's own time is not counted`;
}

function short(value: number | null): string {
  return value === null ? '–' : value.toExponential(2);
}

function line(name: string, value: string): string {
  return `${name.padEnd(17)}${value}`;
}
