import { fold, fromSeed } from '@equilibria/core';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import { collectLabelled, digestOf } from './program-set.ts';
import { structuredProgram } from './structured-programs.ts';

const never = asMinimization(
  linearProgram({
    name: 'never',
    sense: 'minimize',
    variables: { a: { lower: 1, upper: 0 } },
    constraints: {},
  }),
);
const draw = (index: number) => structuredProgram('transport', fold(fromSeed(0), index));

describe('collectLabelled', () => {
  it('leaves out what has no optimum', async () => {
    const { programs, sha256 } = await collectLabelled((i) => (i % 2 === 0 ? never : draw(i)), { size: 3 });
    expect(digestOf(programs.map(({ lp }) => lp))).toBe(digestOf([1, 3, 5].map(draw)));
    expect(sha256).toBe(digestOf([1, 3, 5].map(draw)));
  });
  it('gives up where nothing has one', async () => {
    await expect(collectLabelled(() => never, { size: 1 })).rejects.toThrow('got 1000 in a row without');
  });
});

describe('digestOf', () => {
  it('depends on every number and on the order, not on names', () => {
    const [a, b] = [draw(0), draw(1)];
    const moved = (field: 'objective' | 'rowLower' | 'rowUpper' | 'lower' | 'upper') => ({
      ...a,
      [field]: a[field].map((value, i) => (i === 0 ? 7 : value)),
    });
    const values = a.matrix.values.map((value, k) => (k === 0 ? 7 : value));
    const others = [
      ...(['objective', 'rowLower', 'rowUpper', 'lower', 'upper'] as const).map(moved),
      { ...a, matrix: { ...a.matrix, values } },
    ].map((of) => digestOf([of]));
    expect(new Set([digestOf([a]), digestOf([a, b]), digestOf([b, a]), ...others]).size).toBe(9);
    expect(digestOf([{ ...a, name: 'other' }])).toBe(digestOf([a]));
  });
});
