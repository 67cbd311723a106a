/** What a run has measured: means over intervals of steps, in plain numbers. */
import { type HostArray, leavesWithPaths, type Tree } from '@equilibria/compile';
import { finiteOrNull } from '../evaluation/statistics.ts';
import { VERDICTS } from '../solvers/verdict.ts';

/** A number that JSON holds, or null: where it was not finite, or nothing was measured. */
export type Finite = number | null;

/** Means over the steps of an interval. */
export type HistoryRow = {
  /** The last step of the interval, counted from 1. */
  readonly step: number;
  readonly loss: Finite;
  /** Before clipping. */
  readonly gradientNorm: Finite;
  readonly learningRate: number;
  /** Steps whose gradient was not finite: they changed nothing, and are in no mean. */
  readonly skipped: number;
  /** Means of the task's report, by path; of a `status`, the part of the samples that converged. */
  readonly report: Readonly<Record<string, Finite>>;
};

/** Sums since the last row. */
export type Interval = Omit<HistoryRow, 'step'> & { readonly steps: number };

/** A `StepReport` on the host. */
export type HostReport = {
  readonly loss: HostArray;
  readonly gradientNorm: HostArray;
  readonly isSkipped: HostArray;
  readonly task: Tree<HostArray>;
};

const CONVERGED = VERDICTS.indexOf('converged');

/** Before the first step. */
export const EMPTY_INTERVAL: Interval = {
  steps: 0,
  skipped: 0,
  loss: 0,
  gradientNorm: 0,
  learningRate: 0,
  report: {},
};

/** The interval, one step longer. */
export function withStep(interval: Interval, learningRate: number, measured: HostReport): Interval {
  const longer = {
    ...interval,
    steps: interval.steps + 1,
    learningRate: interval.learningRate + learningRate,
  };
  if (measured.isSkipped.data[0] === 1) return { ...longer, skipped: interval.skipped + 1 };
  const report = leavesWithPaths<HostArray>(measured.task).map(({ path, leaf }) => {
    const before = interval.report[path];
    return [path, plus(before === undefined ? 0 : before, meanOf(path, leaf))] as const;
  });
  return {
    ...longer,
    loss: plus(interval.loss, measured.loss.data[0]!),
    gradientNorm: plus(interval.gradientNorm, measured.gradientNorm.data[0]!),
    report: Object.fromEntries(report),
  };
}

/** The means of an interval that ends with `step`. */
export function rowOf(interval: Interval, step: number): HistoryRow {
  const counted = interval.steps - interval.skipped;
  const mean = (sum: Finite): Finite => (sum === null || counted === 0 ? null : sum / counted);
  const report = Object.entries(interval.report).map(([path, sum]) => [path, mean(sum)] as const);
  return {
    step,
    loss: mean(interval.loss),
    gradientNorm: mean(interval.gradientNorm),
    learningRate: interval.learningRate / interval.steps,
    skipped: interval.skipped,
    report: Object.fromEntries(report),
  };
}

function plus(sum: Finite, value: number): Finite {
  return sum === null ? null : finiteOrNull(sum + value);
}

function meanOf(path: string, { data }: HostArray): number {
  const isStatus = path === 'status' || path.endsWith('.status');
  let sum = 0;
  for (const value of data) sum += isStatus ? Number(value === CONVERGED) : value;
  return sum / data.length;
}
