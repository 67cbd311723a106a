import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
/** Starting the app takes a second; on a busy machine several. */
const TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'lp-eval-'));

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the app from source, as `npm run -s lp --` does. */
function run(...args: readonly string[]): Promise<Run> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      '--conditions=@equilibria/source',
      fileURLToPath(new URL('main.ts', import.meta.url)),
      ...args,
    ],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

describe('lp solve', () => {
  it(
    'prints one JSON object with --json, and nothing else',
    async () => {
      const { code, stdout, stderr } = await run('solve', fixture('diet.lp'), '--json', '--method', 'highs');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { objective, wallTimeMs, ...rest } = JSON.parse(stdout) as Record<string, number>;
      expect(objective).toBeCloseTo(27 / 13, 6);
      expect(wallTimeMs).toBeGreaterThan(0);
      expect(rest).toMatchObject({
        file: fixture('diet.lp'),
        method: 'highs',
        relaxation: false,
        status: 'optimal',
      });
      expect(Object.keys(rest).toSorted()).toEqual(
        [
          'dualResidual',
          'evaluations',
          'file',
          'gap',
          'method',
          'primalResidual',
          'relaxation',
          'status',
        ].toSorted(),
      );
    },
    TIMEOUT_MS,
  );
  it(
    'writes the solution by name with --out, with multipliers that price the objective',
    async () => {
      const out = join(folder, 'diet.json');
      const { code, stdout } = await run('solve', fixture('diet.lp'), '--out', out, '--method', 'highs');
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
    'ends with 0 on an infeasible program, with 1 when the method has no certificate',
    async () => {
      const infeasible = await run('solve', fixture('overcommitted.mps'), '--json', '--method', 'highs');
      expect(infeasible.code).toBe(0);
      expect(JSON.parse(infeasible.stdout)).toMatchObject({
        status: 'infeasible',
        objective: null,
        gap: null,
      });
      const failed = await run(
        'solve',
        fixture('overcommitted.mps'),
        '--json',
        '--method',
        'javascript-lp-solver',
      );
      expect(failed.code).toBe(1);
      expect(JSON.parse(failed.stdout)).toMatchObject({ status: 'failed' });
      expect(failed.stderr).toContain('without a certificate');
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
    ['a tolerance of 0', () => [fixture('diet.lp'), '--tolerance', '0'], 'It must be a positive number.'],
    [
      'a missing folder',
      () => [fixture('diet.lp'), '--out', join(folder, 'no', 'x.json')],
      'x.json (ENOENT). Choose another file.',
    ],
    [
      'to overwrite the model',
      () => [file('model.lp', 'Minimize\n x\nEnd\n'), '--out', join(folder, 'model.lp')],
      '--out: it must not be the file that is read',
    ],
    ['an output without a name', () => [fixture('diet.lp'), '--out', ''], 'the file must have a name'],
  ])(
    'refuses %s in one line, with exit code 2',
    async (_, args, message) => {
      const { code, stdout, stderr } = await run('solve', ...args());
      expect(stderr).toContain(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
    TIMEOUT_MS,
  );
  it(
    'documents itself',
    async () => {
      const { code, stdout } = await run('solve', '--help');
      expect(code).toBe(0);
      expect(stdout).toContain('--time-limit <seconds>');
      expect(stdout).toContain('Exit code:');
    },
    TIMEOUT_MS,
  );
});

describe('lp evaluate', () => {
  it(
    'refuses a folder without data',
    async () => {
      const none = await run('evaluate', '--data', folder);
      expect(none).toMatchObject({
        code: 2,
        stderr: `error: --data: the folder must hold lp/; got ${folder}.\n`,
      });
      mkdirSync(join(folder, 'lp'));
      const out = join(folder, 'tables', 'table.json');
      const empty = await run('evaluate', '--data', folder, '--out', out);
      expect(empty).toMatchObject({ code: 2, stdout: '' });
      expect(empty.stderr).toMatch(
        /^error: --data: .* files that can be read; \d+ are not there: .*, …\.\n$/,
      );
      expect(existsSync(join(folder, 'tables'))).toBe(false);
    },
    TIMEOUT_MS,
  );
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
