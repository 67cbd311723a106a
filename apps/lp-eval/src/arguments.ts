/** Parsing of command-line values, and the exit codes of the app. */

import { methods, type AnswerStatus } from '@equilibria/lp-solver';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DataError } from '@equilibria/core';

/** Exit codes: a verified outcome, a failure, bad input or usage, a limit. */
export const EXIT = { ok: 0, failed: 1, usage: 2, limit: 3 } as const;

/** The exit code of an answer. */
export function exitCodeOf(status: AnswerStatus): number {
  if (status === 'failed') return EXIT.failed;
  return status === 'iteration-limit' || status === 'time-limit' ? EXIT.limit : EXIT.ok;
}

/** A positive number, as tolerances and times are. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}

/** A positive whole number. */
export function positiveInteger(text: string): number {
  const value = positiveNumber(text);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a positive whole number.');
}

/** The name of a method. */
export function methodName(text: string): string {
  if (Object.hasOwn(methods, text)) return text;
  throw new InvalidArgumentError(`It must be one of ${Object.keys(methods).join(', ')}.`);
}

/** Names of methods, separated by commas. */
export function methodNames(text: string): string[] {
  return text.split(',').map((name) => methodName(name.trim()));
}

/**
 * Runs a program and turns whatever ends it into an exit code and at most one line on standard error.
 *
 * Wrong usage that Commander cannot see is a `DataError`, as is a file that cannot be read. Ctrl-C ends the process with
 * 130 as soon as its thread is free: reading a large model holds it up. A file being written stays as it was.
 */
export async function runProgram(program: Command): Promise<void> {
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => process.exit(code));
  }
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its own line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`error: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  return error instanceof DataError ? EXIT.usage : EXIT.failed;
}

/** A command that throws instead of ending the process, and answers a wrong option in one line. */
export function createCommand(name: string): Command {
  return new Command(name).exitOverride().showSuggestionAfterError(false).configureHelp({ helpWidth: 100 });
}
