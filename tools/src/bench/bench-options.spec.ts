import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { benchOptions } from './bench-options.ts';

const given = (...args: string[]) => benchOptions('Usage: …', { rounds: '7', cases: undefined }, args);
afterEach(() => {
  jest.restoreAllMocks();
});

describe('benchOptions', () => {
  it('has defaults, and what is given instead', () => {
    expect(given()).toEqual({ rounds: '7', cases: undefined, json: undefined, markdown: undefined });
    expect(given('--cases', 'a,b', '--rounds', '3', '--json', 'x.json')).toEqual({
      rounds: '3',
      cases: 'a,b',
      json: 'x.json',
      markdown: undefined,
    });
  });

  it('prints the help, and nothing is to be done', () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(given('--help', '--rounds', '3')).toBeNull();
    expect(log.mock.calls).toEqual([['Usage: …']]);
  });

  it('refuses files that cannot be written and options that there are not', () => {
    expect(() => given('--json', '/no/x.json')).toThrow('--json: cannot write /no/x.json: no such folder.');
    expect(() => given('--markdown', '')).toThrow('--markdown: the file must have a name');
    expect(() => given('--bogus')).toThrow("Unknown option '--bogus'");
  });
});
