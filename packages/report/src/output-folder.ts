/** The folder that a run writes into: checked before any work starts. */
import { existsSync, readdirSync, rmdirSync, type Stats } from 'node:fs';
import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '@equilibria/core';

/**
 * Removes those of the folders that are empty, as a run that fails before its first file leaves them.
 * @param made - each within the one before it, as `prepareOutFolder` gives them.
 */
export function removeEmptyFolders(made: readonly string[]): void {
  for (const folder of made.toReversed()) {
    if (!existsSync(folder) || readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

/**
 * Makes the folder if it is not there, and tries it out: permissions alone tell little of read-only file systems.
 *
 * @param files - names of what will be written into it; each must be a file, or absent.
 * @param option - the command-line option that named it, for errors; default `--out`.
 * @returns the folders made, outermost first.
 * @throws {DataError} if the folder is of no use; none is left behind then.
 */
export async function prepareOutFolder(
  folder: string,
  files: readonly string[] = [],
  option = '--out',
): Promise<readonly string[]> {
  const made: string[] = [];
  try {
    await makeFolder(folder, made);
    await rmdir(await mkdtemp(join(folder, '.probe-')));
    for (const file of files) await refuseFolder(option, join(folder, file));
    return made;
  } catch (cause) {
    removeEmptyFolders(made);
    if (cause instanceof DataError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new DataError(`${option}: cannot write into ${folder} (${code}); choose another folder.`, {
      cause,
    });
  }
}

/** Step by step, because the recursive `mkdir` of Node 20 never returns where a file system refuses, as in /proc. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  if ((await statOrNull(folder)) !== null) return;
  await makeFolder(dirname(folder), made);
  await mkdir(folder);
  made.push(folder);
}

async function refuseFolder(option: string, path: string): Promise<void> {
  const found = await statOrNull(path);
  if (found === null || found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'a pipe, socket or device';
  throw new DataError(`${option}: ${path} must be a file or absent; got ${what}. Choose another folder.`);
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
