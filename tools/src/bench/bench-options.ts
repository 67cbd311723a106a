/** The command line of a benchmark: where its report goes, its help, and options of its own. */
import { parseArgs } from 'node:util';
import { assertWritable } from '@equilibria/core';
import type { ReportFiles } from './write-report.ts';

/** Texts of own options by name, as they are by default; undefined for none. */
type Defaults = Readonly<Record<string, string | undefined>>;

/** What the options were given; an option without a default may be given nothing. */
type Texts<D extends Defaults> = {
  readonly [K in keyof D]: D[K] extends string ? string : string | undefined;
};

/**
 * The options that a benchmark was called with, `--json` and `--markdown` among them; null if only help was asked for, which is printed.
 *
 * @param own - the default of each option of its own.
 * @param args - default those of the process.
 * @throws {DataError} if a file cannot be written.
 * @throws {TypeError} with a code that begins with ERR_PARSE_ARGS, if an option is not among them.
 */
export function benchOptions<D extends Defaults>(
  help: string,
  own: D,
  args: readonly string[] = process.argv.slice(2),
): (ReportFiles & Texts<D>) | null {
  const text = (standard: string | undefined) =>
    ({ type: 'string', ...(standard !== undefined && { default: standard }) }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.entries(own).map(([name, standard]) => [name, text(standard)])),
      json: text(undefined),
      markdown: text(undefined),
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(help);
    return null;
  }
  const { json, markdown } = values;
  if (json !== undefined) assertWritable('--json', json);
  if (markdown !== undefined) assertWritable('--markdown', markdown);
  // `parseArgs` does not know the own names by their types.
  return { ...own, ...values, json, markdown } as ReportFiles & Texts<D>;
}
