/** Measures compiled graphs against the machine's limit and against PyTorch, alternating, in one run. */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { assertWritable, describeRun, saveFile } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { format } from 'prettier';
import { type BenchRow, benchTable } from './bench/bench-table.ts';
import { type Case, CASES } from './bench/cases.ts';
import { measureLimits } from './bench/limits.ts';
import { compareCase } from './bench/compare-case.ts';
import { runKeepingMemory } from './bench/keep-memory.ts';
import { type Peer, startPeer } from './bench/peer.ts';
import { runProgram, UsageError } from './program.ts';

const HELP = `Usage: npm run bench:compile -- [--json FILE] [--markdown FILE] [--rounds N] [--cases NAME,…] [--python FILE]

Times compiled graphs: median and spread, floating-point operations and bytes, the part of the limit that the same
run measures (a large matrix product by whichever library is faster, a large copy), and beside PyTorch where the
interpreter has it, alternating. PyTorch gets the best of 1 or all threads for itself and for OpenBLAS in each case.
Take no other load beside it: timings are worthless then.

Cases: ${Object.keys(CASES).join(', ')}.`;

const LEGEND = `Both sides in one run, in turn, each after the other's threads have stopped spinning, with an allocator that keeps freed
memory. PyTorch has the best number of threads, of itself + of OpenBLAS. The ratio is the median over rounds of its time by ours: above
1 ours is ahead. GFLOP and MB are ours, by the shapes of the graph; the limit is the operations, or the bytes of inputs and outputs, at
the speed of the machine.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      markdown: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      cases: { type: 'string' },
      python: { type: 'string', default: '/usr/bin/python3' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.json !== undefined) assertWritable('--json', values.json);
  if (values.markdown !== undefined) assertWritable('--markdown', values.markdown);
  const rounds = roundsOf(values.rounds);
  const names = namesOf(values.cases);
  const exitCode = runKeepingMemory();
  if (exitCode !== null) return exitCode;
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const peers = await startPeers(values.python);
  const rows: BenchRow[] = [];
  try {
    const limits = await measureLimits(peers, rounds);
    console.log(
      `limits: ${limits.gflops.toFixed(0)} GFLOP/s (${limits.by}), ${limits.gigabytesPerSecond.toFixed(1)} GB/s copied\n`,
    );
    for (const name of names) {
      const own: Case = await CASES[name]!();
      rows.push(await compareCase(name, own, { peers, rounds, limits }));
      await own.dispose();
      console.log(benchTable(rows.slice(-1)).split('\n').at(-1));
    }
    const run = await describeRun({
      seed: 0,
      config: { rounds, cases: names, limits, peer: peers[0]?.version ?? null },
      backend: 'onnxruntime-node/cpu',
      dtype: 'float32',
      wallTimeMs: performance.now() - start,
      manifest: new URL('../package.json', import.meta.url),
    });
    const table = benchTable(rows);
    console.log(`\n${table}`);
    if (values.json !== undefined)
      await saveFile('--json', values.json, `${JSON.stringify({ run, rows }, null, 2)}\n`);
    if (values.markdown !== undefined) {
      const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;
      const heading = `Measured by \`npm run bench:compile\` on ${machine}, Node ${process.versions.node}, commit ${run.commit}; PyTorch ${peers[0]?.version ?? 'is not here'}. Limits measured in the same run: ${limits.gflops.toFixed(0)} GFLOP/s (${limits.by}), ${limits.gigabytesPerSecond.toFixed(1)} GB/s.`;
      const page = `${heading}\n\n${table}\n\n${LEGEND}\n`;
      await saveFile(
        '--markdown',
        values.markdown,
        await format(page, { parser: 'markdown', printWidth: 140 }),
      );
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  return 0;
}

async function startPeers(python: string): Promise<Peer[]> {
  const all = availableParallelism();
  const counts = all === 1 ? [1] : [1, all];
  const peers: Peer[] = [];
  for (const torch of counts) {
    for (const openblas of counts) {
      const peer = await startPeer(python, { torch, openblas });
      if (typeof peer === 'string') {
        console.log(`without PyTorch: ${peer}`);
        return [];
      }
      peers.push(peer);
    }
  }
  return peers;
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new UsageError(`--rounds: it must be a whole number >= 1; got '${text}'`);
}

function namesOf(text: string | undefined): string[] {
  const known = Object.keys(CASES).filter((name) => name !== 'large-product');
  const names = text?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--cases: there is no case '${unknown}'`);
  return names;
}

await runProgram(main);
