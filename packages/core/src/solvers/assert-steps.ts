/** A number of steps that must be made. */

/** @throws {RangeError} naming the function and the option, if the number is not an integer >= 1. */
export function assertSteps(where: string, option: string, steps: number): void {
  if (Number.isInteger(steps) && steps >= 1) return;
  throw new RangeError(`${where}: ${option} must be an integer >= 1; got ${steps}.`);
}
