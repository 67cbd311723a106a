import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@equilibria/core';
import { jest } from '@jest/globals';
import { CommanderError } from 'commander';
import { createProgram } from './commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'lp-eval-'));
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** What a call is refused with. */
async function refusalOf(...args: readonly string[]): Promise<unknown> {
  const written = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    return await createProgram()
      .parseAsync(args, { from: 'user' })
      .catch((error: unknown) => error);
  } finally {
    written.mockRestore();
  }
}

describe('lp solve', () => {
  it.each([
    [
      'an empty file',
      () => [file('empty.mps', '')],
      'empty.mps: the file must hold a model; got an empty file.',
    ],
    [
      'binary garbage',
      () => [file('garbage.mps', '\u0000\u0007\u0001')],
      'garbage.mps: the file must be text',
    ],
    ['an unknown option', () => [fixture('diet.lp'), '--foo'], "error: unknown option '--foo'"],
    [
      'a tolerance of 0',
      () => [fixture('diet.lp'), '--tolerance', '0'],
      'It must be a decimal number from 1e-14',
    ],
    [
      'nan',
      () => [file('nan.mps', modelWith('nan'))],
      'nan.mps, line 8: a finite number must stand here; got "nan".',
    ],
    [
      '1e400',
      () => [file('big.mps', modelWith('1e400'))],
      'big.mps, line 8: numbers must fit float64; got "1e400".',
    ],
    [
      'a missing file',
      () => [join(folder, 'none.mps')],
      `${join(folder, 'none.mps')}: the file must be readable; got no such file.`,
    ],
    [
      'a bound on iterations that nobody counts',
      () => [fixture('diet.lp'), '--method', 'javascript-lp-solver', '--iterations', '5'],
      '--iterations: javascript-lp-solver does not count its iterations.',
    ],
    [
      'to polish what is a vertex',
      () => [fixture('diet.lp'), '--polish', '--method', 'highs'],
      '--polish: it needs a method that ends near a vertex, not at one: ',
    ],
    [
      'a missing folder',
      () => [fixture('diet.lp'), '--out', join(folder, 'no', 'x.json')],
      'x.json: no such folder. Choose another file.',
    ],
    [
      'to overwrite the model',
      () => [file('model.lp', 'Minimize\n x\nEnd\n'), '--out', join(folder, 'model.lp')],
      '--out: it must not be the file that is read',
    ],
    ['an output without a name', () => [fixture('diet.lp'), '--out', ''], 'the file must have a name'],
  ])('refuses %s', async (_, args, message) => {
    const refusal = await refusalOf('solve', ...args());
    expect(refusal instanceof DataError || refusal instanceof CommanderError).toBe(true);
    expect((refusal as Error).message).toContain(message);
  });
});

/** What is printed. */
async function helpOf(command: string): Promise<string> {
  const shown = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    expect(await refusalOf(command, '--help')).toMatchObject({ exitCode: 0 });
    return shown.mock.calls.flat().join('');
  } finally {
    shown.mockRestore();
  }
}

describe('lp', () => {
  it.each(['solve', 'evaluate', 'lipschitz', 'report', 'train', 'instances'])(
    'documents %s and its exit codes',
    async (command) => {
      expect(await helpOf(command)).toMatch(/Exit code: 0 .*2 bad input or usage/);
    },
  );

  it('writes defaults as a user would', async () => {
    expect(await helpOf('solve')).toContain('(default: 1e-6)');
  });
});

function modelWith(side: string): string {
  return `NAME T\nROWS\n N COST\n G R1\nCOLUMNS\n X COST 1 R1 1\nRHS\n RHS R1 ${side}\nENDATA\n`;
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
