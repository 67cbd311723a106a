import { parseLp } from '../reading/read-linear-program.ts';
import { solutionByName } from './named-solution.ts';
import { solveLinearProgram } from './solve-linear-program.ts';

describe('solutionByName', () => {
  it('tells values, activities and multipliers by name, and no certificate of an optimum', async () => {
    const lp = await parseLp('Minimize\n 2 x + 3 y\nSubject To\n c: x + y >= 4\nBounds\n x <= 3\nEnd\n');
    const answer = await solveLinearProgram(lp, { method: 'highs' });
    expect(solutionByName(lp, answer)).toMatchObject({
      sense: 'minimize',
      columns: [
        { name: 'x', value: 3, reducedCost: -1 },
        { name: 'y', value: 1, reducedCost: 0 },
      ],
      rows: [{ name: 'c', activity: 4, dual: 3 }],
      certificate: null,
    });
  });

  it('tells the certificate of an infeasible program by the names of rows', async () => {
    const lp = await parseLp('Minimize\n x\nSubject To\n low: x >= 2\n high: x <= 1\nEnd\n');
    const { columns, certificate } = solutionByName(lp, await solveLinearProgram(lp, { method: 'highs' }));
    expect(columns).toEqual([{ name: 'x', value: null, reducedCost: null }]);
    expect(certificate).toMatchObject({
      kind: 'farkas-multipliers',
      values: [{ name: 'low' }, { name: 'high' }],
    });
  });
});
