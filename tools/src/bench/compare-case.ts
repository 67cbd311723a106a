/** One case, ours and PyTorch's in turn. */
import { median } from 'simple-statistics';
import type { BenchRow } from './bench-table.ts';
import { assertAgreement, checksumsOf } from './agreement.ts';
import type { Case } from './case.ts';
import type { Limits } from './limits.ts';
import type { Peer } from './peer.ts';
import { settle } from './settle.ts';

/** Milliseconds that a measured stretch of either side should take: short cases are repeated in it. */
const STRETCH_MS = 200;
/** Stretches by which the threads of the peer are chosen. */
const TRIALS = 3;
export async function compareCase(
  name: string,
  own: Case,
  { peers, rounds, limits }: Setting,
): Promise<BenchRow> {
  own.reset?.();
  const results = await own.run();
  const checksums = checksumsOf(own.compared?.(results) ?? results);
  const timeOwn = async (repeats: number): Promise<number> => {
    await settle();
    own.reset?.();
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await own.run();
    return (performance.now() - start) / repeats;
  };
  const ownRepeats = repeatsFor(await warm(timeOwn));
  const sides = await sidesOf(name, await bestPeer(peers, name, checksums), checksums);
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timeOwn(ownRepeats));
    for (const { times, time } of sides) times.push(await time());
  }
  return rowOf(name, own, { ours, sides, limits });
}

type Setting = { readonly peers: readonly Peer[]; readonly rounds: number; readonly limits: Limits };

/** Runs until it is warm, for {@link STRETCH_MS} at least. */
async function warm(time: (repeats: number) => Promise<number>): Promise<number> {
  const first = await time(1);
  await time(Math.min(10, repeatsFor(first)));
  return time(Math.min(10, repeatsFor(first)));
}

/** What is timed beside ours, in each round. */
type Side = {
  readonly name: 'PyTorch' | 'torchdeq';
  readonly peer: Peer;
  readonly times: number[];
  readonly time: () => Promise<number>;
};

async function sidesOf(name: string, peer: Peer | null, checksums: readonly number[]): Promise<Side[]> {
  if (peer === null) return [];
  const sides: Side[] = [];
  const timed = async (side: Side['name'], its: string): Promise<void> => {
    await settle();
    const first = await peer.time(its, 1);
    assertAgreement(its, checksums, first.checksums);
    const { ms } = await peer.time(its, Math.min(3, repeatsFor(first.ms)));
    const time = async (): Promise<number> => {
      await settle();
      return (await peer.time(its, repeatsFor(ms))).ms;
    };
    sides.push({ name: side, peer, times: [], time });
  };
  await timed('PyTorch', name);
  if (peer.cases.includes(`${name}@torchdeq`)) await timed('torchdeq', `${name}@torchdeq`);
  return sides;
}

type Measured = {
  readonly ours: readonly number[];
  readonly sides: readonly Side[];
  readonly limits: Limits;
};

function rowOf(name: string, own: Case, { ours, sides, limits }: Measured): BenchRow {
  const [torch, deq] = (['PyTorch', 'torchdeq'] as const).map((side) =>
    sides.find((one) => one.name === side),
  );
  const oursMs = median([...ours]);
  const leastMs = Math.max(own.flops / limits.gflops / 1e6, own.leastBytes / limits.gigabytesPerSecond / 1e6);
  return {
    case: name,
    ...(own.steps && { steps: own.steps }),
    oursMs,
    spreadMs: spreadOf(ours),
    peerMs: torch === undefined ? null : median(torch.times),
    peerSpreadMs: torch === undefined ? null : spreadOf(torch.times),
    peerThreads: torch?.peer.threads ?? null,
    ...(deq && { torchdeqMs: median(deq.times) }),
    // Of neighbours in time: a machine that others use too is not always as fast.
    ratio: torch === undefined ? null : median(torch.times.map((ms, round) => ms / ours[round]!)),
    flops: own.flops,
    bytes: own.bytes,
    limitFraction: leastMs / oursMs,
  };
}

const spreadOf = (times: readonly number[]) => [Math.min(...times), Math.max(...times)] as const;

function repeatsFor(ms: number): number {
  return Math.max(1, Math.round(STRETCH_MS / ms));
}

/** The setting of threads with the least time, after a look at whether it computes the same. */
async function bestPeer(
  peers: readonly Peer[],
  name: string,
  checksums: readonly number[],
): Promise<Peer | null> {
  let best: { readonly peer: Peer; readonly ms: number } | null = null;
  for (const peer of peers) {
    const first = await peer.time(name, 1);
    assertAgreement(name, checksums, first.checksums);
    const trials: number[] = [];
    for (let i = 0; i < TRIALS; i++) {
      await settle();
      trials.push((await peer.time(name, Math.min(2, repeatsFor(first.ms)))).ms);
    }
    const ms = Math.min(...trials);
    if (best === null || ms < best.ms) best = { peer, ms };
  }
  return best?.peer ?? null;
}
