/** `npm start`: the cross-domain benchmark. */
import { relative } from 'node:path';
import { DataError } from '@equilibria/core';
import { removeEmptyFolders, runDomains, TABLE_LEGEND } from '@equilibria/report';
import * as tf from '@tensorflow/tfjs';
import { CommanderError } from 'commander';
import { domains } from './domains.ts';
import { readRequest, userFolder } from './options.ts';

/** Its dependencies are told in the results. */
const MANIFEST = new URL('../package.json', import.meta.url);

const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;

/** How long an interrupted run may take to come to an end by itself. */
const GRACE_MS = 3000;

/** Ctrl-C stops the work at its next pause; a second one, or no pause in time, ends the process at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error('interrupted'));
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  return controller.signal;
}

/** A reader that goes away, as `head` does, stops nothing: the files are written all the same. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') return;
      process.exitCode = EXIT.failed;
      if (stream === process.stdout) console.error(`error: standard output cannot be written (${code}).`);
    });
  }
}

/** The tables and the list of files go to standard output, all else to standard error. */
async function main(signal: AbortSignal): Promise<void> {
  // No advertisement for other backends: nothing here runs eagerly.
  tf.env().set('PROD', true);
  const request = await readRequest(process.argv.slice(2), domains);
  process.once('exit', () => removeEmptyFolders(request.made));
  const { tables, warnings, files, isComplete } = await runDomains(
    { ...request, manifest: MANIFEST },
    { signal },
  );
  process.stderr.write('\n');
  if (tables.length > 0) process.stdout.write(`${tables.join('\n\n')}\n\n${TABLE_LEGEND}\n\n`);
  for (const warning of warnings) console.error(`warning: ${warning}`);
  if (files.length > 0) process.stdout.write(`Written: ${files.map(asSeen).join(', ')}\n`);
  if (!isComplete) process.exitCode = EXIT.failed;
  signal.throwIfAborted();
}

/** A path as its reader would write it: from the working folder if it is below. */
function asSeen(path: string): string {
  const short = relative(userFolder(), path);
  return short.startsWith('..') ? path : short;
}

outliveReaders();
const signal = interruptible();
try {
  await main(signal);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage; // Its text is printed.
  } else if (signal.aborted) {
    console.error('interrupted');
    process.exitCode = EXIT.interrupted;
  } else {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof DataError ? EXIT.usage : EXIT.failed;
  }
}
