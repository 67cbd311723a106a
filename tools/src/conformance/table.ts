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

/** One line a target, then what is not right of compiled graphs, of TensorFlow.js's own back ends, and what is not here. */
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
  const absent = rows.flatMap((row) => (row.absent === undefined ? [] : [`- ${row.target}: ${row.absent}`]));
  return [
    ...lines,
    ...section('Compiled graphs that are not right', here.filter(({ isOurs }) => isOurs).flatMap(failuresOf)),
    ...section(
      "TensorFlow.js's own back ends, for comparison: wrong or absent",
      here.filter(({ isOurs }) => !isOurs).flatMap(failuresOf),
    ),
    ...section('Not here', absent),
  ].join('\n');
}

function section(title: string, entries: readonly string[]): readonly string[] {
  return entries.length === 0 ? [] : ['', `${title}:`, '', ...entries];
}

/** What is refused for one reason is one line. */
function failuresOf({
  target,
  outcomes,
}: Row & { readonly outcomes: readonly CaseOutcome[] }): readonly string[] {
  const refused = new Map<string, string[]>();
  const others: string[] = [];
  for (const outcome of outcomes) {
    if (outcome.verdict === 'right') continue;
    const title = `${outcome.kind} ${outcome.name}`;
    if (outcome.verdict === 'refused')
      refused.set(outcome.reason, [...(refused.get(outcome.reason) ?? []), title]);
    else others.push(`- ${target}: ${title}: ${outcome.verdict}, ${outcome.reason}`);
  }
  return [
    ...others,
    ...Array.from(refused, ([reason, titles]) => `- ${target}: refused, ${reason}: ${titles.join('; ')}`),
  ];
}

function countOf(outcomes: readonly CaseOutcome[]): string {
  const right = outcomes.filter(({ verdict }) => verdict === 'right').length;
  return `${right} of ${outcomes.length}`;
}
