/** A training run in one line. */
import type { Finite } from './history.ts';
import type { TrainingProgress } from './train.ts';

const BAR = 20;

/**
 * A bar and what matters beside it: steps, loss, and of implicit models the mean residual, the evaluations of a solve and the part of
 * the samples that converged; samples a second, the time left, the best score of validation.
 */
export function progressText(progress: TrainingProgress): string {
  const { step, steps, row, samplesPerSecond, remainingMs, best } = progress;
  const { residual, evaluations, status, 'adjoint.status': adjoint } = row.report;
  const parts = [
    `${bar(step / steps)} ${step}/${steps}`,
    `loss ${short(row.loss)}`,
    ...(residual === undefined ? [] : [`residual ${short(residual)}`]),
    ...(evaluations === undefined ? [] : [`${evaluations?.toFixed(1) ?? '–'} evaluations`]),
    ...(typeof status === 'number' ? [`${Math.floor(100 * status)} % converged`] : []),
    ...(typeof adjoint === 'number' ? [`adjoint ${Math.floor(100 * adjoint)} %`] : []),
    ...(row.skipped > 0 ? [`${row.skipped} skipped`] : []),
    `${samplesPerSecond.toPrecision(3)} samples/s`,
    `${clock(remainingMs)} left`,
    ...(best === null ? [] : [`best ${short(best.score)} at ${best.step}`]),
  ];
  return parts.join('  ');
}

function bar(share: number): string {
  const full = Math.floor(share * BAR);
  return `[${'='.repeat(full)}${' '.repeat(BAR - full)}]`;
}

function short(value: Finite): string {
  if (value === null) return 'not finite';
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-3 && size < 1e4) ? value.toPrecision(3) : value.toExponential(2);
}

/** Hours, minutes and seconds, rounded up: a run that has not ended has time left. */
function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
