import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResults } from '@equilibria/core';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type Doing = {
  /** Sends Ctrl-C, once, as soon as this text is on standard error. */
  readonly interruptAt?: string;
  /** Stops reading at once. */
  readonly isDeaf?: boolean;
};

/** Runs the program from source, as npm does for a user who is in `folder`. */
async function run(args: readonly string[], { interruptAt, isDeaf = false }: Doing = {}): Promise<Run> {
  const script = join(import.meta.dirname, 'main.ts');
  const node = ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source', script, ...args];
  const child = spawn(process.execPath, node, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', INIT_CWD: folder },
  });
  let [stdout, stderr, isInterrupted] = ['', '', false];
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    if (isInterrupted || interruptAt === undefined || !stderr.includes(interruptAt)) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  if (isDeaf) for (const stream of [child.stdout, child.stderr]) stream.destroy();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('npm start', () => {
  it('writes results of the schema and a plot of the theory, and prints nothing but a table', async () => {
    const { code, stdout, stderr } = await run(['--domains', 'theory', '--seed', '3', '--out', 'out']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^› Newton$/m) });
    expect(stderr).not.toContain('tfjs');
    expect(stdout).toMatch(/^theory: .*\n.*\n +method .*\n +y − η\(xy − 1\), η = 0\.5 +implicit +1 /);
    expect(stdout).not.toMatch(/[❯›✔]|tfjs/);
    expect(stdout).toMatch(/\nWritten: out.results\.json, out.theory\.svg, out.theory\.png\n$/);
    const { run: described, domains } = await readResults(join(folder, 'out', 'results.json'));
    expect(described).toMatchObject({ seed: 3, config: { domains: ['theory'] }, dtype: 'float64' });
    expect(Object.keys(described.versions)).toEqual(
      expect.arrayContaining(['@equilibria/core', '@equilibria/lp-solver', 'highs', 'onnxruntime-node']),
    );
    expect(domains.map(({ name }) => name)).toEqual(['theory']);
    expect((await readdir(join(folder, 'out'))).toSorted()).toEqual([
      'results.json',
      'theory.png',
      'theory.svg',
    ]);
    expect(await readFile(join(folder, 'out', 'theory.svg'), 'utf8')).toContain('Newton');
  }, 60_000);

  it('ends with 130 at Ctrl-C and leaves nothing, not even the folders it made', async () => {
    const { code, stdout, stderr } = await run(['--out', 'new/out'], { interruptAt: 'Newton' });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\ninterrupted\n$/);
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);

  it('keeps at Ctrl-C what is done', async () => {
    const args = ['--domains', 'theory,lp', '--out', 'out'];
    const { code, stdout } = await run(args, { interruptAt: 'implicit-gnn-8' });
    expect({ code, stdout }).toEqual({ code: 130, stdout: expect.stringMatching(/^theory: /) });
    const { domains } = await readResults(join(folder, 'out', 'results.json'));
    expect(domains.map(({ name }) => name)).toEqual(['theory']);
  }, 60_000);

  it('writes its files though nobody reads what it prints', async () => {
    const { code } = await run(['--domains', 'theory', '--out', 'out'], { isDeaf: true });
    expect(code).toBe(0);
    expect(await readdir(join(folder, 'out'))).toHaveLength(3);
  }, 60_000);

  it('ends with 2 and one line at wrong usage', async () => {
    const { code, stdout, stderr } = await run(['--domains', 'alchemy']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);
});
