/** The outcome of all probes as Markdown. */
import type { CaseOutcome } from './judge.ts';

/** A target with its outcomes, or with the reason why it is not here. */
export type Row = {
  readonly target: string;
  /** Whether compiled graphs ran there. */ readonly isOurs: boolean;
} & (
  | { readonly absent: string; readonly outcomes?: never }
  | { readonly outcomes: readonly CaseOutcome[]; readonly absent?: never }
);

const KINDS = ['kernel', 'gradient', 'loop'] as const;

/** One line a target, then the cases that are not right, then the targets that are not here. */
export function conformanceTable(rows: readonly Row[]): string {
  const here = rows.flatMap((row) => (row.outcomes === undefined ? [] : [row]));
  const lines = [
    '| target | kernels | gradients | loops | largest error |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...here.map(({ target, outcomes }) => {
      const counts = KINDS.map((kind) => countOf(outcomes.filter((outcome) => outcome.kind === kind)));
      const errors = outcomes.flatMap((outcome) => (outcome.verdict === 'right' ? [outcome.error] : []));
      return `| ${target} | ${counts.join(' | ')} | ${Math.max(0, ...errors).toExponential(1)} |`;
    }),
  ];
  const failures = here.flatMap(({ target, outcomes }) =>
    outcomes.flatMap((outcome) =>
      outcome.verdict === 'right'
        ? []
        : [`- ${target}: ${outcome.kind} ${outcome.name}: ${outcome.verdict}, ${outcome.reason}`],
    ),
  );
  const absent = rows.flatMap((row) => (row.absent === undefined ? [] : [`- ${row.target}: ${row.absent}`]));
  return [
    ...lines,
    ...(failures.length === 0 ? [] : ['', 'Not right:', '', ...failures]),
    ...(absent.length === 0 ? [] : ['', 'Not here:', '', ...absent]),
  ].join('\n');
}

function countOf(outcomes: readonly CaseOutcome[]): string {
  const right = outcomes.filter(({ verdict }) => verdict === 'right').length;
  return `${right} of ${outcomes.length}`;
}
