import { progressText } from './progress-text.ts';
import type { TrainingProgress } from './train.ts';

const row = { step: 50, loss: 0.01234, gradientNorm: 1, learningRate: 0.1, skipped: 0, report: {} };
const progress: TrainingProgress = {
  step: 50,
  steps: 200,
  row,
  samplesPerSecond: 1234,
  remainingMs: 60_100,
  best: null,
};

describe('progressText', () => {
  it('is a bar, the loss, the speed and the time left', () => {
    expect(progressText(progress)).toBe(
      '[=====               ] 50/200  loss 0.0123  1.23e+3 samples/s  1:01 left',
    );
  });

  it('tells of implicit models how the solves went', () => {
    const report = { residual: 1.5e-5, evaluations: 12.34, status: 0.999, 'adjoint.status': 0.64 };
    const best = { step: 40, score: 0.5 };
    expect(progressText({ ...progress, row: { ...row, skipped: 2, report }, best, remainingMs: 3.7e6 })).toBe(
      '[=====               ] 50/200  loss 0.0123  residual 1.50e-5  12.3 evaluations  99 % converged  adjoint 64 %  2 skipped  ' +
        '1.23e+3 samples/s  1:01:40 left  best 0.500 at 40',
    );
  });

  it('says what is not finite', () => {
    const lost = { ...row, loss: null, report: { residual: null, evaluations: null, status: null } };
    expect(progressText({ ...progress, row: lost })).toContain(
      'loss not finite  residual not finite  – evaluations',
    );
  });
});
