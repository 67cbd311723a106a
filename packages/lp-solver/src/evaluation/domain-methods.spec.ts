import { describe, expect, it } from '@jest/globals';
import { fromSeed } from '@equilibria/core';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { classicalMethod } from './domain-methods.ts';

const known = (name: string) => {
  const { lp } = shippedLinearPrograms.find((shipped) => shipped.lp.name === name)!;
  return { lp: asMinimization(lp) };
};

describe('classicalMethod', () => {
  it('gives its own answers, and the mean of its own iterations, once for all looks', async () => {
    const highs = await classicalMethod('highs').load({ key: fromSeed(0) });
    const problem = known('transport');
    const snapshots = await highs.iterate([problem, problem], [0, 1, 2], { key: fromSeed(0) });
    expect(snapshots).toHaveLength(1);
    const { answers, evaluations, residuals } = snapshots[0]!;
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]).toHaveLength(problem.lp.matrix.columns);
    expect(evaluations).toBeGreaterThan(0);
    expect(residuals).toBeNull();
  });

  it('stops at a signal between two programs', async () => {
    const highs = await classicalMethod('highs').load({ key: fromSeed(0) });
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Error('enough')));
    const problem = known('transport');
    const programs = Array.from({ length: 100 }, () => problem);
    await expect(highs.iterate(programs, [0], { key: fromSeed(0), signal: stop.signal })).rejects.toThrow(
      'enough',
    );
  });
});
