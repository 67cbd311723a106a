/** A training run in a process of its own, killed twice. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadCheckpoint } from '../checkpoints/checkpoint.ts';
import { MODEL_FACTS } from '../testing/model-facts.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const LONG = 120_000;
const STEPS = 120;

/** Trains `z = tanh(W z + x)`, with augmented batches, Adam, an average and validation, and saves every seven steps. */
const program = (folder: string): string => `
import * as tf from '@tensorflow/tfjs';
import * as core from '@equilibria/core';
tf.env().set('PROD', true);
const key = core.fromSeed(5);
const { data } = core.normal(core.fold(key, 'data'), [40, 4]);
const samples = Array.from({ length: 40 }, (_, i) => ({ x: { data: Float32Array.from(data.slice(4 * i, 4 * i + 4)), shape: [4] } }));
const task = core.implicitTask({
  map: ({ W }, z, { x }) => tf.tanh(tf.add(tf.matMul(z, W), x)),
  start: ({ x }) => tf.zerosLike(x),
  loss: (z, _, { x }) => tf.mean(tf.squaredDifference(z, tf.sin(x))),
  gradient: core.implicit(),
  maxSteps: 30,
});
const W = core.normal(core.fold(key, 'W'), [4, 4], { std: 0.2 });
await core.train({
  task,
  params: { W: { data: Float32Array.from(W.data), shape: [4, 4] } },
  batches: (from) => core.batches({ size: 40, get: (i) => samples[i] }, {
    batchSize: 8, key: core.fold(key, 'order'), from,
    augment: ({ x }, k) => ({ x: { ...x, data: x.data.map((v, i) => v + 0.01 * core.normal(k, 4).data[i]) } }),
  }),
  schedule: core.cosineRate(0.02, { steps: ${STEPS} }),
  optimiser: core.adam(), clipNorm: 1, averageDecay: 0.95, steps: ${STEPS}, historyEvery: 10, saveEvery: 7,
  validation: { every: 20, better: 'lower', score: ({ W }) => Math.hypot(...W.data) },
  store: core.checkpointStore(${JSON.stringify(folder)}, () => (${JSON.stringify(MODEL_FACTS)})),
  onProgress: ({ step }) => console.log('step ' + step),
});
console.log('end');
`;

/** Runs the program, to its end or until it has reported a step; gives the first step it reported. */
async function run(folder: string, killAt = Infinity): Promise<number> {
  const args = [
    '--import',
    'tsx',
    '--conditions=@equilibria/source',
    '--input-type=module',
    '-e',
    program(folder),
  ];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '' } });
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(String(text)));
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.on('close', (status, signal) => resolve(signal ?? status));
  });
  let first = 0;
  for await (const line of createInterface(child.stdout)) {
    const step = Number(/^step (\d+)$/.exec(line)?.[1] ?? 0);
    first ||= step;
    if (step >= killAt) child.kill('SIGKILL');
  }
  const end = await ended;
  if (end !== (killAt === Infinity ? 0 : 'SIGKILL')) throw new Error(`ended by ${end}: ${errors.join('')}`);
  return first;
}

describe('a training run', () => {
  const folders: string[] = [];
  const newFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'equilibria-killed-'));
    folders.push(folder);
    return join(folder, 'run');
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it(
    'killed twice ends with the very bits of one that was not',
    async () => {
      const [whole, killed] = [await newFolder(), await newFolder()];
      expect(await run(whole)).toBe(1);
      expect(await run(killed, 31)).toBe(1);
      const second = await run(killed, 86);
      expect(second).toBeGreaterThan(28);
      const third = await run(killed);
      expect(third).toBeGreaterThan(84);
      const [expected, got] = [await contents(whole), await contents(killed)];
      expect(got).toEqual(expected);
    },
    LONG,
  );
});

/** Everything of the final checkpoint. */
async function contents(folder: string): Promise<unknown> {
  const W = { shape: [4, 4], dtype: 'float32' as const };
  const params = { W };
  const scalar = { shape: [], dtype: 'float32' as const };
  // Adam's means are of all parameters as one vector.
  const all = { shape: [16], dtype: 'float32' as const };
  const optimiser = { count: scalar, mean: all, square: all };
  const template = { params, optimiser, average: params, updates: scalar, best: params };
  const { trees, progress } = await loadCheckpoint(folder, template);
  return { trees, progress };
}
