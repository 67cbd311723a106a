/** One case with and without compaction, in turn. */
import type { CompactionOptions, SolveResult } from '@equilibria/core';
import type * as tf from '@tensorflow/tfjs';
import { median } from 'simple-statistics';
import { settle } from '../bench/settle.ts';
import { BATCHED, type CompactionCase, DOWN_TO_ONE } from './cases.ts';

/** Milliseconds of one side: median, least and largest of the rounds. */
export type SideTime = { readonly ms: number; readonly spreadMs: readonly [number, number] };

/** A side with compaction. */
export type CompactedSide = SideTime & {
  /** Time without compaction by the time of this side, the median over rounds. */
  readonly ratio: number;
  /** Whether every number of the result is that of a watched solve without compaction. */
  readonly isIdentical: boolean;
};

export type CompactionRow = {
  readonly case: string;
  /** Median over samples, and largest. */
  readonly steps: readonly [number, number];
  readonly without: SideTime;
  /** Smaller batches as by default, to two samples; and to one. */
  readonly toTwo: CompactedSide;
  readonly toOne: CompactedSide;
};

type Side = {
  readonly result: SolveResult<tf.Tensor>;
  readonly times: number[];
  time(): Promise<number>;
  dispose(): Promise<void>;
};

/**
 * Times a case.
 * @throws {Error} if verdicts or steps differ: what is faster must be the same.
 */
export async function compareSides(own: CompactionCase, rounds: number): Promise<CompactionRow> {
  const without = await sideOf(own);
  const toTwo = await sideOf(own, { batched: BATCHED });
  const toOne = await sideOf(own, { batched: BATCHED, sizes: DOWN_TO_ONE });
  const sides = [without, toTwo, toOne];
  for (const side of sides) assertSame(own.name, without.result, side.result);
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      await settle();
      side.times.push(await side.time());
    }
  }
  for (const side of sides) await side.dispose();
  const { steps } = without.result;
  return {
    case: own.name,
    steps: [median([...steps]), Math.max(...steps)],
    without: timeOf(without),
    toTwo: compactedOf(toTwo, without),
    toOne: compactedOf(toOne, without),
  };
}

/** Compiled, and solved once: sizes of the batch are compiled when they are first needed. */
async function sideOf(own: CompactionCase, compaction?: CompactionOptions): Promise<Side> {
  const compiled = await own.compile(compaction);
  const time = async (): Promise<number> => {
    const start = performance.now();
    const { value, image } = await compiled.solve(own.z0, own.context);
    const elapsed = performance.now() - start;
    for (const tensor of [value, image]) tensor.dispose();
    return elapsed;
  };
  await time();
  // In pieces on every side: in one graph ONNX Runtime may fuse, and so round, the last evaluation otherwise.
  const result = await compiled.solve(own.z0, own.context, { chunk: own.maxSteps });
  return { result, times: [], time, dispose: () => compiled.dispose() };
}

function assertSame(name: string, a: SolveResult<tf.Tensor>, b: SolveResult<tf.Tensor>): void {
  const told = ({ status, steps }: SolveResult<tf.Tensor>) => JSON.stringify([status, [...steps]]);
  if (told(a) === told(b)) return;
  throw new Error(`bench:compaction: '${name}' must have the same verdicts and steps with compaction.`);
}

function compactedOf(side: Side, without: Side): CompactedSide {
  return {
    ...timeOf(side),
    // Of neighbours in time: a machine that others use too is not always as fast.
    ratio: median(without.times.map((ms, round) => ms / side.times[round]!)),
    isIdentical: numbersOf(side.result) === numbersOf(without.result),
  };
}

function timeOf({ times }: Side): SideTime {
  return { ms: median(times), spreadMs: [Math.min(...times), Math.max(...times)] };
}

function numbersOf({ value, image, residual, residuals }: SolveResult<tf.Tensor>): string {
  return JSON.stringify([value.dataSync(), image.dataSync(), residual, ...residuals].map((x) => [...x]));
}
