/** Whether a file can be written, found out before anything is computed for it. */

import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, rmSync, type Stats, statSync } from 'node:fs';
import { DataError } from '@equilibria/core';

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
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new DataError(`${option}: cannot write ${file} (${code}). Choose another file.`, { cause: error });
  }
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
