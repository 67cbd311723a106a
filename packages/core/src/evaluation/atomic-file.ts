/** Files that are whole or absent. */
import { randomBytes } from 'node:crypto';
import { rmSync, type Stats } from 'node:fs';
import { open, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { DataError } from '@equilibria/compile';

/** The bits of a mode that `chmod` sets. */
const PERMISSIONS = 0o7777;

/**
 * Temporary files being written. State of the module, because the exit of the process is one event: a listener for each file
 * would be a leak in the eyes of Node as soon as there are eleven.
 */
const unfinished = new Set<string>();

/**
 * Writes a file by way of a temporary one beside it, which is flushed to disk and then renamed: at every moment `path` holds
 * what it held before or the new content, never a part of it. Its folder must exist. A symbolic link at `path` is replaced. The
 * permissions of what is replaced are kept, its owner is not.
 *
 * The temporary file is removed after an error and when the process exits; only a process that is killed (or ended by a
 * signal that it does not handle) may leave a file named `path` + `.` + 12 hexadecimal digits + `.tmp` behind.
 * @param content - text is written as UTF-8, parts one after the other. Borrowed.
 * @throws {DataError} if `path` is there and is no file, as a pipe or a device; it is left alone.
 * @throws the file system's error.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const replaced = await statOrNull(path);
  refuseSpecialFile(path, replaced);
  const mode = replaced?.isFile() ? replaced.mode & PERMISSIONS : undefined;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  removeAtExit(temporary);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      if (mode !== undefined) await setMode(file, mode);
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    keepAtExit(temporary);
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null; // The usual case: a new file.
    throw error;
  });
}

/** A rename would put a file in the place of a pipe or a device. Folders are refused by the rename itself. */
function refuseSpecialFile(path: string, found: Stats | null): void {
  if (found === null || found.isFile() || found.isDirectory()) return;
  throw new DataError(`writeFileAtomic: ${path} must be a file or absent; got a pipe, socket or device.`);
}

/** Only where the umask took something away: file systems without permissions refuse to change them. */
async function setMode(file: FileHandle, mode: number): Promise<void> {
  if (((await file.stat()).mode & PERMISSIONS) !== mode) await file.chmod(mode);
}

/** Before the other listeners, which may want to tidy up the folder. */
function removeAtExit(path: string): void {
  if (unfinished.size === 0) process.prependListener('exit', removeUnfinished);
  unfinished.add(path);
}

function keepAtExit(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeUnfinished);
}

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}
