import { theoryDomain, twoPoleDomain } from './domain.ts';
import type { DomainEvaluation } from '../evaluation/define-domain.ts';
import { reciprocalLipschitz } from './reciprocal.ts';

const withoutTimes = ({ results }: DomainEvaluation) =>
  JSON.stringify(results, (name, value: unknown) => (name === 'wallTimeMs' ? 0 : value));

describe.each([theoryDomain, twoPoleDomain])('$name', (domain) => {
  let evaluation: DomainEvaluation;
  beforeAll(async () => {
    evaluation = await domain.evaluate({ seed: 0 });
  });

  it('has no failures, and repeats itself but for the times', async () => {
    expect(evaluation.failures).toEqual([]);
    expect(withoutTimes(await domain.evaluate({ seed: 0 }))).toBe(withoutTimes(evaluation));
  });

  it('has implicit methods whose error falls and whose Lipschitz constant for small steps grows with every look', () => {
    for (const { kind, scaling } of evaluation.results.methods) {
      if (kind !== 'implicit') continue;
      const errors = scaling.map(({ quality }) => quality.mean!);
      // Of small steps: a large one may skip over where the map is steepest.
      const constants = scaling.map(({ lipschitz }) => lipschitz[0]!.max!);
      // Once at the fixed point, rounding may go either way.
      errors.forEach((error, i) => expect(error).toBeLessThanOrEqual((errors[i - 1] ?? 1) + 1e-14));
      constants.forEach((L, i) => expect(L).toBeGreaterThanOrEqual((constants[i - 1] ?? 0) * (1 - 1e-6)));
    }
  });

  it('never exceeds a ceiling', () => {
    for (const { scaling, kind } of evaluation.results.methods) {
      if (kind === 'explicit') continue; // A fit may be steeper than what it fits.
      for (const { max, ceiling } of scaling.flatMap(({ lipschitz }) => lipschitz)) {
        expect(max!).toBeLessThanOrEqual(ceiling! * (1 + 1e-6));
      }
    }
  });

  it('expresses its map better at the end than the explicit fits, by its best implicit method', () => {
    const means = (kind: string) =>
      evaluation.results.methods.filter((method) => method.kind === kind).map(({ test }) => test.mean!);
    expect(Math.min(...means('implicit'))).toBeLessThan(Math.min(...means('explicit')) / 100);
  });
});

describe('theoryDomain', () => {
  it('comes within a part in a hundred of L_t while 1/t is far above the least x', async () => {
    const { results } = await theoryDomain.evaluate({ seed: 1 });
    const early = results.methods[0]!.scaling.filter(({ evaluations }) => evaluations <= 16);
    for (const { evaluations, lipschitz } of early) {
      const L = reciprocalLipschitz(0.5, evaluations);
      expect(Math.abs(lipschitz[0]!.max! - L)).toBeLessThanOrEqual(0.01 * L);
    }
  });

  it('stops at an aborted signal with its reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(theoryDomain.evaluate({ seed: 0, signal })).rejects.toBe(reason);
  });
});
