import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readProgramFolder } from './program-folder.ts';

describe('readProgramFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'programs-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string | Uint8Array) => writeFile(join(folder, name), text);
  const SOLVABLE = 'Maximize\n x + y\nSubject To\n c: x + 2 y <= 4\nBounds\n x <= 3\nEnd\n';
  const MPS = 'NAME t\nROWS\n N o\n G c\nCOLUMNS\n a o 1 c 1\nRHS\n r c 2\nENDATA\n';

  it('gives what has an optimum, in the order of the names', async () => {
    await write('b.lp', SOLVABLE);
    await write('a.lp', SOLVABLE.replace('x <= 3', 'x <= 2'));
    await write('c.MPS.gz', gzipSync(MPS));
    await write('notes.txt', 'not a program');
    await mkdir(join(folder, 'older'));
    const told: string[] = [];
    const { programs, files, skipped } = await readProgramFolder(folder, {
      onProgress: (done, of) => told.push(`${done}/${of}`),
    });
    expect(files).toEqual(['a.lp', 'b.lp', 'c.MPS.gz']);
    expect(programs.map(({ x }) => Array.from(x))).toEqual([[2, 1], [3, 0.5], [2]]);
    expect(programs.map(({ lp }) => lp.sense)).toEqual(['minimize', 'minimize', 'minimize']);
    expect(skipped).toEqual([]);
    expect(told).toEqual(['1/3', '2/3', '3/3']);
  });

  it('says of the rest why not', async () => {
    await write('a-infeasible.lp', SOLVABLE.replace('x <= 3', '5 <= x <= 9'));
    await write('b-unbounded.lp', SOLVABLE.replace('x + 2 y <= 4', 'x - y <= 4'));
    await write('c-text.lp', 'what is this');
    await mkdir(join(folder, 'd-folder.mps'));
    await write('e.lp', SOLVABLE);
    const { files, skipped } = await readProgramFolder(folder);
    expect(files).toEqual(['e.lp']);
    expect(skipped).toEqual([
      { file: 'a-infeasible.lp', reason: 'it is infeasible: no point holds all its rows and bounds' },
      { file: 'b-unbounded.lp', reason: 'it is unbounded: its objective has no optimum' },
      { file: 'c-text.lp', reason: expect.stringContaining('c-text.lp, line 1: ') },
      { file: 'd-folder.mps', reason: expect.stringContaining('must be readable; got a folder') },
    ]);
  });

  it('refuses a folder that is none, or has nothing to solve', async () => {
    await expect(readProgramFolder(join(folder, 'none'))).rejects.toThrow('must be a folder; it is not');
    await expect(readProgramFolder(folder)).rejects.toThrow('must hold files named .mps, .lp');
    await write('d.lp', 'what is this');
    await write('e.lp', 'nor this');
    await expect(readProgramFolder(folder)).rejects.toThrow(
      'must hold a program with an optimum; got 2 without, the first of them d.lp: ',
    );
  });

  it('says of a program that HiGHS gave up on it in the time there was', async () => {
    await write('a.lp', SOLVABLE);
    await expect(readProgramFolder(folder, { timeLimitMs: 1e-6 })).rejects.toThrow('in the state timeLimit');
  });
});
