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

/** Runs the program from source; `interruptAt` sends Ctrl-C as soon as that text is printed. */
async function run(args: readonly string[], interruptAt?: string): Promise<Run> {
  const script = join(import.meta.dirname, 'main.ts');
  const node = ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source', script, ...args];
  const child = spawn(process.execPath, node, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
    if (interruptAt !== undefined && stdout.includes(interruptAt)) child.kill('SIGINT');
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('npm start', () => {
  it('writes results of the schema and a plot of the theory, and prints a table', async () => {
    const { code, stdout, stderr } = await run(['--domains', 'theory', '--seed', '3', '--out', 'out']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ +y − η\(xy − 1\), η = 0\.5 +implicit +1 /m);
    expect(stdout).not.toContain('tfjs');
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

  it('ends with 130 at Ctrl-C and leaves no file', async () => {
    const { code, stderr } = await run(['--out', 'out'], 'Newton');
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringMatching(/interrupted\n$/) });
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  }, 60_000);

  it('ends with 2 and one line at wrong usage', async () => {
    const { code, stdout, stderr } = await run(['--domains', 'alchemy']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);
});
