import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
/** Starting the app takes a second; on a busy machine several. */
const TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'lp-eval-'));

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Starts the app from source, as `npm run -s lp --` does. */
function start(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
) {
  // The tests themselves may run under npm.
  const { INIT_CWD: _caller, npm_package_json: _manifest, ...own } = process.env;
  return spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      '--conditions=@equilibria/source',
      fileURLToPath(new URL('main.ts', import.meta.url)),
      ...args,
    ],
    { ...(cwd === undefined ? {} : { cwd }), env: { ...own, NODE_OPTIONS: '', ...env } },
  );
}

function ended(child: ReturnType<typeof start>): Promise<Run> {
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

const run = (...args: readonly string[]): Promise<Run> => ended(start(args));

/** Waits until something holds, up to half a minute: on a busy machine the app takes long to start. */
async function until<T>(find: () => T | undefined): Promise<T | undefined> {
  for (let k = 0; k < 600; k++) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return undefined;
}

/** The process that a process started, when it is there. */
async function childOf(pid: number): Promise<number> {
  const found = await until(() => {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines
      .map((line) => line.trim().split(/\s+/).map(Number))
      .find(([, parent]) => parent === pid)?.[0];
  });
  return found!;
}

async function isGone(pid: number): Promise<boolean> {
  const gone = await until(() => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  });
  return gone ?? false;
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
      expect(Object.keys(rest)).toEqual(
        expect.arrayContaining(['primalResidual', 'dualResidual', 'gap', 'evaluations', 'message', 'sense']),
      );
      const { columns, rows } = rest as unknown as Record<'columns' | 'rows', { name: string }[]>;
      expect(columns.map(({ name }) => name)).toEqual(['oats', 'milk', 'eggs']);
      expect(rows[1]).toMatchObject({ name: 'protein', dual: expect.any(Number) as number });
    },
    TIMEOUT_MS,
  );
  it.each([
    ['a bad file', () => file('empty.mps', ''), 'empty.mps: the file must hold a model; got an empty file.'],
    ['an unknown option', () => '--foo', "error: unknown option '--foo'"],
  ])(
    'refuses %s in one line, with exit code 2',
    async (_, arg, message) => {
      const { code, stdout, stderr } = await run('solve', arg());
      expect(stderr).toContain(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
    TIMEOUT_MS,
  );
  it(
    'ends with 3 at a limit, with the point where there is one',
    async () => {
      const late = await run('solve', fixture('far.lp'), '--json', '--time-limit', '1');
      expect(late.code).toBe(3);
      expect(JSON.parse(late.stdout)).toMatchObject({
        status: 'time-limit',
        primalResidual: expect.any(Number) as number,
      });
      const none = await run('solve', fixture('diet.lp'), '--json', '--iterations', '10');
      expect(none.code).toBe(3);
      expect(JSON.parse(none.stdout)).toMatchObject({
        status: 'iteration-limit',
        gap: null,
        primalResidual: null,
      });
    },
    TIMEOUT_MS,
  );
  it(
    'writes its file though nobody reads what it prints',
    async () => {
      const out = join(folder, 'unread.json');
      const child = start(['solve', fixture('diet.lp'), '--out', out, '--method', 'highs']);
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      const [code] = (await once(child, 'close')) as [number];
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(existsSync(out)).toBe(true);
    },
    TIMEOUT_MS,
  );
  it(
    'takes paths from where npm was called',
    async () => {
      const root = fileURLToPath(new URL('../../..', import.meta.url));
      const child = start(['solve', 'diet.lp', '--json', '--method', 'highs'], {
        cwd: root,
        env: {
          INIT_CWD: fileURLToPath(new URL('fixtures', import.meta.url)),
          npm_package_json: join(root, 'package.json'),
        },
      });
      const { code, stdout } = await ended(child);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ file: 'diet.lp', status: 'optimal' });
    },
    TIMEOUT_MS,
  );
  it.each([
    ['SIGINT', 130, 'interrupted\n'],
    ['SIGHUP', 129, ''],
  ] as const)(
    'leaves no part of a file and no process behind after %s',
    async (signal, code, stderr) => {
      const out = join(mkdtempSync(join(tmpdir(), 'lp-eval-')), 'far.json');
      const child = start(['solve', fixture('far.lp'), '--out', out]);
      const running = ended(child);
      const method = await childOf(child.pid!);
      child.kill(signal);
      expect(await running).toEqual({ code, stdout: '', stderr });
      expect(readdirSync(dirname(out))).toEqual([]);
      await expect(isGone(method)).resolves.toBe(true);
    },
    TIMEOUT_MS,
  );
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
