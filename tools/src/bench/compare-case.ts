/** One case, ours and PyTorch's in turn. */
import type { HostArray } from '@equilibria/compile';
import { median } from 'simple-statistics';
import type { BenchRow } from './bench-table.ts';
import { assertAgreement, checksumsOf } from './agreement.ts';
import type { Case } from './case.ts';
import type { Limits } from './limits.ts';
import type { Peer } from './peer.ts';
import { formsOf, type PeerForm } from './peer-forms.ts';
import { settle } from './settle.ts';

/** Milliseconds that a measured stretch of either side should take: short cases are repeated in it. */
const STRETCH_MS = 200;
/** Stretches by which the threads of the peer are chosen. */
const TRIALS = 3;

/** Ours, and PyTorch's by the threads and the form that are fastest. */
export async function compareCase(
  name: string,
  own: Case,
  { peers, rounds, limits }: Setting,
): Promise<BenchRow> {
  own.reset?.();
  const results = await own.run();
  const agrees = agreement(own, results);
  const timeOwn = async (repeats: number): Promise<number> => {
    await settle();
    own.reset?.();
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await own.run();
    return (performance.now() - start) / repeats;
  };
  const ownRepeats = repeatsFor(await warm(timeOwn));
  const sides = await sidesOf(name, await bestRival(peers, name, agrees), agrees);
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timeOwn(ownRepeats));
    for (const { times, time } of sides) times.push(await time());
  }
  return rowOf(name, own, { ours, sides, limits });
}

/** Throws unless sums are those of our results. */
type Agrees = (name: string, theirs: readonly number[]) => void;

function agreement(own: Case, results: readonly HostArray[]): Agrees {
  const checksums = checksumsOf(own.compared?.(results) ?? results);
  return (name, theirs) => assertAgreement(name, checksums, theirs, own.sameWithin);
}

type Setting = { readonly peers: readonly Peer[]; readonly rounds: number; readonly limits: Limits };

/** Runs until it is warm, for {@link STRETCH_MS} at least. */
async function warm(time: (repeats: number) => Promise<number>): Promise<number> {
  const first = await time(1);
  await time(Math.min(10, repeatsFor(first)));
  return time(Math.min(10, repeatsFor(first)));
}

/** PyTorch in one setting of its threads, and one of its cases. */
type Rival = { readonly peer: Peer; readonly form: PeerForm };

/** What is timed beside ours, in each round. */
type Side = Rival & {
  readonly name: 'PyTorch' | 'torchdeq';
  readonly times: number[];
  readonly time: () => Promise<number>;
};

async function sidesOf(name: string, rival: Rival | null, agrees: Agrees): Promise<Side[]> {
  if (rival === null) return [];
  const { peer } = rival;
  const sides: Side[] = [];
  const timed = async (side: Side['name'], form: PeerForm): Promise<void> => {
    await settle();
    const first = await peer.time(form.case, 1);
    agrees(form.case, first.checksums);
    const { ms } = await peer.time(form.case, Math.min(3, repeatsFor(first.ms)));
    const time = async (): Promise<number> => {
      await settle();
      return (await peer.time(form.case, repeatsFor(ms))).ms;
    };
    sides.push({ name: side, peer, form, times: [], time });
  };
  await timed('PyTorch', rival.form);
  const deq = `${name}@torchdeq`;
  if (peer.cases.includes(deq)) await timed('torchdeq', { case: deq, name: null });
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
    ...(torch?.form.name != null && { peerForm: torch.form.name }),
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

/** The setting of threads and the form with the least time, after a look at whether it computes the same. */
async function bestRival(peers: readonly Peer[], name: string, agrees: Agrees): Promise<Rival | null> {
  let best: { readonly rival: Rival; readonly ms: number } | null = null;
  for (const rival of peers.flatMap((peer) => formsOf(peer.cases, name).map((form) => ({ peer, form })))) {
    const { peer, form } = rival;
    const first = await peer.time(form.case, 1);
    agrees(form.case, first.checksums);
    const trials: number[] = [];
    for (let i = 0; i < TRIALS; i++) {
      await settle();
      trials.push((await peer.time(form.case, Math.min(2, repeatsFor(first.ms)))).ms);
    }
    const ms = Math.min(...trials);
    if (best === null || ms < best.ms) best = { rival, ms };
  }
  return best?.rival ?? null;
}
