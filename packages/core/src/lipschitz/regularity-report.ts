/** What a report on regularity says, in words and as a table. */
import type { Verdict } from '../solvers/verdict.ts';
import type { Growth } from './input-growth.ts';

/** What is known of one sample, at the point where its solve ended; null where a number is not finite. */
export type SampleRegularity = {
  readonly status: Verdict;
  /** `‖G(z) − z‖₂` at that point, and the solver steps to it. */
  readonly residual: number | null;
  readonly steps: number;
  readonly stateNorm: number | null;
  /** `μ = ‖∂G/∂z‖₂`. */
  readonly contraction: number | null;
  /** The spectral radius of `∂G/∂z`. */
  readonly rate: number | null;
  /** `Lip_x(G) = ‖∂G/∂x‖₂`. */
  readonly inputLipschitz: number | null;
  /** Theorem 2.5's `Lip_x(G)/(1 − μ)`; null where `μ ≥ 1`, or the sample was not solved. */
  readonly bound: number | null;
  /** `‖∂z/∂x‖₂` of the fixed point; null where `rate ≥ 1`, or the sample was not solved. */
  readonly sensitivity: number | null;
  /** The largest error of these estimates, dimensionless; see {@link localRegularity}. */
  readonly error: number | null;
};

/** A report as plain data, to be stored as JSON or shown by {@link formatRegularity}. */
export type RegularityReport = {
  readonly operator: string;
  readonly samples: readonly SampleRegularity[];
  /** The lengths of the states, and what {@link fitGrowth} says of the constants measured there. */
  readonly growth: Growth & { readonly radii: readonly number[] };
  /** Sentences, the verdict first. */
  readonly findings: readonly string[];
};

/** An estimate whose error is above this is not taken at its word. */
const UNSETTLED = 0.02;

/** How many samples are named before the rest is counted. */
const NAMED = 3;

type Facts = Omit<RegularityReport, 'findings'>;
type Row = SampleRegularity & { readonly index: number };

/** The sentences of a report: the verdict, the solves, contraction, the theorem's bound, growth, and what has not settled. */
export function regularityFindings(report: Facts): string[] {
  const rows = report.samples.map((sample, index): Row => ({ ...sample, index }));
  const solved = rows.filter(({ status }) => status === 'converged');
  return [
    verdict(report, solved),
    ...unsolved(rows),
    ...contraction(solved, rows.length),
    ...sensitivity(solved),
    growth(report),
    ...unsettled(solved),
  ];
}

/**
 * A report as text for a terminal: a row for each sample, the findings below.
 *
 * @param options.maxRows - samples shown; default 20, those with the largest `μ` if there are more.
 */
export function formatRegularity(
  report: RegularityReport,
  options: { readonly maxRows?: number } = {},
): string {
  const { maxRows = 20 } = options;
  const rows = report.samples.map((sample, index): Row => ({ ...sample, index }));
  const shown = rows
    .toSorted((a, b) => (b.contraction ?? Infinity) - (a.contraction ?? Infinity))
    .slice(0, maxRows)
    .toSorted((a, b) => a.index - b.index);
  const left = rows.length - shown.length;
  return [
    `Regularity of ${report.operator} at ${counted(rows.length, 'sample')}`,
    '',
    ...table(shown),
    ...(left > 0 ? [`… and ${counted(left, 'sample')} with smaller μ`] : []),
    '',
    ...report.findings.map((finding) => `- ${finding}`),
  ].join('\n');
}

