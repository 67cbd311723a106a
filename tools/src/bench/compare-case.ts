/** One case, ours and PyTorch's in turn. */
import { median } from 'simple-statistics';
import type { BenchRow } from './bench-table.ts';
import type { Case } from './cases.ts';
import type { Limits } from './limits.ts';
import type { Peer } from './peer.ts';
import { settle } from './settle.ts';

/** Milliseconds that a measured stretch of either side should take: short cases are repeated in it. */
const STRETCH_MS = 200;
/** Stretches by which the threads of the peer are chosen. */
const TRIALS = 3;
/** How far the sums of absolute results may differ, relatively. */
const SAME = 1e-3;

export async function compareCase(
  name: string,
  own: Case,
  {
    peers,
    rounds,
    limits,
  }: { readonly peers: readonly Peer[]; readonly rounds: number; readonly limits: Limits },
): Promise<BenchRow> {
  const results = await own.run();
  const checksum = results.reduce(
    (sum, { data }) => sum + Array.from(data, Number).reduce((all, value) => all + Math.abs(value), 0),
    0,
  );
  const timeOwn = async (repeats: number): Promise<number> => {
    await settle();
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await own.run();
    return (performance.now() - start) / repeats;
  };
  await timeOwn(10);
  const ownRepeats = repeatsFor(await timeOwn(10));
  const peer = await bestPeer(peers, name, checksum);
  await settle();
  const peerRepeats = peer === null ? 0 : repeatsFor((await peer.time(name, 3)).ms);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timeOwn(ownRepeats));
    if (peer !== null) {
      await settle();
      theirs.push((await peer.time(name, peerRepeats)).ms);
    }
  }
  const oursMs = median(ours);
  const peerMs = peer === null ? null : median(theirs);
  const leastMs = Math.max(own.flops / limits.gflops / 1e6, own.leastBytes / limits.gigabytesPerSecond / 1e6);
  return {
    case: name,
    oursMs,
    spreadMs: [Math.min(...ours), Math.max(...ours)],
    peerMs,
    peerThreads: peer?.threads ?? null,
    // Of neighbours in time: a machine that others use too is not always as fast.
    ratio: peerMs === null ? null : median(theirs.map((ms, round) => ms / ours[round]!)),
    flops: own.flops,
    bytes: own.bytes,
    limitFraction: leastMs / oursMs,
  };
}

function repeatsFor(ms: number): number {
  return Math.max(1, Math.round(STRETCH_MS / ms));
}

/** The setting of threads with the least time, after a look at whether it computes the same. */
async function bestPeer(peers: readonly Peer[], name: string, checksum: number): Promise<Peer | null> {
  let best: { readonly peer: Peer; readonly ms: number } | null = null;
  for (const peer of peers) {
    const trials: number[] = [];
    for (let i = 0; i < TRIALS; i++) {
      await settle();
      const { ms, checksum: theirs } = await peer.time(name, 2);
      if (Math.abs(theirs - checksum) > SAME * Math.abs(checksum)) {
        throw new Error(
          `bench:compile: both sides of '${name}' must compute the same; got ${checksum} and ${theirs}.`,
        );
      }
      trials.push(ms);
    }
    const ms = Math.min(...trials);
    if (best === null || ms < best.ms) best = { peer, ms };
  }
  return best?.peer ?? null;
}
