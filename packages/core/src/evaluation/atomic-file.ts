/** Files that are whole or absent. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { DataError } from '@equilibria/compile';

/**
 * Writes a file by way of a temporary one beside it, which is flushed to disk and then renamed: at every moment `path` holds
 * what it held before or the new content, never a part of it. Its folder must exist. A symbolic link at `path` is replaced.
 *
 * The temporary file is removed after an error and when the process exits; only a process that is killed (or ended by a
 * signal that it does not handle) may leave a file named `path` + `.` + 12 hexadecimal digits + `.tmp` behind.
 * @param content - text is written as UTF-8. Borrowed.
 * @throws {DataError} if `path` is there and is no file, as a pipe or a device; it is left alone.
 * @throws the file system's error.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await refuseSpecialFile(path);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const remove = () => rmSync(temporary, { force: true });
  process.once('exit', remove);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    process.off('exit', remove);
  }
}

/** A rename would put a file in the place of a pipe or a device. Folders are refused by the rename itself. */
async function refuseSpecialFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null; // The usual case: a new file.
    throw error;
  });
  if (found === null || found.isFile() || found.isDirectory()) return;
  throw new DataError(`writeFileAtomic: ${path} must be a file or absent; got a pipe, socket or device.`);
}
