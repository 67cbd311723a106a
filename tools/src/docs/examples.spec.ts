import { checkExamples, type Example } from './examples.ts';

describe('the examples of pages', () => {
  it('are told where they are wrong, also in the types, and where they end early', async () => {
    const example = (file: string, line: number, code: string): Example => ({ file, line, code });
    const problems = await checkExamples([
      example('right.md', 3, '1 + 1; // => 2'),
      example('wrong.md', 5, 'const two = 1 + 1;\ntwo; // => 3'),
      example('wrong.md', 9, 'const text: string = 1;'),
      example('thrown.md', 4, 'throw new RangeError("no");'),
      // Last: it takes with it what comes after it in the same process.
      example('early.md', 7, 'process.exit(3);'),
    ]);
    const told = problems.map(({ file, line, message }) => `${file}:${line} ${message.trim()}`);
    expect(told.toSorted()).toEqual([
      'early.md:7 the examples ended early here (exit code 3).',
      'thrown.md:4 RangeError: no',
      'wrong.md:6 expected 3; got 2',
      "wrong.md:9 error TS2322: Type 'number' is not assignable to type 'string'.",
    ]);
  }, 60_000);
});
