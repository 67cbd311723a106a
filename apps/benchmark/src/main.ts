/** `npm start`: the cross-domain benchmark. */
import * as tf from '@tensorflow/tfjs';
import { CommanderError } from 'commander';
import { domains } from './domains.ts';
import { readRequest } from './options.ts';
import { runBenchmark } from './run-benchmark.ts';
import { UsageError } from './usage-error.ts';

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

async function main(signal: AbortSignal): Promise<void> {
  // No advertisement for other backends: nothing here runs eagerly.
  tf.env().set('PROD', true);
  const request = await readRequest(process.argv.slice(2), domains);
  const { tables, warnings, files } = await runBenchmark(request, signal);
  console.log(`\n${tables.join('\n\n')}\n`);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  console.log(`Written: ${files.join(', ')}`);
}

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
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}
