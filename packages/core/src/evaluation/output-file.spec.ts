import { execFileSync } from 'node:child_process';
import { linkSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@equilibria/compile';
import { assertWritable, saveFile } from './output-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
});

describe('assertWritable', () => {
  it('leaves no trace of a file that can be written, new or old', () => {
    const file = join(folder, 'a.json');
    assertWritable('--out', file);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(file, 'old');
    assertWritable('--out', file);
    expect(readdirSync(folder)).toEqual(['a.json']);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });
  it('refuses what is no file', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => assertWritable('--out', pipe)).toThrow(
      `--out: it must be a regular file; got the pipe, socket or device ${pipe}.`,
    );
    expect(() => assertWritable('--out', '/dev/null')).toThrow('it must be a regular file');
    expect(() => assertWritable('--out', folder)).toThrow(`it must be a file; got the folder ${folder}.`);
    expect(() => assertWritable('--out', '')).toThrow('the file must have a name; got an empty one.');
  });
  it('refuses a folder that is missing or takes no file', () => {
    const lost = join(folder, 'no', 'a.json');
    expect(() => assertWritable('--out', lost)).toThrow(DataError);
    expect(() => assertWritable('--out', lost)).toThrow(`--out: cannot write ${lost}: no such folder.`);
    if (process.platform !== 'linux') return;
    expect(() => assertWritable('--out', '/proc/a.json')).toThrow('--out: cannot write /proc/a.json: ');
    expect(() => assertWritable('--out', '/sys/a.json')).toThrow('--out: cannot write /sys/a.json: ');
  });
  it('refuses the file that is read, under any of its names', () => {
    const input = join(folder, 'm.lp');
    writeFileSync(input, 'model');
    symlinkSync(input, join(folder, 'symbolic'));
    linkSync(input, join(folder, 'hard'));
    for (const name of ['m.lp', 'symbolic', 'hard', '../' + folder.split('/').at(-1)! + '/m.lp']) {
      expect(() => assertWritable('--out', join(folder, name), input)).toThrow(
        'it must not be the file that is read',
      );
    }
    expect(() => assertWritable('--out', join(folder, 'other'), input)).not.toThrow();
  });
});

describe('saveFile', () => {
  it('writes the file, and names it where it cannot', async () => {
    const file = join(folder, 'a.json');
    await saveFile('--out', file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    const lost = join(folder, 'no', 'a.json');
    await expect(saveFile('--out', lost, 'new')).rejects.toThrow(
      `--out: cannot write ${lost}: no such folder.`,
    );
  });
});
