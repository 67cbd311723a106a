/** Measures what it saves to take stopped samples out of the batch, and what it costs where none stops early. */
import * as tf from '@tensorflow/tfjs';
import { benchOptions } from './bench/bench-options.ts';
import { runKeepingMemory } from './bench/keep-memory.ts';
import { writeReport } from './bench/write-report.ts';
import { CASES } from './compaction/cases.ts';
import { compactionTable } from './compaction/compaction-table.ts';
import { type CompactionRow, compareSides } from './compaction/compare-sides.ts';
import { runProgram, wholeNumber } from './program.ts';

const HELP = `Usage: npm run bench:compaction -- [--json FILE] [--markdown FILE] [--rounds N]

Times compiled solves of 64 samples with and without compaction, alternating: one hard sample among 63 easy ones, and 64
that are equally hard, where compaction can only cost. Take no other load beside it: timings are worthless then.`;

const LEGEND = `A batch of 64 samples, z ← z + ε·(g(z) − z), with g(z) = tanh(zW + x) of width 512 (dense) or tanh(conv(z) + x), 8 channels at 16² (conv), and a
pace ε that makes a sample easy or hard; Picard iteration with the default stop rule and verdicts, weights constant. Without compaction, samples that have stopped are
stepped on until the last one stops. With it, the running ones go on in a batch of 32, 16, …, 2 as soon as they fit; in the last columns also of one.
The ratio is the median over rounds of the time without by the time with: above 1 compaction is ahead. Verdicts, steps and traces are the same on all
sides; ≈ marks sides whose numbers differ in their last bits, the others are identical. Each side was solved once before it was timed, so that all its
sizes are compiled.`;

async function main(): Promise<number> {
  const options = benchOptions(HELP, { rounds: '7' });
  if (options === null) return 0;
  const rounds = wholeNumber('--rounds', options.rounds);
  const exitCode = runKeepingMemory();
  if (exitCode !== null) return exitCode;
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const rows: CompactionRow[] = [];
  for (const own of CASES) {
    rows.push(await compareSides(own, rounds));
    console.log(compactionTable(rows.slice(-1)).split('\n').at(-1));
  }
  const report = {
    name: 'bench:compaction',
    heading: '# Solves whose samples stop at different times',
    rows,
    table: compactionTable(rows),
    legend: LEGEND,
    config: { rounds },
    wallTimeMs: performance.now() - start,
  };
  await writeReport(report, options);
  return 0;
}

await runProgram(main);
