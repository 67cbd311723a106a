import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@equilibria/core';
import { jest } from '@jest/globals';
import { CommanderError } from 'commander';
import { createProgram } from './commands.ts';

/** A method is a process of its own, which takes a second to start; on a busy machine several. */
const TIMEOUT_MS = 60_000;

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

/** What a call prints, and its exit code. */
type Call = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Calls a command. */
async function call(...args: readonly string[]): Promise<Call> {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const error = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const warned = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const before = process.exitCode;
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    const [stdout, stderr, warnings] = [log, error, warned].map(({ mock }) => mock.calls.flat().join('\n'));
    return { code: Number(process.exitCode ?? 0), stdout: stdout!, stderr: `${stderr}${warnings}` };
  } finally {
    process.exitCode = before;
    log.mockRestore();
    error.mockRestore();
    warned.mockRestore();
  }
}

describe('lp solve', () => {
  it(
    'writes the solution by name with --out, with multipliers that price the objective',
    async () => {
      const out = join(folder, 'diet.json');
      const { code, stdout } = await call('solve', fixture('diet.lp'), '--out', out, '--method', 'highs');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^status +optimal$/m);
      const { columns, rows } = JSON.parse(readFileSync(out, 'utf8')) as {
        columns: { name: string; value: number; reducedCost: number }[];
        rows: { name: string; activity: number; dual: number }[];
      };
      expect(columns.map(({ name }) => name)).toEqual(['oats', 'milk', 'eggs']);
      expect(columns[0]!.value).toBeCloseTo(90 / 13, 6);
      expect(rows[1]).toMatchObject({ name: 'protein' });
      expect(rows[1]!.activity).toBeCloseTo(90, 6);
      expect(rows[1]!.dual * 90).toBeCloseTo(27 / 13, 6);
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
    TIMEOUT_MS,
  );
  it(
    'prints the first twenty values that are not zero',
    async () => {
      const names = Array.from({ length: 25 }, (_, j) => `x${j}`);
      const model = `Minimize\n ${names.join(' + ')} + none\nSubject To\n${names.map((name) => ` ${name} >= 2`).join('\n')}\nEnd\n`;
      const { stdout } = await call('solve', file('many.lp', model), '--method', 'highs');
      const values = stdout.slice(stdout.indexOf('values')).split('\n');
      expect(values[0]).toMatch(/^values +x0 = 2$/);
      expect(values.slice(19).map((line) => line.trim())).toEqual(['x19 = 2', '… and 5 more']);
    },
    TIMEOUT_MS,
  );
  it(
    'ends with 0 on an infeasible program, with 1 when the method has no certificate',
    async () => {
      const infeasible = await call('solve', fixture('overcommitted.mps'), '--json', '--method', 'highs');
      expect(infeasible.code).toBe(0);
      expect(JSON.parse(infeasible.stdout)).toMatchObject({
        status: 'infeasible',
        objective: null,
        gap: null,
      });
      const failed = await call(
        'solve',
        fixture('overcommitted.mps'),
        '--json',
        '--method',
        'javascript-lp-solver',
      );
      expect(failed.code).toBe(1);
      expect([infeasible.stderr, failed.stderr]).toEqual(['', '']);
      expect(JSON.parse(failed.stdout)).toMatchObject({
        status: 'failed',
        evaluations: null,
        message: expect.stringContaining('without a certificate') as string,
      });
    },
    TIMEOUT_MS,
  );
  it(
    'writes the certificate by name, with its error',
    async () => {
      const out = join(folder, 'overcommitted.json');
      const { code, stdout } = await call(
        'solve',
        fixture('overcommitted.mps'),
        '--out',
        out,
        '--method',
        'highs',
      );
      expect(code).toBe(0);
      expect(stdout).toMatch(/^certificate +Farkas multipliers of the rows, relative error 0\.00e\+0$/m);
      const { certificate } = JSON.parse(readFileSync(out, 'utf8')) as { certificate: unknown };
      expect(certificate).toEqual({
        kind: 'farkas-multipliers',
        relativeError: 0,
        values: [
          { name: 'FIRST', value: 1 },
          { name: 'SECOND', value: 1 },
          { name: 'BUDGET', value: -1 },
        ],
      });
    },
    TIMEOUT_MS,
  );
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

describe('lp evaluate', () => {
  it.each([
    [['--seed', '1'], '--seed: it is of the sets; got none, but --folder.'],
    [['--programs', '7'], '--programs: it is of the sets; got none, but --folder.'],
    [['--pairs', '3'], '--pairs: it is of the paper set, which is not evaluated.'],
    [['--sets', 'structured', '--pairs', '3'], '--pairs: it is of the paper set, which is not evaluated.'],
    [['--models', join(folder, 'none')], 'It must be a folder of trained models; there is none.'],
  ])('refuses --folder with %s', async (args, message) => {
    const refusal = await refusalOf(
      'evaluate',
      '--folder',
      folder,
      '--out',
      join(folder, 'evaluated'),
      ...args,
    );
    expect((refusal as Error).message).toContain(message);
    expect(existsSync(join(folder, 'evaluated'))).toBe(false);
  });
});

describe('lp report', () => {
  it(
    'writes the page of what evaluate wrote, and refuses a study that lipschitz did not write',
    async () => {
      const own = join(folder, 'own');
      mkdirSync(own);
      cpSync(fixture('diet.lp'), join(own, 'diet.lp'));
      writeFileSync(join(own, 'face.lp'), 'Minimize\n x + y\nSubject To\n c: x + y >= 1\nEnd\n');
      const out = join(folder, 'evaluation');
      const evaluated = await call('evaluate', '--folder', own, '--methods', 'pdhg', '--out', out);
      expect(evaluated.stderr).toContain('warning: --folder: face.lp (1 in all) may have several optima');
      expect(readFileSync(join(out, 'lp-folder.svg'), 'utf8')).toContain(
        'Iterations that end at the optimum',
      );
      const { run } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as {
        run: { config: unknown };
      };
      expect(run.config).toMatchObject({ sets: [], folder: own, methods: ['pdhg'] });
      const page = join(out, 'page.md');
      await call('report', '--in', out, '--out', page);
      expect(readFileSync(page, 'utf8')).toMatch(/^programs of a folder, .*; 2 in number\.$/m);
      expect(existsSync(join(out, 'page-lp-folder.svg'))).toBe(true);
      for (const wrong of ['null', '{', '{"study":{}}']) {
        const path = file('evaluation/lipschitz.json', wrong);
        expect(await refusalOf('report', '--in', out, '--out', page)).toEqual(
          new DataError(
            `--in: ${path} must be as lipschitz writes it; it is not. Remove it, or run lipschitz again.`,
          ),
        );
      }
    },
    TIMEOUT_MS,
  );
});

describe('lp instances', () => {
  it('refuses a folder without data', async () => {
    expect(await refusalOf('instances', '--data', folder)).toEqual(
      new DataError(`--data: the folder must hold lp/; got ${folder}.`),
    );
    mkdirSync(join(folder, 'lp'));
    const out = join(folder, 'tables', 'table.json');
    const empty = await refusalOf('instances', '--data', folder, '--out', out);
    expect(empty).toBeInstanceOf(DataError);
    expect((empty as Error).message).toMatch(
      /^--data: .* files that can be read; \d+ are not there: .*, …\.$/,
    );
    expect(existsSync(join(folder, 'tables'))).toBe(false);
  });
});

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
