import type { HostArray } from '@equilibria/compile';
import { EMPTY_INTERVAL, type HostReport, type Interval, rowOf, withStep } from './history.ts';

const array = (...data: number[]): HostArray => ({ data: Float32Array.from(data), shape: [data.length] });
const scalar = (value: number): HostArray => ({ data: Float32Array.of(value), shape: [] });

function report(loss: number, task: HostReport['task'] = {}): HostReport {
  const isSkipped: HostArray = { data: Uint8Array.of(0), shape: [] };
  return { loss: scalar(loss), gradientNorm: scalar(2 * loss), isSkipped, task };
}

const skipped: HostReport = { ...report(NaN), isSkipped: { data: Uint8Array.of(1), shape: [] } };

/** The interval of some steps, all at the rate 0.5. */
const intervalOf = (...reports: readonly HostReport[]): Interval =>
  reports.reduce((interval, measured) => withStep(interval, 0.5, measured), EMPTY_INTERVAL);

describe('a row of the history', () => {
  it('is the means of its steps and, of reports, over their batches; of a status, the part that converged', () => {
    const task = (residual: number, ...status: number[]) => ({
      residual: array(residual, 3 * residual),
      status: { data: Int32Array.from(status), shape: [2] },
      adjoint: { status: { data: Int32Array.of(1, 1), shape: [2] } },
    });
    const row = rowOf(intervalOf(report(1, task(0.5, 1, 1)), report(3, task(1.5, 1, 4))), 7);
    expect(row).toEqual({
      step: 7,
      loss: 2,
      gradientNorm: 4,
      learningRate: 0.5,
      skipped: 0,
      report: { residual: 2, status: 0.75, 'adjoint.status': 1 },
    });
  });

  it('counts the steps that were skipped, which are in no mean', () => {
    expect(rowOf(intervalOf(report(1), skipped, report(3)), 3)).toMatchObject({ loss: 2, skipped: 1 });
    expect(rowOf(intervalOf(skipped), 1)).toMatchObject({ loss: null, learningRate: 0.5, skipped: 1 });
  });

  it('has null for what was once not finite, or is of nothing', () => {
    const odd = { nan: array(NaN), empty: array(), fine: array(1) };
    const row = rowOf(intervalOf(report(Infinity, odd), report(1, { ...odd, nan: array(1) })), 2);
    expect(row).toMatchObject({ loss: null, report: { nan: null, empty: null, fine: 1 } });
  });
});
