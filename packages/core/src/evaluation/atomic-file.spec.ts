import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from './atomic-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

const MODULE = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'atomic-file.ts')).href);

/** Runs a script in a process of its own. */
function start(script: string) {
  const flags = ['--import', 'tsx', '--conditions=@equilibria/source', '--input-type=module'];
  return spawn(process.execPath, [...flags, '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('writeFileAtomic', () => {
  it('replaces a file by text or bytes and leaves nothing beside it', async () => {
    const path = join(folder, 'file');
    await writeFileAtomic(path, 'Übung');
    expect(await readFile(path, 'utf8')).toBe('Übung');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect(Array.from(await readFile(path))).toEqual([1, 2, 3]);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it.each(['600', '666', '444'])('keeps the permissions %s of the file it replaces', async (octal) => {
    const mode = Number.parseInt(octal, 8);
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    await chmod(path, mode);
    await writeFileAtomic(path, 'new');
    expect((await stat(path)).mode & 0o777).toBe(mode);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('writes many files at once without a warning of Node', async () => {
    const script = `
      import { writeFileAtomic } from ${MODULE};
      const before = process.listenerCount('exit');
      const content = 'new'.repeat(1 << 16);
      const paths = Array.from({ length: 24 }, (_, i) => ${JSON.stringify(folder)} + '/' + i);
      await Promise.all(paths.map((path) => writeFileAtomic(path, content)));
      console.log(String(process.listenerCount('exit') - before));`;
    const child = start(script);
    let [said, warned] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (warned += text.toString()));
    await once(child, 'close');
    expect({ said, warned }).toEqual({ said: '0\n', warned: '' });
    expect(await readdir(folder)).toHaveLength(24);
  });

  it('leaves the old file whole when the process is killed while it writes', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const script = `
      import { writeFileAtomic } from ${MODULE};
      const content = 'new'.repeat(1 << 24);
      console.log('writing');
      await writeFileAtomic(${JSON.stringify(path)}, content);
      console.log('written');`;
    const child = start(script);
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(said).toBe('writing\n');
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('removes its temporary file when the process exits while it writes, before other listeners run', async () => {
    const script = `
      import { readdirSync, watch } from 'node:fs';
      import { writeFileAtomic } from ${MODULE};
      process.on('exit', () => console.log(String(readdirSync(${JSON.stringify(folder)}).length)));
      watch(${JSON.stringify(folder)}, (_, name) => {
        console.log(name);
        process.exit(130);
      });
      await writeFileAtomic(${JSON.stringify(join(folder, 'file'))}, 'new'.repeat(1 << 24));`;
    const child = start(script);
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, said }).toEqual({ code: 130, said: expect.stringMatching(/^file\..*\.tmp\n0\n$/) });
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves a pipe alone', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(writeFileAtomic(pipe, 'x')).rejects.toThrow('must be a file or absent; got a pipe');
    expect((await stat(pipe)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it("reports the file system's error and removes its temporary file", async () => {
    await writeFileAtomic(join(folder, 'other'), 'x');
    await expect(writeFileAtomic(join(folder, 'absent', 'file'), 'x')).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(writeFileAtomic(folder, 'x')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['other']);
  });
});
