/** Measures compiled graphs against the machine's limit and against PyTorch, alternating, in one run. */
import { CASES } from './bench/cases.ts';
import { runBenchmark } from './bench/run-benchmark.ts';
import { runProgram } from './program.ts';

const HELP = `Usage: npm run bench:compile -- [--json FILE] [--markdown FILE] [--rounds N] [--cases NAME,…] [--python FILE]

Times compiled graphs: median and spread, floating-point operations and bytes, the part of the limit that the same
run measures (a large matrix product by whichever library is faster, a large copy), and beside PyTorch where the
interpreter has it, alternating. PyTorch gets the best of 1 or all threads for itself and for OpenBLAS in each case.
Take no other load beside it: timings are worthless then.`;

const LEGEND = `Both sides in one run, in turn, each after the other's threads have stopped spinning, with an allocator that keeps freed
memory. PyTorch has the best number of threads, of itself + of OpenBLAS. The ratio is the median over rounds of its time by ours: above
1 ours is ahead. GFLOP and MB are ours, by the shapes of the graph; the limit is the operations, or the bytes of inputs and outputs, at
the speed of the machine.`;

await runProgram(() =>
  runBenchmark({
    name: 'bench:compile',
    help: HELP,
    legend: LEGEND,
    cases: CASES,
    script: 'compile_cases.py',
  }),
);
