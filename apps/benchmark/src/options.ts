/** From the command line to a checked request, before any work starts. */
import { existsSync, readdirSync, rmdirSync, type Stats } from 'node:fs';
import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Domain } from '@equilibria/core';
import { Command, InvalidArgumentError } from 'commander';

/** What the caller of the program must change; its message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a run is asked to do. */
export type Request = {
  /** Folder of the files, absolute, existing and writable. */
  readonly out: string;
  /** Folders that were made for it, outermost first. */
  readonly made: readonly string[];
  readonly seed: number;
  readonly domains: readonly Domain[];
};

/** The results of all domains. */
export const RESULTS_FILE = 'results.json';

/** The formats in which the figure of each domain is written; also the ends of the names of these files. */
export const FIGURE_FORMATS = ['svg', 'png'] as const;

/** Where files go unless told otherwise: `out/benchmark` of the repository, as seen from `src` and from `dist`. */
const DEFAULT_OUT = resolve(import.meta.dirname, '../../../out/benchmark');

/** The folder in which npm was run, which npm leaves for that of the repository; else the working folder. */
export function userFolder(): string {
  return process.env['INIT_CWD'] ?? process.cwd();
}

/**
 * Reads the arguments of the program.
 *
 * @param args - without the names of Node and of the script.
 * @param known - the domains to choose from.
 * @param base - the folder that relative paths start from; default `userFolder()`.
 * @throws {CommanderError} if the arguments are wrong or help was asked for; the text is printed by then.
 * @throws {UsageError} if a domain is unknown or the folder is of no use; no folder is left behind then.
 */
export async function readRequest(
  args: readonly string[],
  known: readonly Domain[],
  base: string = userFolder(),
): Promise<Request> {
  const program = createProgram(known);
  program.parse(args, { from: 'user' });
  const { out = DEFAULT_OUT, seed, domains: names } = program.opts<Options>();
  const domains = names === undefined ? known : names.map((name) => domainNamed(name, known));
  if (out === '') throw new UsageError('--out: the folder must have a name; got an empty one.');
  const folder = resolve(base, out);
  const made = await prepareFolder(folder);
  for (const file of fileNames(domains)) await refuseFolder(join(folder, file));
  return { out: folder, made, seed, domains };
}

/**
 * Removes those of the folders that are empty, as a run that fails before its first file leaves them.
 * @param made - each within the one before it, as in `Request`.
 */
export function removeEmptyFolders(made: readonly string[]): void {
  for (const folder of made.toReversed()) {
    if (!existsSync(folder) || readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

type Options = { readonly out?: string; readonly seed: number; readonly domains?: readonly string[] };

function createProgram(known: readonly Domain[]): Command {
  const list = known.map(({ name, title }) => `  ${name.padEnd(18)}${title}`).join('\n');
  return new Command('npm start --')
    .description(
      'Runs every method of every domain and measures quality and Lipschitz constant against the evaluations of the ' +
        'operator. Prints a table; writes results.json and, for each domain, a plot as SVG and PNG.',
    )
    .option(
      '--out <folder>',
      `folder for the files, made if it is not there (default: out/benchmark of the repository)`,
    )
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
  throw new InvalidArgumentError('It must be a safe integer: from −(2⁵³ − 1) to 2⁵³ − 1.');
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

/** Names of all files that a run may write. */
function fileNames(domains: readonly Domain[]): string[] {
  return [
    RESULTS_FILE,
    ...domains.flatMap(({ name }) => FIGURE_FORMATS.map((format) => `${name}.${format}`)),
  ];
}

/**
 * Makes the folder if it is not there, and tries it out: permissions alone tell little of read-only file systems.
 * @returns the folders made.
 */
async function prepareFolder(folder: string): Promise<readonly string[]> {
  const made: string[] = [];
  try {
    await makeFolder(folder, made);
    await rmdir(await mkdtemp(join(folder, '.probe-')));
    return made;
  } catch (cause) {
    removeEmptyFolders(made);
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new UsageError(`--out: cannot write into ${folder} (${code}); choose another folder.`, { cause });
  }
}

/** Step by step, because the recursive `mkdir` of Node 20 never returns where a file system refuses, as in /proc. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  if ((await statOrNull(folder)) !== null) return;
  await makeFolder(dirname(folder), made);
  await mkdir(folder);
  made.push(folder);
}

async function refuseFolder(path: string): Promise<void> {
  const found = await statOrNull(path);
  if (found === null || found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'a pipe, socket or device';
  throw new UsageError(`--out: ${path} must be a file or absent; got ${what}. Choose another folder.`);
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
