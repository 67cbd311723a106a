/** Trains and tests the learned examples of core. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  assertWritable,
  describeRun,
  LEARNED_MODELS,
  LEARNED_STEPS,
  LEARNED_TARGETS,
  progressText,
  runFolder,
  saveFile,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { format } from 'prettier';
import { modelFolder, type StudyRow, studyRun, type StudyRun } from './learn/study.ts';
import { studyPage, studyTable } from './learn/study-table.ts';
import { tune, type TuningRow } from './learn/tune.ts';
import { runProgram, UsageError } from './program.ts';

const MODELS = LEARNED_MODELS.map(({ name }) => name);

const HELP = `Usage: npm run learn -- [--targets NAME,…] [--models NAME,…] [--seeds N,…] [--steps N]
                     [--out FOLDER] [--json FILE] [--markdown FILE] [--ship] [--tune]

Trains an implicit model of a steep function and explicit ones beside it, and tests them along their evaluations. Each run keeps
itself in a folder below --out (default out/learned): stopped at any time and called again, it goes on. --ship copies the
final models to where core ships them. --tune first trains candidates of two to four layers at two learning rates on a steep
target of each family, and tells what the validation inputs say of them.

Targets: ${Object.keys(LEARNED_TARGETS).join(', ')}.
Models: ${MODELS.join(', ')}.`;

/** A steep target of each family, to choose layers and rate by. */
const TUNED_ON = ['two-pole-0.01', 'sine-128'];

const SHIPPED = fileURLToPath(new URL('../../packages/core/checkpoints/learned/', import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      targets: { type: 'string', default: Object.keys(LEARNED_TARGETS).join(',') },
      models: { type: 'string', default: MODELS.join(',') },
      seeds: { type: 'string', default: '0,1,2' },
      steps: { type: 'string', default: String(LEARNED_STEPS) },
      out: { type: 'string', default: 'out/learned' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      ship: { type: 'boolean', default: false },
      tune: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.json !== undefined) assertWritable('--json', values.json);
  if (values.markdown !== undefined) assertWritable('--markdown', values.markdown);
  assertFolder(values.out);
  const runs = runsOf(values);
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const tuning = values.tune ? await tuned(runs[0]!.steps, values.out) : [];
  const rows: StudyRow[] = [];
  for (const run of runs) {
    rows.push(await watched(run, values.out));
    if (values.ship) await ship(run, values.out);
  }
  console.log(`\n${studyTable(rows)}`);
  const described = await describeRun({
    seed: 0,
    config: { targets: values.targets, models: values.models, seeds: values.seeds, steps: values.steps },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: performance.now() - start,
    manifest: new URL('../package.json', import.meta.url),
  });
  const json = { schema: 'equilibria.learned/1', run: described, tuning, rows };
  if (values.json !== undefined) {
    await saveFile(
      '--json',
      values.json,
      await format(JSON.stringify(json), { parser: 'json', printWidth: 110 }),
    );
  }
  if (values.markdown !== undefined) {
    const page = await format(studyPage(rows, tuning), { parser: 'markdown', printWidth: 120 });
    await saveFile('--markdown', values.markdown, page);
  }
  return 0;
}

/** Made at once, so that a wrong one is found out before anything is trained. */
function assertFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    accessSync(out, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `learn: --out must be a folder that can be written to; got '${out}' (${(error as Error).message})`,
    );
  }
}

async function tuned(steps: number, out: string): Promise<readonly TuningRow[]> {
  const rows: TuningRow[] = [];
  for (const target of TUNED_ON) {
    const onRow = ({ kind, sizes, rate, validation }: TuningRow): void =>
      console.log(
        `tuning ${target}  ${kind} ${sizes.join('-')}  rate ${rate}  validation ${validation?.toExponential(2)}`,
      );
    rows.push(...(await tune(target, { steps, out, onRow })));
  }
  return rows;
}

async function watched(run: StudyRun, out: string): Promise<StudyRow> {
  const name = runFolder(run.target, run.model.name, run.seed);
  const isTerminal = process.stderr.isTTY;
  let shown = performance.now();
  const row = await studyRun(run, {
    out,
    onProgress: (progress) => {
      const now = performance.now();
      if (now - shown < (isTerminal ? 200 : 10_000)) return;
      shown = now;
      const line = `${name}  ${progressText(progress)}`;
      process.stderr.write(isTerminal ? `\r\u001B[K${line}` : `${line}\n`);
    },
  });
  if (isTerminal) process.stderr.write('\r\u001B[K');
  const least = Math.min(...row.test.map(({ mean }) => mean ?? Infinity));
  console.log(`${name}  validation ${row.validation?.toExponential(2)}  test ${least.toExponential(2)}`);
  return row;
}

/** The model without its run; what was shipped before is replaced. */
async function ship(run: StudyRun, out: string): Promise<void> {
  const [from, to] = [modelFolder(run, out), modelFolder(run, SHIPPED)];
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true, filter: (path) => basename(path) !== 'run' });
}

function runsOf(values: {
  readonly targets: string;
  readonly models: string;
  readonly seeds: string;
  readonly steps: string;
}): readonly StudyRun[] {
  const targets = listOf('--targets', values.targets, Object.keys(LEARNED_TARGETS));
  const models = listOf('--models', values.models, MODELS);
  const seeds = values.seeds.split(',').map((seed) => integerOf('--seeds', seed, 0));
  const steps = integerOf('--steps', values.steps, 1);
  return targets.flatMap((target) =>
    models.flatMap((name) => {
      const model = LEARNED_MODELS.find((candidate) => candidate.name === name)!;
      return seeds.map((seed) => ({ target, model, seed, steps }));
    }),
  );
}

function listOf(option: string, text: string, known: readonly string[]): readonly string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`learn: ${option} must name some of ${known.join(', ')}; got '${unknown}'`);
  }
  return names;
}

function integerOf(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`learn: ${option} must be integers >= ${least}; got '${text}'`);
}

await runProgram(main);