function table(rows: readonly Row[]): string[] {
  const head = [
    'sample',
    'solve',
    'steps',
    '‖G(z) − z‖',
    'μ',
    'rate',
    'Lip_x(G)',
    'bound',
    '‖∂z/∂x‖',
    'error',
  ];
  const cells = rows.map((row) => [
    String(row.index),
    row.status,
    String(row.steps),
    ...[
      row.residual,
      row.contraction,
      row.rate,
      row.inputLipschitz,
      row.bound,
      row.sensitivity,
      row.error,
    ].map(short),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  return [head, ...cells].map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join('  '));
}

function verdict({ samples, growth: { isAtMostLinear } }: Facts, solved: readonly Row[]): string {
  const isContraction = solved.every(({ contraction: mu }) => mu !== null && mu < 1);
  if (solved.length < samples.length) {
    return `Regularity is not shown: ${counted(samples.length - solved.length, 'sample')} of ${samples.length} could not be solved.`;
  }
  if (isContraction && isAtMostLinear === true) {
    return `Nothing measured at ${counted(samples.length, 'sample')} speaks against regularity.`;
  }
  const reasons = [
    ...(isContraction ? [] : ['it does not contract everywhere']),
    ...(isAtMostLinear === true ? [] : ['its constant in x is not seen to grow at most linearly in ‖z‖']),
  ];
  return `Not regular as measured: ${reasons.join(', and ')}.`;
}

function unsolved(rows: readonly Row[]): string[] {
  const open = rows.filter(({ status }) => status !== 'converged');
  return named(open, ({ index, status, residual, steps }) => {
    return `sample ${index}: the solve ended as '${status}' after ${counted(steps, 'step')} with residual ${short(residual)}: its row is not about a fixed point`;
  });
}

function contraction(solved: readonly Row[], samples: number): string[] {
  if (solved.length === 0) return [];
  const within = solved.filter(({ contraction: mu }) => mu !== null && mu < 1);
  const others = solved.filter((row) => !within.includes(row));
  const share =
    within.length === solved.length ? `all ${solved.length}` : `${within.length} of ${solved.length}`;
  const those = `${solved.length === samples ? '' : 'solved '}sample${solved.length === 1 ? '' : 's'}`;
  const range = within.length === 0 ? '' : `: μ ${rangeOf(within.map(({ contraction: mu }) => mu ?? NaN))}`;
  return [
    `contracts at ${share === 'all 1' ? 'the only' : share} ${those}${range}`,
    ...named(others, ({ index, contraction: mu, rate }) => {
      if (mu === null) return `sample ${index}: μ is not finite`;
      const about = `sample ${index}: μ = ${short(mu)} ≥ 1`;
      if (rate === null || rate >= 1) {
        return `${about}, and iterating G moves away from this point (rate ${short(rate)})`;
      }
      return `${about} although Picard converges (rate ${short(rate)}): the theorem says nothing there`;
    }),
  ];
}

function sensitivity(solved: readonly Row[]): string[] {
  const both = solved.flatMap(({ index, bound, sensitivity: slope, error }) =>
    bound === null || slope === null || bound === 0
      ? []
      : [{ index, bound, slope, error, share: slope / bound }],
  );
  if (both.length === 0) return [];
  const above = both.filter(({ share }) => share > 1 + UNSETTLED);
  const most = (values: readonly number[]): string => short(Math.max(...values));
  const farthest = most(both.map(({ slope }) => slope));
  const allowed = most(both.map(({ bound }) => bound));
  return [
    `near these samples the fixed point moves at most ${farthest} times as far as the input; Theorem 2.5 allows up to ${allowed}, ` +
      `and the share of its own bound that a sample takes is ${rangeOf(both.map(({ share }) => share))}`,
    ...named(above, ({ index, bound, slope, error }) => {
      return `sample ${index}: the sensitivity ${short(slope)} is above the bound ${short(bound)}, so that an estimate has not settled (error ${short(error)})`;
    }),
  ];
}

function growth({ growth: { a, b, exponent, interval, isAtMostLinear, radii } }: Facts): string {
  const reach = `‖z‖ between ${short(radii[0]!)} and ${short(radii.at(-1)!)}`;
  if (isAtMostLinear === null || exponent === null) return `Lip_x(G(z, ·)) is not finite for ${reach}`;
  const band = interval.low === null ? '' : ` (${exact(interval.low)} to ${exact(interval.high!)})`;
  const fit =
    a === null || b === null || exponent <= 0
      ? ''
      : `, about ${short(a)} ${b < 0 ? '−' : '+'} ${short(Math.abs(b))}‖z‖`;
  const grows = isAtMostLinear ? 'grows at most linearly in' : 'grows faster than linearly in';
  const speed = exponent <= 0 ? 'does not grow in' : grows;
  return `Lip_x(G(z, ·)) ${speed} ‖z‖: exponent ${exact(exponent)}${band} for ${reach}${fit}`;
}

function unsettled(solved: readonly Row[]): string[] {
  const open = solved.filter(({ error }) => error === null || error > UNSETTLED);
  if (open.length === 0) return [];
  const worst = open.reduce((a, b) => ((b.error ?? Infinity) > (a.error ?? Infinity) ? b : a));
  return [
    `estimates at ${counted(open.length, 'sample')} have not settled, most of all at sample ${worst.index} (error ${short(worst.error)}): give more steps and solveSteps`,
  ];
}

/** A sentence for each of the first few, and how many more there are. */
function named<T>(rows: readonly T[], sentence: (row: T) => string): string[] {
  const rest = rows.length - NAMED;
  return [...rows.slice(0, NAMED).map(sentence), ...(rest > 0 ? [`… and ${rest} more like that`] : [])];
}

function rangeOf(values: readonly number[]): string {
  const [low, high] = [short(Math.min(...values)), short(Math.max(...values))];
  return low === high ? low : `between ${low} and ${high}`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function exact(value: number): string {
  return (Math.round(value * 100) / 100 + 0).toFixed(2);
}

/** Three digits; a dash for what is not known. */
function short(value: number | null): string {
  if (value === null) return '—';
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
