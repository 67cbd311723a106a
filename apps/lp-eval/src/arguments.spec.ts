import {
  exitCodeOf,
  instanceNames,
  methodNames,
  positiveInteger,
  positiveNumber,
  tolerance,
} from './arguments.ts';

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
    for (const text of ['0', '-1', 'nan', '', ' ', 'Infinity', '1e400', '3x', '0x10']) {
      expect(() => positiveNumber(text)).toThrow('It must be a positive number.');
    }
    for (const text of ['1.5', '0', '-1', '1e30', '0x10']) {
      expect(() => positiveInteger(text)).toThrow('It must be a positive whole number.');
    }
  });
  it('are tolerances between what float64 reaches and what every point reaches', () => {
    expect(tolerance('1e-14')).toBe(1e-14);
    expect(tolerance('0.5')).toBe(0.5);
    for (const text of ['1', '2', '0', '-1', 'nan', '0x10', '1e400']) {
      expect(() => tolerance(text)).toThrow('It must be a decimal number from 1e-14');
    }
    expect(() => tolerance('1e-15')).toThrow('It must be a decimal number from 1e-14 (float64 rounds)');
  });
  it('are names of public instances, short or whole', () => {
    expect(instanceNames('afiro, netlib/sc50a,box1.mps')).toEqual(['afiro', 'netlib/sc50a', 'box1.mps']);
    expect(() => instanceNames('afiro,nowhere')).toThrow('"nowhere" is none.');
  });
  it('are names of methods', () => {
    expect(methodNames('highs, highs-pdlp')).toEqual(['highs', 'highs-pdlp']);
    expect(() => methodNames('highs,toString')).toThrow('It must be one of');
  });
});
