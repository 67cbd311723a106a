/** From the command line to a checked request, before any work starts. */
import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Domain } from '@equilibria/core';
import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from './usage-error.ts';

/** What a run is asked to do. */
export type Request = {
  /** Folder of the files, existing and writable. */
  readonly out: string;
  readonly seed: number;
  readonly domains: readonly Domain[];
};

/**
 * Reads the arguments of the program.
 *
 * @param args - without the names of Node and of the script.
 * @param known - the domains to choose from.
 * @throws {CommanderError} if the arguments are wrong or help was asked for; the text is printed by then.
 * @throws {UsageError} if a domain is unknown or the folder is of no use.
 */
export async function readRequest(args: readonly string[], known: readonly Domain[]): Promise<Request> {
  const program = createProgram(known);
  program.parse(args, { from: 'user' });
  const { out, seed, domains: names } = program.opts<{ out: string; seed: number; domains?: string[] }>();
  const domains = names === undefined ? known : names.map((name) => domainNamed(name, known));
  await assertWritableFolder(out);
  return { out, seed, domains };
}

function createProgram(known: readonly Domain[]): Command {
  const list = known.map(({ name, title }) => `  ${name.padEnd(18)}${title}`).join('\n');
  return new Command('npm start --')
    .description(
      'Runs every method of every domain and measures quality and Lipschitz constant against the evaluations of the ' +
        'operator. Prints a table; writes results.json and, for each domain, a plot as SVG and PNG.',
    )
    .option('--out <folder>', 'folder for the files, made if it is not there', 'out/benchmark')
    .option('--seed <integer>', 'root seed of all random numbers', seedOf, 0)
    .option('--domains <names>', 'domains to run, separated by commas (default: all)', namesOf)
    .addHelpText(
      'after',
      `\nDomains:\n${list}\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
    )
    .showSuggestionAfterError(false)
    .exitOverride();
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('It must be an integer.');
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return [...new Set(names)];
  throw new InvalidArgumentError('It must be names separated by commas.');
}

function domainNamed(name: string, known: readonly Domain[]): Domain {
  const domain = known.find((candidate) => candidate.name === name);
  if (domain !== undefined) return domain;
  const names = known.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`--domains: no domain is called '${name}'; there are ${names}.`);
}

/** Tries it out: permissions alone tell little of read-only file systems. */
async function assertWritableFolder(folder: string): Promise<void> {
  if (folder === '') throw new UsageError('--out: the folder must have a name; got an empty one.');
  try {
    await makeFolder(resolve(folder));
    await rmdir(await mkdtemp(join(folder, '.probe-')));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new UsageError(`--out: cannot write into ${folder} (${code}); choose another folder.`, { cause });
  }
}

/** Step by step, because the recursive `mkdir` of Node 20 never returns where a file system refuses, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found !== null) return;
  await makeFolder(dirname(folder));
  await mkdir(folder);
}
