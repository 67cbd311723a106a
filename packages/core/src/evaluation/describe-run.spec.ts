import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeRun } from './describe-run.ts';
import { parseResults } from './results.ts';

const facts = { seed: 3, config: { points: [1, 2] }, backend: 'b', dtype: 'float64', wallTimeMs: 5 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

describe('describeRun', () => {
  it('adds to the facts what the results schema wants', async () => {
    const run = await describeRun({ ...facts, folder });
    expect(run).toMatchObject(facts);
    expect(parseResults({ schema: 'equilibria.results/1', run, domains: [] }).run).toEqual(run);
  });

  it('tells the versions of what computes', async () => {
    const { versions } = await describeRun(facts);
    expect(versions).toMatchObject({ node: process.versions.node, '@tensorflow/tfjs': '4.22.0' });
    expect(versions['onnxruntime-node']).toMatch(/^\d+\.\d+\.\d+/);
    expect(versions).toHaveProperty(['@equilibria/core']);
    expect(versions).toHaveProperty(['@equilibria/compile']);
  });

  it('tells the packages that the program depends on, and what those of this repository depend on', async () => {
    const install = async (path: string, content: Record<string, unknown>) => {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, path, 'package.json'), JSON.stringify(content));
    };
    const library = { name: '@equilibria/lib', version: '2.0.0', dependencies: { engine: '*' } };
    await install('app', { name: 'app', version: '1.0.0', dependencies: { [library.name]: '*' } });
    await install('node_modules/@equilibria/lib', library);
    await install('node_modules/engine', { name: 'engine', version: '3.0.0', dependencies: { detail: '*' } });
    const manifest = pathToFileURL(join(folder, 'app', 'package.json'));
    expect((await describeRun({ ...facts, manifest })).versions).toEqual({
      node: process.versions.node,
      app: '1.0.0',
      '@equilibria/lib': '2.0.0',
      engine: '3.0.0',
    });
    await rm(join(folder, 'node_modules', 'engine'), { recursive: true });
    await expect(describeRun({ ...facts, manifest })).rejects.toThrow('describeRun: engine, on which');
  });

  it('tells the commit, that tracked files differ from it, and null outside a checkout', async () => {
    expect((await describeRun({ ...facts, folder })).commit).toBeNull();
    git('init', '-q');
    await writeFile(join(folder, 'file'), 'one');
    git('add', 'file');
    git('commit', '-q', '-m', 'first');
    const commit = git('rev-parse', 'HEAD');
    expect((await describeRun({ ...facts, folder })).commit).toBe(commit);
    await writeFile(join(folder, 'file'), 'two');
    expect((await describeRun({ ...facts, folder })).commit).toBe(`${commit}-dirty`);
  });

  it('names neither the machine nor its user', async () => {
    const { machine } = await describeRun({ ...facts, folder });
    const words = JSON.stringify(machine).split(/[^\w.-]+/);
    expect(words).not.toContain(hostname());
    expect(words).not.toContain(userInfo().username);
  });
});
