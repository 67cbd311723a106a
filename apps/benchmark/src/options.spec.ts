import { jest } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeEmptyFolders } from '@equilibria/report';
import { domains } from './domains.ts';
import { readRequest } from './options.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (...args: string[]) => readRequest(['--out', join(folder, 'out'), ...args], domains);

describe('readRequest', () => {
  it('runs every domain with seed 0 unless told otherwise', async () => {
    const out = join(folder, 'out');
    expect(await read()).toEqual({ out, made: [out], seed: 0, domains });
  });

  it('takes a seed and names of domains, each once', async () => {
    const request = await read('--seed', '-12', '--domains', 'theory-two-pole, theory,theory');
    expect(request.seed).toBe(-12);
    expect(request.domains.map(({ name }) => name)).toEqual(['theory-two-pole', 'theory']);
  });

  it('takes a relative folder from where npm was run, else from the working folder', async () => {
    const before = process.env['INIT_CWD'];
    try {
      process.env['INIT_CWD'] = folder;
      expect((await readRequest(['--out', 'out'], domains)).out).toBe(join(folder, 'out'));
      delete process.env['INIT_CWD'];
      const { out, made } = await readRequest(['--out', 'src'], domains);
      expect({ out, made }).toEqual({ out: resolve('src'), made: [] });
    } finally {
      if (before !== undefined) process.env['INIT_CWD'] = before;
    }
  });

  it.each(['results.json', 'theory.svg', 'lp.png'])('refuses a folder in the place of %s', async (name) => {
    await mkdir(join(folder, name));
    await expect(readRequest(['--out', folder], domains)).rejects.toThrow(
      `--out: ${join(folder, name)} must be a file or absent; got a folder. Choose another folder.`,
    );
  });

  it('makes the folder and leaves nothing in it', async () => {
    const { out } = await read();
    expect(await readdir(out)).toEqual([]);
  });

  it('names an unknown domain and those there are', async () => {
    await expect(read('--domains', 'theory,alchemy')).rejects.toThrow(
      /^--domains: no domain is called 'alchemy'; there are theory, /,
    );
  });

  it('refuses a folder that cannot be one, before any work', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(readRequest(['--out', file], domains)).rejects.toThrow(
      `--out: cannot write into ${file} (ENOTDIR); choose another folder.`,
    );
    await expect(readRequest(['--out', join(file, 'below')], domains)).rejects.toThrow('(ENOTDIR)');
    await expect(readRequest(['--out', ''], domains)).rejects.toThrow('--out: the folder must have a name');
  });

  it('makes the folders above, too, and gives up where the system refuses', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await readRequest(['--out', deep], domains);
    expect(await readdir(deep)).toEqual([]);
    if (process.platform !== 'linux') return;
    await expect(readRequest(['--out', '/proc/results/here'], domains)).rejects.toThrow(
      '--out: cannot write into /proc/results/here (ENOENT); choose another folder.',
    );
  });

  it('explains every option and domain when asked for help', async () => {
    const written: string[] = [];
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0);
    try {
      await expect(read('--help')).rejects.toMatchObject({ exitCode: 0 });
    } finally {
      write.mockRestore();
    }
    for (const word of ['--out', '--seed', '--domains', ...domains.map(({ name }) => name)]) {
      expect(written.join('')).toContain(word);
    }
  });

  it.each([
    [['--sead', '1'], "error: unknown option '--sead'"],
    [['--seed'], "error: option '--seed <integer>' argument missing"],
    [['--seed', '1.5'], "argument '1.5' is invalid. It must be a safe integer"],
    [['--seed', '9007199254740993'], "argument '9007199254740993' is invalid. It must be a safe integer"],
    [['--domains', 'theory,,'], "argument 'theory,,' is invalid."],
    [['extra'], 'error: too many arguments.'],
  ])('answers %j in one line', async (args, message) => {
    const written: string[] = [];
    const write = jest
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0);
    try {
      await expect(read(...args)).rejects.toMatchObject({ exitCode: 1 });
    } finally {
      write.mockRestore();
    }
    expect(written.join('')).toContain(message);
    expect(written.join('').trimEnd()).not.toContain('\n');
  });
});

describe('removeEmptyFolders', () => {
  it('removes what was made, from the inside out, as far as it is empty', async () => {
    const { made } = await readRequest(['--out', join(folder, 'a', 'b', 'c')], domains);
    expect(made).toEqual([join(folder, 'a'), join(folder, 'a', 'b'), join(folder, 'a', 'b', 'c')]);
    await writeFile(join(folder, 'a', 'mine'), '');
    removeEmptyFolders(made);
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readdir(join(folder, 'a'))).toEqual(['mine']);
  });

  it('leaves alone what is gone', async () => {
    const { out, made } = await read();
    await rm(out, { recursive: true });
    removeEmptyFolders(made);
    expect(await readdir(folder)).toEqual([]);
  });
});
