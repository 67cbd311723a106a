/** `solve FILE`: one program, one method, one verified answer. */

import { assertWritable, DataError, saveFile } from '@equilibria/core';
import {
  type Answer,
  type LinearProgram,
  polishableMethods,
  type Polished,
  polishInProcess,
  readLinearProgram,
  solutionByName,
  solveLinearProgram,
  uncountedMethods,
} from '@equilibria/lp-solver';
import { describedAnswer, describePolished, polishSummaryOf } from './answer-summary.ts';
import { exitCodeOf } from './arguments.ts';
import { showProgress } from './progress-line.ts';

/** The options of the command; times in seconds. */
export type SolveCommandOptions = {
  readonly method: string;
  readonly tolerance: number;
  readonly iterations?: number;
  readonly timeLimit: number;
  readonly polish?: boolean;
  readonly out?: string;
  readonly json?: boolean;
};

/** Values that are printed; files and JSON have all. */
const SHOWN_VALUES = 20;

/** Most rounds in which polishing is timed. */
const ROUNDS = 15;

/**
 * Solves the program of a file, polishes the answer if that is asked for, writes the solution, prints what was found, and returns the
 * exit code. Of a polished answer, the method's own is told as the prediction.
 */
export async function solveCommand(file: string, options: SolveCommandOptions): Promise<number> {
  const { method, out, iterations, json = false, polish = false } = options;
  if (iterations !== undefined && uncountedMethods.includes(method)) {
    throw new DataError(`--iterations: ${method} does not count its iterations. Give --time-limit instead.`);
  }
  if (polish && !polishableMethods.includes(method)) {
    throw new DataError(
      `--polish: it needs a method that ends near a vertex, not at one: ${polishableMethods.join(', ')}; got ${method}.`,
    );
  }
  if (out !== undefined) assertWritable('--out', out, file);
  const lp = await readLinearProgram(file);
  const prediction = await solve(lp, options);
  const polished = polish && !isCertified(prediction) ? await polishAnswer(lp, prediction, options) : null;
  const answer = polished?.answer ?? prediction;
  const document = (): Record<string, unknown> => ({
    file,
    ...describedAnswer(polished === null ? method : 'highs', answer),
    ...(polish ? polishSummaryOf(method, prediction, polished) : {}),
    ...solutionByName(lp, answer),
  });
  // Written first: a reader of standard output may have gone.
  if (out !== undefined) await saveFile('--out', out, `${JSON.stringify(document(), null, 2)}\n`);
  if (json) console.log(JSON.stringify(document()));
  else {
    console.log(describe(lp, prediction, method));
    if (polish) console.log(`\n${describePolished(polished)}`);
    if (answer.x !== null) console.log(`\n${describeValues(lp, answer.x)}`);
  }
  return exitCodeOf(answer.status);
}

/** Where a certificate proves that there is no optimum, there is nothing to polish. */
function isCertified({ status }: Answer): boolean {
  return status === 'infeasible' || status === 'unbounded';
}

function polishAnswer(
  lp: LinearProgram,
  { x, y }: Answer,
  { tolerance, timeLimit }: SolveCommandOptions,
): Promise<Polished> {
  const pair = x === null || y === null ? null : { x, y };
  return polishInProcess(lp, pair, { tolerance, timeLimitMs: timeLimit * 1000, rounds: ROUNDS });
}

async function solve(
  lp: LinearProgram,
  { method, tolerance, timeLimit, iterations, json = false }: SolveCommandOptions,
): Promise<Answer> {
  const line = !json && process.stderr.isTTY ? showProgress(method, process.stderr) : undefined;
  try {
    return await solveLinearProgram(lp, {
      method,
      tolerance,
      timeLimitMs: timeLimit * 1000,
      ...(iterations === undefined ? {} : { maxEvaluations: iterations }),
      ...(line === undefined ? {} : { onProgress: line.onProgress }),
    });
  } finally {
    line?.end();
  }
}

/** The first values that are not zero. */
function describeValues({ columnNames }: LinearProgram, x: Float64Array): string {
  const nonzeros = columnNames.flatMap((name, j) => (x[j] === 0 ? [] : [`${name} = ${x[j]}`]));
  const shown = nonzeros.slice(0, SHOWN_VALUES);
  const left = nonzeros.length - shown.length;
  const lines = [...(shown.length === 0 ? ['all 0'] : shown), ...(left === 0 ? [] : [`… and ${left} more`])];
  return lines.map((line, i) => `${(i === 0 ? 'values' : '').padEnd(17)}${line}`).join('\n');
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
    ...(answer.ray === null ? [] : [['certificate', certificateLine(answer)] as const]),
    ['evaluations', answer.evaluations === null ? '–' : String(answer.evaluations)],
    ['time', `${(answer.wallTimeMs / 1000).toFixed(3)} s`],
    ...(answer.message === undefined ? [] : [['note', answer.message] as const]),
  ];
  return lines.map(([name, value]) => `${name.padEnd(17)}${value}`).join('\n');
}

function certificateLine({ status, rayError }: Answer): string {
  const what = status === 'infeasible' ? 'Farkas multipliers of the rows' : 'a direction of the columns';
  return `${what}, relative error ${(rayError ?? 0).toExponential(2)}`;
}
