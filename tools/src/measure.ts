/** Timings that can be compared: taken in one run, alternating, reported as medians with their spread. */
import { median } from 'simple-statistics';

/** Milliseconds of one case over the rounds. */
export type Timing = { readonly medianMs: number; readonly lowMs: number; readonly highMs: number };

/**
 * Times each case in turn, round after round, so that whatever slows the machine slows them all.
 *
 * @param cases - by name; each call is one measured unit of work.
 * @param options.rounds - measured rounds; the first, a warm-up, is not counted.
 * @returns median, lowest and highest time of each case, in milliseconds.
 */
export async function measureAlternating<Name extends string>(
  cases: Readonly<Record<Name, () => Promise<void>>>,
  { rounds = 21 }: { readonly rounds?: number } = {},
): Promise<Record<Name, Timing>> {
  const names = Object.keys(cases) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await cases[name]();
      const elapsed = performance.now() - start;
      if (round >= 0) times.get(name)!.push(elapsed);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarise(times.get(name)!)])) as Record<Name, Timing>;
}

function summarise(times: number[]): Timing {
  return { medianMs: median(times), lowMs: Math.min(...times), highMs: Math.max(...times) };
}
