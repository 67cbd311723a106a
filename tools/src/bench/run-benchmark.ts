/** A benchmark beside PyTorch as a program: its command line, its rows, its files. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { UsageError, wholeNumber } from '../program.ts';
import { benchOptions } from './bench-options.ts';
import { type BenchRow, benchTable } from './bench-table.ts';
import type { Case } from './case.ts';
import { compareCase } from './compare-case.ts';
import { runKeepingMemory } from './keep-memory.ts';
import { type Limits, measureLimits } from './limits.ts';
import { type Peer, startPeer } from './peer.ts';
import { writeReport } from './write-report.ts';

/** What is measured, and what is said about it. */
export type Benchmark = {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** Printed by `--help`, before the list of cases. */
  readonly help: string;
  /** Printed below the table of the Markdown page. */
  readonly legend: string;
  /** Heads the page, if it has one. */
  readonly heading?: string;
  /** By name, `large-product` among them, which is not compared, but tells the limit. */
  readonly cases: Readonly<Record<string, () => Promise<Case>>>;
  /** The file of `tools/peers` with the other side. */
  readonly script: string;
};

/**
 * Measures all cases, or those asked for, and writes what is asked for.
 * @returns the exit code.
 */
export async function runBenchmark(benchmark: Benchmark): Promise<number> {
  const { cases } = benchmark;
  const options = optionsOf(benchmark);
  if (options === null) return 0;
  const exitCode = runKeepingMemory();
  if (exitCode !== null) return exitCode;
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const peers = await startPeers(benchmark.script, options.python);
  const rows: BenchRow[] = [];
  try {
    const limits = await measureLimits(peers, options.rounds);
    console.log(`limits: ${describeLimits(limits)}\n`);
    for (const name of options.names) {
      const own: Case = await cases[name]!();
      rows.push(await compareCase(name, own, { peers, rounds: options.rounds, limits }));
      await own.dispose();
      console.log(benchTable(rows.slice(-1)).split('\n').at(-1));
    }
    await report(benchmark, options, {
      rows,
      limits,
      peer: peers[0] ?? null,
      wallTimeMs: performance.now() - start,
    });
  } finally {
    for (const peer of peers) peer.stop();
  }
  return 0;
}

type Options = {
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly rounds: number;
  readonly names: readonly string[];
  readonly python: string;
};

/** Null if only help was asked for. */
function optionsOf({ help, cases }: Benchmark): Options | null {
  const known = Object.keys(cases).filter((name) => name !== 'large-product');
  const values = benchOptions(`${help}\n\nCases: ${known.join(', ')}.`, {
    rounds: '15',
    cases: undefined,
    python: '/usr/bin/python3',
  });
  if (values === null) return null;
  const { json, markdown, python } = values;
  return {
    json,
    markdown,
    python,
    rounds: wholeNumber('--rounds', values.rounds),
    names: namesOf(values.cases, known),
  };
}

type Report = {
  readonly rows: readonly BenchRow[];
  readonly limits: Limits;
  readonly peer: Peer | null;
  readonly wallTimeMs: number;
};

async function report(
  { name, heading, legend }: Benchmark,
  { json, markdown, rounds, names }: Options,
  { rows, limits, peer, wallTimeMs }: Report,
): Promise<void> {
  const deq = peer === null || peer.torchdeq === null ? '' : `, torchdeq ${peer.torchdeq}`;
  const made = {
    name,
    ...(heading !== undefined && { heading }),
    rows,
    table: benchTable(rows),
    legend,
    config: {
      rounds,
      cases: [...names],
      limits,
      peer: peer?.version ?? null,
      torchdeq: peer?.torchdeq ?? null,
    },
    wallTimeMs,
    remarks: `; PyTorch ${peer?.version ?? 'is not here'}${deq}. Limits measured in the same run: ${describeLimits(limits)}`,
  };
  await writeReport(made, { json, markdown });
}

function describeLimits({ gflops, by, gigabytesPerSecond }: Limits): string {
  return `${gflops.toFixed(0)} GFLOP/s (${by}), ${gigabytesPerSecond.toFixed(1)} GB/s`;
}

/** With one or all threads for PyTorch, and for OpenBLAS; none without PyTorch. */
async function startPeers(script: string, python: string): Promise<Peer[]> {
  const all = availableParallelism();
  const counts = all === 1 ? [1] : [1, all];
  const peers: Peer[] = [];
  for (const torch of counts) {
    for (const openblas of counts) {
      const peer = await startPeer(script, { python, threads: { torch, openblas } });
      if (typeof peer === 'string') {
        console.log(`without PyTorch: ${peer}`);
        return [];
      }
      peers.push(peer);
    }
  }
  return peers;
}

function namesOf(text: string | undefined, known: readonly string[]): readonly string[] {
  const names = text?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--cases: there is no case '${unknown}'`);
  return names;
}
