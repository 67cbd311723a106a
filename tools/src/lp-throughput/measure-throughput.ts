/** Programs a second of several answerers, in turns. */
import type { LabelledProgram } from '@equilibria/lp-solver';
import { median } from 'simple-statistics';
import { type Answerer, meanError } from './answerer.ts';

/** Programs a second at one size of the batch: the median of the rounds, the least and the most. */
export type Rate = {
  readonly batch: number;
  readonly perSecond: number;
  readonly spread: readonly [number, number];
};

/** One answerer. */
export type ThroughputRow = Pick<Answerer, 'name' | 'evaluations' | 'isBatched'> & {
  /** Increasing in the batch; of what has no batches, of one program at a time alone. */
  readonly rates: readonly Rate[];
  /** Mean of `‖x̂ − x‖/(‖x‖ + 1)` over all programs; null of fresh parameters. */
  readonly error: number | null;
};

/** How to measure. */
export type ThroughputOptions = {
  /** Sizes of batches, increasing from 1. */
  readonly batches: readonly number[];
  readonly rounds: number;
  /** Called when an answerer has answered all programs and is about to be timed. */
  readonly onReady?: (answerer: Answerer) => void;
};

/** Milliseconds that a measured stretch should take: what is short is repeated in it, on other programs. */
const STRETCH_MS = 200;

/** What is timed in each round. */
type Timed = { readonly batch: number; readonly times: number[]; time(): Promise<number> };

/**
 * Answers all programs, tells how well, and times batches of them in turns; compiling is in no time.
 * @param programs - at least as many as the largest batch.
 */
export async function measureThroughput(
  answerers: readonly Answerer[],
  programs: readonly LabelledProgram[],
  { batches, rounds, onReady }: ThroughputOptions,
): Promise<ThroughputRow[]> {
  const measured: { answerer: Answerer; error: number; timed: Timed[] }[] = [];
  for (const answerer of answerers) {
    onReady?.(answerer);
    const error = meanError(await answerer.answer(programs.map(({ lp }) => lp)), programs);
    const timed: Timed[] = [];
    for (const batch of answerer.isBatched ? batches : [1])
      timed.push(await timing(answerer, programs, batch));
    measured.push({ answerer, error, timed });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { timed } of measured) for (const one of timed) one.times.push(await one.time());
  }
  return measured.map(({ answerer: { name, evaluations, isBatched, isTrained }, error, timed }) => ({
    name,
    evaluations,
    isBatched,
    rates: timed.map(({ batch, times }) => rateOf(batch, times)),
    error: isTrained ? error : null,
  }));
}

/** Compiles and warms up, and finds how often a batch is to be repeated. */
async function timing(
  answerer: Answerer,
  programs: readonly LabelledProgram[],
  batch: number,
): Promise<Timed> {
  const slices = slicesOf(programs.length, batch);
  const lps = slices.map(([from, to]) => programs.slice(from, to).map(({ lp }) => lp));
  let next = 0;
  const run = async (repeats: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await answerer.answer(lps[next++ % lps.length]!);
    return (performance.now() - start) / repeats;
  };
  await run(1);
  const first = await run(1);
  const ms = await run(repeatsFor(Math.max(first, STRETCH_MS / 20)));
  return { batch, times: [], time: () => run(repeatsFor(ms)) };
}

/** Batches of equal size one after the other; what is left of the programs is not used. */
export function slicesOf(programs: number, batch: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.floor(programs / batch) }, (_, i) => [i * batch, (i + 1) * batch]);
}

/** Of the milliseconds that batches took. */
export function rateOf(batch: number, times: readonly number[]): Rate {
  const rates = times.map((ms) => (1000 * batch) / ms);
  return { batch, perSecond: median(rates), spread: [Math.min(...rates), Math.max(...rates)] };
}

function repeatsFor(ms: number): number {
  return Math.max(1, Math.round(STRETCH_MS / ms));
}
