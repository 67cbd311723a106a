/** Whether both sides of a comparison computed the same. */
import type { HostArray } from '@equilibria/compile';

/** How far the sums of absolute values may differ, relatively; counts of steps below a thousand must so be equal. */
const SAME = 1e-3;

/** The sums of absolute values. */
export function checksumsOf(arrays: readonly HostArray[]): readonly number[] {
  return arrays.map(({ data }) => {
    let sum = 0;
    for (const value of data) sum += Math.abs(value);
    return sum;
  });
}

/**
 * @param theirs - in the order of `ours`; may leave out the last ones, but not all.
 * @throws {Error} naming the case, if a sum is not a number or not the same.
 */
export function assertAgreement(name: string, ours: readonly number[], theirs: readonly number[]): void {
  const isSame = (sum: number, i: number): boolean => {
    const own = ours[i];
    return own !== undefined && Math.abs(sum - own) <= SAME * Math.abs(own);
  };
  if (theirs.length > 0 && theirs.every(isSame)) return;
  throw new Error(
    `Both sides of '${name}' must compute the same; got ${ours.join(', ')} and ${theirs.join(', ')}.`,
  );
}
