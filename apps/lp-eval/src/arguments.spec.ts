import { exitCodeOf, methodNames, positiveInteger, positiveNumber } from './arguments.ts';

describe('exitCodeOf', () => {
  it('is 0 for a verified outcome, 3 for a limit, 1 for a failure', () => {
    const codes = (
      ['optimal', 'infeasible', 'unbounded', 'iteration-limit', 'time-limit', 'failed'] as const
    ).map(exitCodeOf);
    expect(codes).toEqual([0, 0, 0, 3, 3, 1]);
  });
});

describe('the values of options', () => {
  it('are positive numbers, whole where they count', () => {
    expect(positiveNumber('1e-6')).toBe(1e-6);
    expect(positiveInteger('1000')).toBe(1000);
    for (const text of ['0', '-1', 'nan', '', ' ', 'Infinity', '1e400', '3x']) {
      expect(() => positiveNumber(text)).toThrow('It must be a positive number.');
    }
    expect(() => positiveInteger('1.5')).toThrow('It must be a positive whole number.');
  });
  it('are names of methods', () => {
    expect(methodNames('highs, highs-pdlp')).toEqual(['highs', 'highs-pdlp']);
    expect(() => methodNames('highs,toString')).toThrow('It must be one of');
  });
});
