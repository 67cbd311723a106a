import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isUsageError, UsageError, wholeNumber } from './program.ts';

describe('isUsageError', () => {
  it('knows a wrong option from another error', () => {
    const errorOf = (args: string[]) => {
      try {
        return parseArgs({ args, options: { help: { type: 'boolean' } } });
      } catch (error) {
        return error;
      }
    };
    expect(isUsageError(errorOf(['--wrong']))).toBe(true);
    expect(isUsageError(errorOf(['stray']))).toBe(true);
    expect(isUsageError(errorOf(['--help']))).toBe(false);
    expect(isUsageError(new UsageError('x'))).toBe(true);
    expect(isUsageError(new TypeError('x'))).toBe(false);
  });
});

describe('wholeNumber', () => {
  it('takes whole numbers from the least on, and nothing else', () => {
    expect(wholeNumber('--rounds', '12')).toBe(12);
    expect(wholeNumber('--seed', '0', 0)).toBe(0);
    for (const text of ['0', '-1', '1.5', '1e3', '', '99999999999999999999']) {
      expect(() => wholeNumber('--rounds', text)).toThrow(
        new UsageError(`--rounds: it must be a whole number >= 1; got '${text}'`),
      );
    }
  });
});

const MODELS_REFUSED =
  "learn: --models must name some of implicit, explicit-same-size, explicit-same-compute; got 'deep'. See --help.\n";

describe('the programs', () => {
  const run = (program: string, ...args: string[]) => {
    const path = join(import.meta.dirname, `${program}.ts`);
    const node = ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source', path, ...args];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { status, stdout, stderr } = spawnSync(process.execPath, node, {
      env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  };
  it.each([
    ['bench-loop', ['--bogus'], "Unknown option '--bogus'. See --help.\n"],
    ['bench-loop', ['--rounds', 'abc'], "--rounds: it must be a whole number >= 1; got 'abc'. See --help.\n"],
    [
      'bench-loop',
      ['--json', '/no/x.json'],
      '--json: cannot write /no/x.json: no such folder. See --help.\n',
    ],
    ['bench-compile', ['--cases', 'abacus'], "--cases: there is no case 'abacus'. See --help.\n"],
    ['conformance', ['--json', ''], '--json: the file must have a name; got an empty one. See --help.\n'],
    ['learn', ['--models', 'deep'], MODELS_REFUSED],
    ['learn', ['--seeds', '0,,2'], "learn: --seeds must be integers >= 0; got ''. See --help.\n"],
    ['learn', ['--steps', '0'], "learn: --steps must be integers >= 1; got '0'. See --help.\n"],
    ['check-layout', ['stray'], "Unexpected argument 'stray'. See --help.\n"],
  ])(
    '%s refuses %j in one line with exit code 2',
    (program, args, stderr) => {
      expect(run(program, ...args)).toEqual({ status: 2, stdout: '', stderr });
    },
    60_000,
  );
  it('of npm test ends with the line that counts, also when it is called wrongly', () => {
    expect(run('verify', '--bogus')).toEqual({
      status: 2,
      stdout: '0 passed, 1 failed\n',
      stderr: "Unknown option '--bogus'. See --help.\n",
    });
  }, 60_000);
});
