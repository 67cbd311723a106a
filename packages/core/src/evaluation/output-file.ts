/** Whether a file can be written, found out before anything is computed for it. */

import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, rmSync, type Stats, statSync } from 'node:fs';
import { DataError } from '@equilibria/compile';
import { writeFileAtomic } from './atomic-file.ts';

/**
 * Checks that `writeFileAtomic` will be able to write a file, by making a temporary one beside it.
 *
 * @param option - the option that named the file, for the message.
 * @param input - a file that is read and must not be replaced.
 * @throws {DataError} if the name is empty or the input's, if something else than a file is there, or if its folder is
 *   missing or refuses a new file.
 */
export function assertWritable(option: string, file: string, input?: string): void {
  if (file === '') throw new DataError(`${option}: the file must have a name; got an empty one.`);
  try {
    refuseTarget(option, file, input);
    const probe = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    closeSync(openSync(probe, 'wx'));
    rmSync(probe);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${option}: cannot write ${file}: ${reasonOf(error)}. Choose another file.`, {
      cause: error,
    });
  }
}

/**
 * Writes a file as `writeFileAtomic` does.
 *
 * @throws {Error} naming the option and the file, and why it could not be written.
 */
export async function saveFile(option: string, file: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(file, content);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new Error(`${option}: cannot write ${file}: ${reasonOf(error)}.`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large',
};

function reasonOf(error: unknown): string {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
}

function refuseTarget(option: string, file: string, input: string | undefined): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) throw new DataError(`${option}: it must be a file; got the folder ${file}.`);
  if (!found.isFile()) {
    throw new DataError(`${option}: it must be a regular file; got the pipe, socket or device ${file}.`);
  }
  accessSync(file, constants.W_OK);
  const read = input === undefined ? undefined : statSync(input, { throwIfNoEntry: false });
  if (read !== undefined && isSame(found, read)) {
    throw new DataError(`${option}: it must not be the file that is read; got ${file}.`);
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
