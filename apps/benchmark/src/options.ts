/** From the command line to a checked request, before any work starts. */
import { resolve } from 'node:path';
import { DataError, type Domain } from '@equilibria/core';
import { type DomainsRequest, filesOf, prepareOutFolder } from '@equilibria/report';
import { Command, InvalidArgumentError } from 'commander';

/** What a run is asked to do. */
export type Request = Omit<DomainsRequest, 'manifest'> & {
  /** Folders that were made for its files, outermost first. */
  readonly made: readonly string[];
};

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
 * @throws {DataError} if a domain is unknown or the folder is of no use; no folder is left behind then.
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
  if (out === '') throw new DataError('--out: the folder must have a name; got an empty one.');
  const folder = resolve(base, out);
  const made = await prepareOutFolder(folder, filesOf(domains));
  return { out: folder, made, seed, domains };
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
  throw new DataError(`--domains: no domain is called '${name}'; there are ${names}.`);
}
