/** Files from strangers: opened only if they are files, and no larger than they may be. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Refuse } from './refusal.ts';

/** What may be opened. */
export type RegularFileOptions = {
  /** Largest size. */
  readonly maxBytes: number;
  /** Whether a symbolic link is opened, wherever it leads. Windows has no way to refuse it. */
  readonly followLinks: boolean;
};

/** An open file and its size. Owned by the caller, who closes it. */
export type RegularFile = { readonly file: FileHandle; readonly bytes: number };

/** What Windows has not. */
const OF_SYSTEM: { readonly O_NONBLOCK?: number; readonly O_NOFOLLOW?: number } = constants;

/**
 * Opens a file for reading. Refused are what is not there or no file (opening a pipe would wait for ever), links unless
 * they are followed, and files that are too large.
 */
export async function openRegularFile(
  path: string,
  { maxBytes, followLinks }: RegularFileOptions,
  refuse: Refuse,
): Promise<RegularFile> {
  const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = OF_SYSTEM;
  const flags = constants.O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW);
  const file = await open(path, flags).catch((cause: NodeJS.ErrnoException) => refuseUnopened(cause, refuse));
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      const kind = found.isDirectory() ? 'a folder' : 'a pipe, socket or device';
      refuse('be a file', kind, { remedy: 'Give the path of a file.' });
    }
    if (found.size > maxBytes) {
      refuse(`have at most ${maxBytes} bytes`, `${found.size}`, {
        remedy: 'If it may be trusted to be so large, raise maxBytes.',
      });
    }
    return { file, bytes: found.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a file that {@link openRegularFile} opens. */
export async function readRegularFile(
  path: string,
  options: RegularFileOptions,
  refuse: Refuse,
): Promise<Uint8Array> {
  const { file, bytes } = await openRegularFile(path, options, refuse);
  try {
    const content = new Uint8Array(bytes);
    await fillFrom(file, { into: content, position: 0 }, refuse);
    return content;
  } finally {
    await file.close();
  }
}

/** Bytes to fill, and where in the file they are. */
export type Fill = {
  readonly into: Uint8Array;
  readonly position: number;
  /** Called with each part of `into` that is filled, in order. */
  readonly onFilled?: (part: Uint8Array) => void;
};

/** Some systems read no more than 2 GiB at once. */
const CHUNK = 2 ** 26;

/** Fills bytes from a file; a file that has become shorter is refused. */
export async function fillFrom(
  file: FileHandle,
  { into, position, onFilled }: Fill,
  refuse: Refuse,
): Promise<void> {
  for (let done = 0; done < into.length;) {
    const length = Math.min(CHUNK, into.length - done);
    const { bytesRead } = await file.read(into, done, length, position + done);
    if (bytesRead === 0) refuse('stay as it is while it is read', 'a file that became shorter');
    onFilled?.(into.subarray(done, done + bytesRead));
    done += bytesRead;
  }
}

function refuseUnopened(cause: NodeJS.ErrnoException, refuse: Refuse): never {
  const options = { cause, remedy: 'Give the path of a file.' };
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return refuse('be there', 'no file', options);
  if (cause.code === 'ELOOP') {
    return refuse('be a file of its own folder', 'a symbolic link', {
      cause,
      remedy: 'Put the file itself there if its source is trusted.',
    });
  }
  return refuse('be a file that can be read', cause.code ?? String(cause), options);
}
