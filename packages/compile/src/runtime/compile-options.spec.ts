import { assertCompileOptions } from './compile-options.ts';

describe('assertCompileOptions', () => {
  it('takes what compile knows', () => {
    expect(() =>
      assertCompileOptions({ precision: 'float64', passes: { unrolling: false }, providers: ['cpu'] }),
    ).not.toThrow();
  });

  it.each([
    [{ percision: 'float64' }, 'compile: the options must be of precision, names, outputName, threads'],
    [{ precision: 'double' }, "compile: precision must be 'float32' or 'float64'; got 'double'."],
    [{ providers: 'cpu' }, "compile: providers must be a list, as in ['cpu']; got 'cpu'."],
    [{ passes: false }, 'compile: passes must be an object, as in { unrolling: false }; got false.'],
    [{ passes: { nope: false } }, "unrolling, deadCode; got 'nope'."],
  ])('refuses %j', (options, message) => {
    expect(() => assertCompileOptions(options)).toThrow(message);
  });
});
