/** The table of outcomes: its file, and its rendering. */

import { existsSync, readFileSync } from 'node:fs';
import { DataError, resultsSchema, type RunDescription } from '@equilibria/core';
import { z } from 'zod';

const SCHEMA = 'equilibria.lp-outcomes/2';

const measured = z.number().nullable();

const rowSchema = z.strictObject({
  /** Folder below `DATA/lp`, and the file in it. */
  set: z.string(),
  file: z.string(),
  method: z.string(),
  /** Of the file that was read, lower-case hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  expected: z.strictObject({
    status: z.enum(['optimal', 'infeasible', 'unbounded']),
    objective: measured,
  }),
  /** The judgement: `judgeOutcome` of lp-solver. */
  correct: z.boolean(),
  objectiveError: measured,
  /** The answer, verified: `Answer` of lp-solver. */
  relaxation: z.boolean(),
  status: z.enum(['optimal', 'infeasible', 'unbounded', 'iteration-limit', 'time-limit', 'failed']),
  objective: measured,
  primalResidual: measured,
  dualResidual: measured,
  gap: measured,
  evaluations: z.number().nonnegative().nullable(),
  wallTimeMs: z.number().nonnegative(),
  message: z.string().optional(),
});

const settingsSchema = z.strictObject({
  /** Bound on the three relative errors of an optimum, dimensionless. */
  tolerance: z.number().positive(),
  /** Bound on the relative error of a correct objective, dimensionless. */
  objectiveTolerance: z.number().positive(),
  timeLimitMs: z.number().positive(),
});

const tableSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  settings: settingsSchema.readonly(),
  /** The runs that added rows, in order: commit, versions, machine. */
  runs: z.array(resultsSchema.shape.run).readonly(),
  rows: z.array(rowSchema.readonly()).readonly(),
});

/** One instance by one method. */
export type OutcomeRow = z.infer<typeof tableSchema>['rows'][number];

/** All rows of one setting. */
export type OutcomeTable = Readonly<z.infer<typeof tableSchema>>;

/**
 * The table in a file, or an empty one.
 *
 * @throws {DataError} if the file is something else, or was made with other settings.
 */
export function readTable(file: string, settings: OutcomeTable['settings']): OutcomeTable {
  if (!existsSync(file)) return { schema: SCHEMA, settings, runs: [], rows: [] };
  const table = parse(file);
  const made = table.settings;
  if (
    made.tolerance === settings.tolerance &&
    made.objectiveTolerance === settings.objectiveTolerance &&
    made.timeLimitMs === settings.timeLimitMs
  ) {
    return table;
  }
  throw new DataError(
    `${file}: it must have been made with these settings (${describeSettings(settings)}); got ` +
      `${describeSettings(made)}. Give another --out.`,
  );
}

function parse(file: string): OutcomeTable {
  const parsed = tableSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`;
  throw new DataError(`${file}: it must be a table of ${SCHEMA}; got ${reason}. Give another --out.`, {
    cause: parsed.error,
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new DataError(`${file}: it must be a table of ${SCHEMA}; got no JSON. Give another --out.`, {
      cause,
    });
  }
}

function describeSettings({ tolerance, objectiveTolerance, timeLimitMs }: OutcomeTable['settings']): string {
  return (
    `relative errors at most ${tolerance}, objective correct to ${objectiveTolerance}, ` +
    `time limit ${timeLimitMs / 1000} s`
  );
}

/** Markdown: how many each method got right, then status, objective error and time of each instance. */
export function markdownOf(table: OutcomeTable): string {
  const methods = [...new Set(table.rows.map(({ method }) => method))];
  const instances = [...new Set(table.rows.map(({ set, file }) => `${set}/${file}`))];
  const cell = (instance: string, method: string): string => {
    const found = table.rows.find(
      (entry) => entry.method === method && `${entry.set}/${entry.file}` === instance,
    );
    return found === undefined ? '' : describe(found);
  };
  const expected = (instance: string): string => {
    const found = table.rows.find(({ set, file }) => `${set}/${file}` === instance);
    return found?.expected.objective?.toPrecision(10) ?? found?.expected.status ?? '';
  };
  return [
    '# Methods on public linear programs',
    '',
    'Written by `npm run lp -- instances`. Each answer is recomputed on the program by code that is independent of the method.',
    '',
    `Settings: ${describeSettings(table.settings)}. A cell: the verified status, the error of the objective`,
    'relative to its magnitude or 1, evaluations, time. **Bold**: not the expected outcome.',
    '',
    // Runs of the same commit on the same machine are told once.
    ...[...new Set(table.runs.map(describeRunOf))].flatMap((line) => [line, '']),
    row('method', 'correct', 'feasible LPs, without relaxations', 'total time'),
    row('---', '---:', '---:', '---:'),
    ...methods.map((method) => summary(method, table)),
    '',
    row('instance', 'expected', ...methods),
    row('---', '---:', ...methods.map(() => '---')),
    ...instances.map((name) => row(name, expected(name), ...methods.map((method) => cell(name, method)))),
    '',
  ].join('\n');
}

function describeRunOf({ machine, versions, commit }: RunDescription): string {
  return `Run on ${machine.cpu}, ${machine.cores} cores, Node ${versions['node']}, commit ${commit ?? 'unknown'}.`;
}

function summary(method: string, { rows }: OutcomeTable): string {
  const own = rows.filter((entry) => entry.method === method);
  const feasible = own.filter(({ expected, relaxation }) => expected.status === 'optimal' && !relaxation);
  const correct = (list: readonly OutcomeRow[]): string =>
    `${list.filter((entry) => entry.correct).length} of ${list.length}`;
  const time = own.reduce((sum, { wallTimeMs }) => sum + wallTimeMs, 0) / 1000;
  return row(method, correct(own), `${correct(feasible)} LPs`, `${time.toFixed(1)} s`);
}

function describe({ status, objectiveError, evaluations, wallTimeMs, correct }: OutcomeRow): string {
  const error = objectiveError === null ? [] : [objectiveError.toExponential(0)];
  const text = [status, ...error, evaluations ?? '–', `${(wallTimeMs / 1000).toFixed(2)} s`].join(', ');
  return correct ? text : `**${text}**`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
