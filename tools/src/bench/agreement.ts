/** Whether both sides of a comparison computed the same. */
import type { HostArray } from '@equilibria/compile';

/** How far the sums of absolute values may differ, relatively, by default; counts of steps below a thousand must so be equal. */
const SAME = 1e-3;

/** The sums of absolute values. */
export function checksumsOf(arrays: readonly HostArray[]): readonly number[] {
  return arrays.map(({ data }) => {
    let sum = 0;
    for (const value of data) sum += Math.abs(value);
    return sum;
  });
}

/** What a step changed. */
export function difference({ data, shape }: HostArray, before: HostArray): HostArray {
  return { data: Float32Array.from(data, (value, i) => value - before.data[i]!), shape };
}

/**
 * @param theirs - in the order of `ours`; may leave out the last ones, but not all.
 * @param within - how far sums may differ, relatively; default a thousandth.
 * @throws {Error} naming the case, if a sum is not a number or not the same.
 */
export function assertAgreement(
  name: string,
  ours: readonly number[],
  theirs: readonly number[],
  within: number = SAME,
): void {
  const isSame = (sum: number, i: number): boolean => {
    const own = ours[i];
    return own !== undefined && Math.abs(sum - own) <= within * Math.abs(own);
  };
  if (theirs.length > 0 && theirs.every(isSame)) return;
  throw new Error(
    `Both sides of '${name}' must compute the same; got ${ours.join(', ')} and ${theirs.join(', ')}.`,
  );
}
