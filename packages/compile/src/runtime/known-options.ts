/** Names of options, checked: JavaScript callers, and scripts that nobody type-checks, write them wrong. */

/**
 * @param where - the function, and what is looked at in it.
 * @throws {RangeError} naming the first option that there is not, and those that there are.
 */
export function assertKnownOptions(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(`${where} must be of ${known.join(', ')}; got '${unknown}'.`);
}
