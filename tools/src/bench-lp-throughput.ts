/** Measures how many linear programs a second the compiled networks answer, beside the solvers. */
import { EMBEDDINGS, paperPrograms, SHIPPED_MODELS } from '@equilibria/lp-solver';
import * as tf from '@tensorflow/tfjs';
import { benchOptions } from './bench/bench-options.ts';
import { runKeepingMemory } from './bench/keep-memory.ts';
import { writeReport } from './bench/write-report.ts';
import { measureThroughput, type ThroughputRow } from './lp-throughput/measure-throughput.ts';
import { exactAnswerer, networkAnswerers, pdhgAnswerer } from './lp-throughput/networks.ts';
import { highsAnswerer, javascriptAnswerer } from './lp-throughput/solvers.ts';
import { throughputTable } from './lp-throughput/throughput-table.ts';
import { runProgram, wholeNumber } from './program.ts';

const HELP = `Usage: npm run bench:lp -- [--json FILE] [--markdown FILE] [--rounds N] [--programs N] [--models DIR]

Answers the first test programs of the paper's distribution (default 1000) by the implicit networks, by the exact operator and by restarted
PDHG, compiled, in batches of 1, 64 and all, and by HiGHS and javascript-lp-solver one after the other, and tells programs a second: the
median of rounds (default 7), all in turns, on one thread each. Take no other load beside it: timings are worthless then.`;

/** Of the networks: the paper's tests, and where they have settled. */
const ITERATIONS = [8, 24];

/** Of the operators. */
const EVALUATIONS = 500;

const SOLVER = 'highs';

const LEGEND = `Programs a second on one thread: the median over rounds, least and most. Times go from programs in memory to points in memory: what turns
programs into arrays and back is in them; compiling, once for each shape of a batch, is not. Rounds take turns, and a call answers
other programs than the one before, but for the batch of all. Solvers have no batches, so their only number counts for all; the last but one column compares the largest batch with HiGHS.

Networks and operators compute in float32. An evaluation of a network is one application; of the operators, a product with A and one with its
transpose. Larger batches are answered in groups of at most 128. HiGHS keeps one runtime and one model, into which programs are passed one
after the other; its presolve is off, since it takes longer than it saves on programs this small.

The error is the mean of ‖x̂ − x‖/(‖x‖ + 1) over all programs. Networks without a shipped checkpoint have fresh parameters, which are as fast
as trained ones, and no error here.`;

async function main(): Promise<number> {
  const options = benchOptions(HELP, { rounds: '7', programs: '1000', models: SHIPPED_MODELS });
  if (options === null) return 0;
  const { models } = options;
  const rounds = wholeNumber('--rounds', options.rounds);
  const size = wholeNumber('--programs', options.programs, 65);
  const exitCode = runKeepingMemory();
  if (exitCode !== null) return exitCode;
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const { programs, sha256 } = await paperPrograms('test', { size });
  const networks = await Promise.all(EMBEDDINGS.map((e) => networkAnswerers(e, ITERATIONS, models)));
  const answerers = [
    ...networks.flat(),
    await exactAnswerer(EVALUATIONS, models),
    pdhgAnswerer(EVALUATIONS),
    await highsAnswerer(),
    await javascriptAnswerer(),
  ];
  const rows = await measureThroughput(answerers, programs, {
    batches: [1, 64, size],
    rounds,
    onReady: ({ name, evaluations }) =>
      console.log(evaluations === null ? name : `${name}, ${evaluations} evaluations`),
  });
  for (const answerer of answerers) await answerer.dispose();
  await writeReport(
    {
      name: 'bench:lp',
      heading: '# Linear programs a second',
      rows: rows.map(rounded),
      table: throughputTable(rows, SOLVER),
      legend: LEGEND,
      config: { rounds, programs: size, sha256, iterations: ITERATIONS, evaluations: EVALUATIONS },
      wallTimeMs: performance.now() - start,
      remarks: `; ${size} programs of 10 constraints and 50 variables`,
    },
    options,
  );
  return 0;
}

/** Rates to five digits, errors to four. */
function rounded(row: ThroughputRow): ThroughputRow {
  const short = (value: number, digits: number): number => Number(value.toPrecision(digits));
  return {
    ...row,
    rates: row.rates.map(({ batch, perSecond, spread: [least, most] }) => ({
      batch,
      perSecond: short(perSecond, 5),
      spread: [short(least, 5), short(most, 5)],
    })),
    error: row.error === null ? null : short(row.error, 4),
  };
}

await runProgram(main);
