/** Parsing of command-line values, the exit codes of the app, and how it ends. */

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '@equilibria/core';
import {
  type AnswerStatus,
  LEAST_TOLERANCE,
  methodNamed,
  namesOfMethods,
  publicInstances,
} from '@equilibria/lp-solver';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

/** Exit codes: a verified outcome, a failure, bad input or usage, a limit. A signal adds its number to 128. */
export const EXIT = { ok: 0, failed: 1, usage: 2, limit: 3 } as const;

/** The exit code of an answer. */
export function exitCodeOf(status: AnswerStatus): number {
  if (status === 'failed') return EXIT.failed;
  return status === 'iteration-limit' || status === 'time-limit' ? EXIT.limit : EXIT.ok;
}

const DECIMAL = /^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A decimal number; NaN for anything else, as hexadecimal numbers. */
function decimal(text: string): number {
  return DECIMAL.test(text.trim()) ? Number(text) : NaN;
}

/** A positive number, as times are. */
export function positiveNumber(text: string): number {
  const value = decimal(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}

/** A positive whole number. */
export function positiveInteger(text: string): number {
  const value = decimal(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive whole number.');
}

/** A bound on relative errors. */
export function tolerance(text: string): number {
  const value = decimal(text);
  if (value >= LEAST_TOLERANCE && value < 1) return value;
  throw new InvalidArgumentError(
    `It must be a decimal number from ${LEAST_TOLERANCE} (float64 rounds) to below 1 (within which every point is).`,
  );
}

/** The name of a method; of another name for it, its own. */
export function methodName(text: string): string {
  const name = methodNamed(text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`It must be one of ${namesOfMethods.join(', ')}.`);
}

/** Names of methods, separated by commas. */
export function methodNames(text: string): string[] {
  return text.split(',').map((name) => methodName(name.trim()));
}

/** Names of a list, separated by commas; each once. */
export function namesAmong(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined) return [...new Set(names)];
    throw new InvalidArgumentError(
      `It must be names of ${known.join(', ')}; got ${JSON.stringify(unknown)}.`,
    );
  };
}

/** A whole number, as seeds are. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number.');
}

/** Whole numbers, separated by commas. */
export function wholeNumbers(text: string): number[] {
  return [...new Set(text.split(',').map((part) => wholeNumber(part.trim())))];
}

/** A folder of trained models. */
export function modelsFolder(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory() === true) return text;
  throw new InvalidArgumentError('It must be a folder of trained models; there is none.');
}

/** Names of public instances, separated by commas: `afiro`, or `netlib/afiro`. */
export function instanceNames(text: string): string[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    if (publicInstances.some((instance) => isNamed(instance, name))) return name;
    throw new InvalidArgumentError(
      `It must be names of public instances, as ${publicInstances[0]!.file.split('.')[0]}; ${JSON.stringify(name)} is none.`,
    );
  });
}

/** Whether a name, with or without its folder and its endings, is that of an instance. */
export function isNamed(
  { set, file }: { readonly set: string; readonly file: string },
  name: string,
): boolean {
  const stem = file.replace(/\.(?:mps|lp)(?:\.gz)?$/i, '');
  return [file, stem, `${set}/${file}`, `${set}/${stem}`].includes(name);
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

/**
 * Runs a program and turns whatever ends it into an exit code and at most one line on standard error.
 *
 * Wrong usage that Commander cannot see is a `DataError`, as is a file that cannot be read. Ctrl-C ends the process with
 * 130 as soon as its thread is free: reading a large model holds it up. A file being written stays as it was. A reader of
 * standard output that has gone ends nothing.
 */
export async function runProgram(program: Command): Promise<void> {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      if (signal === 'SIGINT') console.error(process.stderr.isTTY ? '\r\u001B[Kinterrupted' : 'interrupted');
      process.exit(code);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // EPIPE: `… | head` has seen enough.
    if (error.code !== 'EPIPE') process.exitCode = report(new Error(`standard output: ${error.message}`));
  });
  // A terminal that has gone takes no message either.
  process.stderr.on('error', () => undefined);
  goWhereNpmWasCalled();
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** `npm run` goes to the folder of package.json first; the paths on the command line are meant from where it was called. */
function goWhereNpmWasCalled(): void {
  const { INIT_CWD: caller, npm_package_json: manifest } = process.env;
  if (caller === undefined || manifest === undefined || dirname(manifest) !== process.cwd()) return;
  process.chdir(caller);
}

/** The message of what was thrown, in one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

function report(error: unknown): number {
  // Commander has printed its own line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  console.error(`error: ${messageOf(error)}`);
  return error instanceof DataError ? EXIT.usage : EXIT.failed;
}

/** A command that throws instead of ending the process, and answers a wrong option in one line. */
export function createCommand(name: string): Command {
  return new Command(name).exitOverride().showSuggestionAfterError(false).configureHelp({ helpWidth: 100 });
}
