/** Child process of check-docs: imports each example named on the command line and reports what went wrong by message. */
import { pathToFileURL } from 'node:url';
import { CHECK } from './instrument.ts';
import { matches, renderings } from './compare.ts';

/** What the child tells its parent: which example it begins, a failure at a line of one (0 if not known), or that it came to the end. */
export type Message =
  | { readonly begun: string }
  | { readonly path: string; readonly line: number; readonly message: string }
  | { readonly done: true };

/** Runs the examples one after the other; a failed check does not stop its example, an exception does. */
async function runBlocks(paths: readonly string[]): Promise<void> {
  let current = '';
  const report = (line: number, message: string) =>
    process.send?.({ path: current, line, message } satisfies Message);
  const check = async (line: number, value: unknown, expected: string) => {
    const settled = await value;
    if (!matches(settled, expected))
      report(line, `expected ${expected}; got ${renderings(settled)[0] ?? ''}`);
  };
  Object.assign(globalThis, { [CHECK]: check });
  for (const path of paths) {
    current = path;
    process.send?.({ begun: path } satisfies Message);
    try {
      await import(pathToFileURL(path).href);
    } catch (error) {
      report(...locate(error, path));
    }
  }
}

function locate(error: unknown, path: string): [line: number, message: string] {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const line = text
    .split(name)
    .slice(1)
    .map((rest) => /^:(\d+)/.exec(rest)?.[1])
    .find(Boolean);
  return [Number(line ?? 0), error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
}

await runBlocks(process.argv.slice(2));
process.send?.({ done: true } satisfies Message, () => process.exit(0));
