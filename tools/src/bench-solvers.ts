/** Compares the solvers on problems of different character: verdicts, evaluations, time of the compiled solve. */
import * as tf from '@tensorflow/tfjs';
import { benchOptions } from './bench/bench-options.ts';
import { writeReport } from './bench/write-report.ts';
import { runProgram, UsageError, wholeNumber } from './program.ts';
import { compareSolvers, type SolverRow } from './solver-bench/compare-solvers.ts';
import { type Problem, PROBLEMS } from './solver-bench/problems.ts';
import { solverTable } from './solver-bench/solver-table.ts';
import { COMPARED } from './solver-bench/solvers.ts';

const HELP = `Usage: npm run bench:solvers -- [--json FILE] [--markdown FILE] [--evaluations N] [--rounds N] [--problems NAME;…]

Solves each problem by each solver, compiled, within so many evaluations a sample (default 2000), and tells how the samples ended,
the evaluations, and the time of a solve: the median of the rounds (default 15), the solvers taking turns. Take no other load
beside it: timings are worthless then.

Problems: ${Object.keys(PROBLEMS).join('; ')}.
Solvers: ${Object.keys(COMPARED).join('; ')}.`;

const LEGEND = `A cell holds the evaluations of the map that the slowest sample took, and the median time of the compiled solve of the whole batch; bold
is the least of a row. Where not every sample converged, it holds how many did and how the others ended. A product with the Jacobian, of
which newton-krylov makes eight a step, counts as two evaluations. Solvers have their defaults but for what their names say; all have the
same start, stop rule and budget. Compiled, evaluations that share work are cheaper than their number tells, and bookkeeping is not free:
where the map is small, it is most of the time.`;

async function main(): Promise<number> {
  const values = benchOptions(HELP, { evaluations: '2000', rounds: '15', problems: undefined });
  if (values === null) return 0;
  const evaluations = wholeNumber('--evaluations', values.evaluations);
  const rounds = wholeNumber('--rounds', values.rounds);
  const names = namesOf(values.problems);
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const solvers = Object.keys(COMPARED);
  const problems: Problem[] = [];
  const rows: SolverRow[] = [];
  for (const name of names) {
    const problem = PROBLEMS[name]!();
    problems.push(problem);
    rows.push(...(await compareSolvers(problem, { solvers, evaluations, rounds })));
    console.log(solverTable(rows.slice(-solvers.length)).split('\n').at(-1));
  }
  const list = problems.map(({ name, character }) => `- ${name}: ${character}.`).join('\n');
  const report = {
    name: 'bench:solvers',
    heading: '# Solvers compared',
    rows,
    table: solverTable(rows),
    legend: `${LEGEND}\n\n${list}`,
    config: { evaluations, rounds, problems: names, solvers },
    wallTimeMs: performance.now() - start,
    remarks: `; at most ${evaluations} evaluations a sample`,
  };
  await writeReport(report, values);
  return 0;
}

function namesOf(text: string | undefined): string[] {
  const known = Object.keys(PROBLEMS);
  const names = text?.split(';').map((name) => name.trim()) ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--problems: there is no problem '${unknown}'`);
  return names;
}

await runProgram(main);
