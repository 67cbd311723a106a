/** How a workspace check ends. */

/** A wrong value of an option that `parseArgs` cannot judge; its message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Runs a program and sets the exit code of the process to what it returns. Wrong usage gives one line and exit code 2.
 *
 * @param main - parses the command line with `parseArgs` of `node:util`, and throws a `UsageError` for values it cannot use.
 */
export async function runProgram(main: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!isUsageError(error)) throw error;
    console.error(`${usageLine(error)}. See --help.`);
    process.exitCode = 2;
  }
}

/**
 * The whole number that an option is given.
 * @throws {UsageError} if it is none, or is below the least.
 */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${option}: it must be a whole number >= ${least}; got '${text}'`);
}

/** The part of the message that tells what is wrong: `parseArgs` adds hints after it. */
function usageLine({ message }: { readonly message: string }): string {
  return message.split(/\. |\n/)[0]!.replace(/\.$/, '');
}

/** Whether the command line is at fault: `parseArgs` refused it, or the program did. */
export function isUsageError(error: unknown): error is { readonly message: string } {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  // By its name: the checks run before anything is built, when core cannot be imported.
  const isData = 'name' in error && error.name === 'DataError';
  return (
    error instanceof UsageError ||
    isData ||
    ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  );
}
