/** Labels beside each other: close to where they belong, without overlap. */

/**
 * Moves positions apart until neighbours are `gap` away from each other, keeping their order and the sum of the squares of the
 * moves least, then shifts what sticks out into `[low, high]` as far as there is room.
 *
 * It is isotonic regression by pooling adjacent violators, on positions from which the gaps are taken out.
 * @returns one position for each one wanted, in the same order.
 */
export function spreadLabels(
  wanted: readonly number[],
  { gap, low, high }: { readonly gap: number; readonly low: number; readonly high: number },
): number[] {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const pools: { sum: number; size: number }[] = [];
  order.forEach((index, rank) => {
    let pool = { sum: wanted[index]! - rank * gap, size: 1 };
    for (let last = pools.at(-1); last !== undefined && meanOf(last) >= meanOf(pool); last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, size: pool.size + last.size };
      pools.pop();
    }
    pools.push(pool);
  });
  const most = high - (wanted.length - 1) * gap;
  const bases = pools.flatMap((pool) =>
    Array<number>(pool.size).fill(Math.max(low, Math.min(most, meanOf(pool)))),
  );
  const placed = Array<number>(wanted.length);
  order.forEach((index, rank) => {
    placed[index] = bases[rank]! + rank * gap;
  });
  return placed;
}

function meanOf({ sum, size }: { sum: number; size: number }): number {
  return sum / size;
}
