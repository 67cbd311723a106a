/** Whether a result is right. */
import type { HostArray } from '@equilibria/compile';
import type { Probe } from './probes.ts';
import type { Running } from './targets.ts';

/** What became of a probe. `error` is relative to the largest number of the result, or to 1. */
export type CaseOutcome = Pick<Probe, 'name' | 'kind'> &
  (
    | { readonly verdict: 'right'; readonly error: number }
    | { readonly verdict: 'wrong'; readonly error: number | null; readonly reason: string }
    | { readonly verdict: 'refused'; readonly reason: string }
    | { readonly verdict: 'known'; readonly reason: string }
  );

/** Float32 results are held to this part of the largest number: sums of a hundred products of rounded numbers. */
const TOLERANCE = 2e-5;

export async function conformanceOf(probe: Probe, target: Running): Promise<CaseOutcome> {
  const { name, kind } = probe;
  if (target.isTfjs && probe.isWrongInTfjs) {
    return { name, kind, verdict: 'known', reason: "TensorFlow.js's own gradient is wrong" };
  }
  let results: readonly HostArray[];
  try {
    results = await target.run(probe);
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { name, kind, verdict: 'refused', reason };
  }
  const error = worstError(results, probe.expected);
  if (error === null) return { name, kind, verdict: 'wrong', error, reason: 'another shape, or NaN' };
  if (error <= TOLERANCE) return { name, kind, verdict: 'right', error };
  return { name, kind, verdict: 'wrong', error, reason: `off by ${error.toExponential(1)}` };
}

/** Null if shapes differ, or a number is NaN or infinite on one side only. */
function worstError(results: readonly HostArray[], expected: readonly HostArray[]): number | null {
  if (results.length !== expected.length) return null;
  let worst = 0;
  for (const [i, { data, shape }] of expected.entries()) {
    const got = results[i]!;
    if (got.shape.join() !== shape.join()) return null;
    const wanted = Array.from(data, Number);
    const size = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs));
    for (const [k, value] of wanted.entries()) {
      const actual = Number(got.data[k]);
      if (Object.is(actual, value) || actual === value) continue;
      const error = Math.abs(actual - value) / size;
      if (!Number.isFinite(error)) return null;
      worst = Math.max(worst, error);
    }
  }
  return worst;
}
