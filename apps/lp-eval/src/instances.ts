/** `instances`: every public instance by every method, resumable row by row. */

import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { assertWritable, DataError, describeRun, saveFile } from '@equilibria/core';
import {
  judgeOutcome,
  publicInstances,
  type PublicInstance,
  readLinearProgram,
  solveLinearProgram,
  summaryOf,
} from '@equilibria/lp-solver';
import { isNamed } from './arguments.ts';
import { sha256Of } from './file-digest.ts';
import { markdownOf, readTable, type OutcomeRow, type OutcomeTable } from './outcome-table.ts';

/** The options of the command; times in seconds. */
export type InstancesCommandOptions = {
  readonly data: string;
  readonly out: string;
  readonly methods: readonly string[];
  /** Names of instances; default all. */
  readonly instances?: readonly string[];
  readonly tolerance: number;
  readonly timeLimit: number;
};

/** Runs what the table lacks, writing JSON and Markdown after each row. A row of another file or outcome is run again. */
export async function instancesCommand(
  options: InstancesCommandOptions,
  table: readonly PublicInstance[] = publicInstances,
): Promise<void> {
  const { out, methods, tolerance, timeLimit } = options;
  const instances = table.filter(
    (instance) => options.instances?.some((name) => isNamed(instance, name)) ?? true,
  );
  const folder = checkedFolder(options.data, instances);
  const markdown = `${out.replace(/\.json$/i, '')}.md`;
  // Rounded, because 10 times 1e-6 is not 1e-5.
  const objectiveTolerance = Number((10 * tolerance).toPrecision(12));
  const settings = { tolerance, objectiveTolerance, timeLimitMs: timeLimit * 1000 };
  makeFolderOf(out);
  assertWritable('--out', out);
  assertWritable('--out', markdown);
  const before = readTable(out, settings);
  const start = performance.now();
  const facts = await describeRun({
    seed: 0, // Nothing here is random.
    config: { methods: [...methods], ...settings },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float64',
    wallTimeMs: 0,
    manifest: new URL('../package.json', import.meta.url),
  });
  let rows = before.rows.filter((row) => isCurrent(row, table));
  const kept = rows.length;
  const write = async (): Promise<void> => {
    const run = { ...facts, wallTimeMs: performance.now() - start };
    const runs = rows.length === kept ? before.runs : [...before.runs, run];
    const current = { ...before, runs, rows };
    await saveFile('--out', out, `${JSON.stringify(current, null, 1)}\n`);
    await saveFile('--out', markdown, markdownOf(current));
  };
  await write();
  for (const instance of instances) {
    for (const method of methods) {
      const isDone = rows.some(
        (row) => row.method === method && row.set === instance.set && row.file === instance.file,
      );
      if (isDone) continue;
      const row = await evaluate(folder, instance, method, settings);
      rows = [...rows, row];
      await write();
      const time = (row.wallTimeMs / 1000).toFixed(1);
      console.log(
        `${row.correct ? 'ok  ' : 'MISS'} ${instance.set}/${instance.file} ${method} ${row.status} ${time} s`,
      );
    }
  }
  console.log(`${out} and ${markdown}: ${rows.length} rows`);
}

/** The folder of the linear programs below the data folder. */
export function folderOf(data: string): string {
  const folder = join(data, 'lp');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new DataError(`--data: the folder must hold lp/; got ${data}.`);
  }
  return folder;
}

/** Whether a row is about the file and the outcome that its instance has in the table of public instances. */
function isCurrent({ set, file, sha256, expected }: OutcomeRow, table: readonly PublicInstance[]): boolean {
  const instance = table.find((known) => known.set === set && known.file === file);
  return (
    instance?.sha256 === sha256 &&
    instance.status === expected.status &&
    instance.objective === expected.objective
  );
}

/** The same, every instance being there and being the file it should be: a run of hours must not end at the last one. */
function checkedFolder(data: string, instances: readonly PublicInstance[]): string {
  const folder = folderOf(data);
  const pathOf = ({ set, file }: PublicInstance): string => join(folder, set, file);
  const refuse = (found: readonly PublicInstance[], what: string, lack: string): void => {
    if (found.length === 0) return;
    const names = found.slice(0, 3).map(({ set, file }) => join(set, file));
    const more = found.length > 3 ? ', …' : '';
    throw new DataError(
      `--data: ${folder} must hold ${instances.length} files ${what}; ` +
        `${found.length} ${lack}: ${names.join(', ')}${more}.`,
    );
  };
  refuse(
    instances.filter((instance) => !isReadable(pathOf(instance))),
    'that can be read',
    'are not there',
  );
  refuse(
    instances.filter((instance) => sha256Of(pathOf(instance)) !== instance.sha256),
    'with the checksums of the table',
    'are other files',
  );
  return folder;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Whatever the reason, it is named as missing.
  }
}

/** Makes the folder of a file if the one above is there. Where that fails, `assertWritable` tells why. */
function makeFolderOf(file: string): void {
  try {
    mkdirSync(dirname(resolve(file)));
  } catch {
    // It is there, or it cannot be made: the probe for the file distinguishes them.
  }
}

async function evaluate(
  folder: string,
  instance: PublicInstance,
  method: string,
  { tolerance, objectiveTolerance, timeLimitMs }: OutcomeTable['settings'],
): Promise<OutcomeRow> {
  const { set, file, status, objective } = instance;
  const path = join(folder, set, file);
  const lp = await readLinearProgram(path);
  const answer = await solveLinearProgram(lp, { method, tolerance, timeLimitMs });
  return {
    set,
    file,
    method,
    sha256: instance.sha256,
    expected: { status, objective },
    ...judgeOutcome(answer, instance, objectiveTolerance),
    ...summaryOf(answer),
    ...(answer.message !== undefined && { message: answer.message }),
  };
}
