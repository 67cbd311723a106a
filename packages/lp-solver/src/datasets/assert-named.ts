/** Checks of names that keys are made of. */

/**
 * Checks the name of a split or a family: a misspelt one would silently begin another stream of programs.
 * @param what - what it names, as messages say it.
 * @throws {RangeError} if it is not among the known.
 */
export function assertNamed(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new RangeError(`${what} must be one of ${known.join(', ')}; got ${JSON.stringify(name)}.`);
}
