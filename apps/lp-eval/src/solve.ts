/** `solve FILE`: one program, one method, one verified answer. */

import { writeFileAtomic } from '@equilibria/core';
import {
  type Answer,
  type LinearProgram,
  multiply,
  type Progress,
  readLinearProgram,
  solveLinearProgram,
} from '@equilibria/lp-solver';
import { messageOf, summaryOf } from './answer-summary.ts';
import { exitCodeOf } from './arguments.ts';
import { assertWritable } from './output-file.ts';

/** The options of the command; times in seconds. */
export type SolveCommandOptions = {
  readonly method: string;
  readonly tolerance: number;
  readonly iterations?: number;
  readonly timeLimit: number;
  readonly out?: string;
  readonly json?: boolean;
};

/** Solves the program of a file, prints the answer, writes the solution, and returns the exit code. */
export async function solveCommand(file: string, options: SolveCommandOptions): Promise<number> {
  const { method, tolerance, iterations, timeLimit, out, json = false } = options;
  if (out !== undefined) assertWritable('--out', out, file);
  const lp = await readLinearProgram(file);
  const isWatched = !json && process.stderr.isTTY;
  const answer = await solveLinearProgram(lp, {
    method,
    tolerance,
    timeLimitMs: timeLimit * 1000,
    ...(iterations === undefined ? {} : { maxEvaluations: iterations }),
    ...(isWatched ? { onProgress: showProgress() } : {}),
  });
  if (isWatched) process.stderr.write('\r\u001B[K');
  const source = { file, method };
  if (json) console.log(JSON.stringify({ ...source, ...summaryOf(answer) }));
  else console.log(describe(lp, answer, method));
  if (json && answer.message !== undefined) console.error(answer.message);
  // Printed first: whatever happens to the file, the answer is known.
  if (out !== undefined) {
    const solution = { ...source, ...summaryOf(answer), ...solutionOf(lp, answer), ...messageOf(answer) };
    await writeFileAtomic(out, `${JSON.stringify(solution, null, 2)}\n`);
  }
  return exitCodeOf(answer.status);
}

/** The solution by names: each column's value and reduced cost, each row's activity and multiplier. */
function solutionOf(lp: LinearProgram, answer: Answer): Record<string, unknown> {
  const activity = answer.x === null ? null : multiply(lp.matrix, answer.x);
  return {
    name: lp.name,
    sense: lp.sense,
    columns: lp.columnNames.map((name, j) => ({
      name,
      value: answer.x?.[j] ?? null,
      reducedCost: answer.reducedCosts?.[j] ?? null,
    })),
    rows: lp.rowNames.map((name, i) => ({
      name,
      activity: activity?.[i] ?? null,
      dual: answer.y?.[i] ?? null,
    })),
  };
}

function describe(lp: LinearProgram, answer: Answer, method: string): string {
  const { rows, columns, values } = lp.matrix;
  const short = (value: number | null): string => (value === null ? '–' : value.toExponential(2));
  const lines: readonly (readonly [string, string])[] = [
    ['program', `${lp.name}: ${lp.sense}, ${rows} rows, ${columns} columns, ${values.length} nonzeros`],
    ...(answer.relaxation
      ? [['relaxation', `${lp.integerColumns.length} integer columns as continuous`] as const]
      : []),
    ['method', method],
    ['status', answer.status],
    ['objective', answer.objective === null ? '–' : String(answer.objective)],
    ['primal residual', short(answer.primalResidual)],
    ['dual residual', short(answer.dualResidual)],
    ['gap', short(answer.gap)],
    ['evaluations', String(answer.evaluations)],
    ['time', `${(answer.wallTimeMs / 1000).toFixed(3)} s`],
    ...(answer.message === undefined ? [] : [['note', answer.message] as const]),
  ];
  return lines.map(([name, value]) => `${name.padEnd(17)}${value}`).join('\n');
}

/** A line that is rewritten: evaluations, and the time since this was called. */
function showProgress(): (progress: Progress) => void {
  const start = performance.now();
  return ({ evaluations }) => {
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write(`\r\u001B[K${evaluations} evaluations   ${seconds.toFixed(1)} s`);
  };
}
