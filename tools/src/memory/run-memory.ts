/** The program `npm run bench:memory`: its command line, one process for each measurement, its files. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { assertWritable } from '@equilibria/core';
import { median } from 'simple-statistics';
import { writeReport } from '../bench/write-report.ts';
import { UsageError, wholeNumber } from '../program.ts';
import { measureStep, METHODS } from './measure-step.ts';
import { type MemoryRow, memoryTable } from './memory-table.ts';

const HELP = `Usage: npm run bench:memory -- [--json FILE] [--markdown FILE] [--rounds N] [--iterations N,…]

Measures the peak of resident memory of a training step against the iterations of its solve, for gradients by unrolling,
by one step from the fixed point (phantom) and by the adjoint (implicit): the increment over a process that has loaded and
compiled everything, each in a process of its own. Linux only; a hundred unrolled iterations take about 4 GB.

Methods: ${Object.keys(METHODS).join(', ')}.`;

const LEGEND = `Peak of resident memory while three training steps run, over the same process before: everything loaded, the step compiled, the garbage
collected, a step of small images made. Median (least–largest) of the processes that measured it; the last column is the growth. The operator is
z = relu(conv(relu(conv(z))) + x) with 64 channels at 128², one image of 4.2 MB; every solve, and every adjoint of \`implicit\`, makes
as many steps as it is given. \`unrolled\` differentiates through all steps, \`phantom\` through one from the fixed point.`;

/** glibc gives back at once what is freed, so that what compiling left behind is not there to be used. */
const GIVEN_BACK = { MALLOC_MMAP_THRESHOLD_: String(2 ** 16), MALLOC_TRIM_THRESHOLD_: String(2 ** 16) };

/** @returns the exit code. */
export async function runMemory(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      markdown: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      iterations: { type: 'string', default: '10,20,50,100' },
      measure: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.measure !== undefined) {
    const [method = '', iterations] = values.measure.split(':');
    if (!(method in METHODS)) throw new UsageError(`--measure: there is no method '${method}'`);
    console.log(await measureStep(method, wholeNumber('--measure', iterations ?? '')));
    return 0;
  }
  const { json, markdown } = values;
  if (json !== undefined) assertWritable('--json', json);
  if (markdown !== undefined) assertWritable('--markdown', markdown);
  const rounds = wholeNumber('--rounds', values.rounds);
  const counts = values.iterations.split(',').map((count) => wholeNumber('--iterations', count));
  const start = performance.now();
  const rows = measureAll(counts, rounds);
  const report = {
    name: 'bench:memory',
    heading: '# Memory of a training step',
    rows,
    table: memoryTable(rows),
    legend: LEGEND,
    config: { rounds },
    wallTimeMs: performance.now() - start,
  };
  await writeReport(report, { json, markdown });
  return 0;
}

function measureAll(counts: readonly number[], rounds: number): readonly MemoryRow[] {
  return Object.keys(METHODS).flatMap((method) =>
    counts.map((iterations): MemoryRow => {
      const peaks = Array.from({ length: rounds }, () => inProcess(method, iterations));
      const peakBytes = median(peaks);
      console.log(`${method} ${iterations}: ${(peakBytes / 1e6).toFixed(0)} MB`);
      return { method, iterations, peakBytes, spreadBytes: [Math.min(...peaks), Math.max(...peaks)] };
    }),
  );
}

/** This program, started again for one measurement. */
function inProcess(method: string, iterations: number): number {
  const program = process.argv[1]!;
  const args = [...process.execArgv, program, '--measure', `${method}:${iterations}`];
  const env = { ...process.env, ...GIVEN_BACK };
  const { stdout, stderr, status, error } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  if (error !== undefined) throw error;
  const bytes = Number(stdout.trim());
  if (status === 0 && bytes > 0) return bytes;
  throw new Error(
    `bench:memory: '${method}' with ${iterations} iterations failed: ${stderr.trim() || stdout}`,
  );
}
