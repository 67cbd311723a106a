import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, type HostArray } from '@equilibria/compile';
import { saveCheckpoint } from '../checkpoints/checkpoint.ts';
import { type ModelCardFacts, readModelCard } from '../checkpoints/model-card.ts';
import { EMPTY_INTERVAL } from './history.ts';
import { checkpointStore, resumed, type RunProgress, type RunStore, savedRun } from './run-store.ts';
import type { Run } from './train.ts';

const scalar = (value: number): HostArray => ({ data: Float32Array.of(value), shape: [] });

const fresh: Run = {
  state: {
    params: { w: scalar(0) },
    optimiser: { velocity: {} },
    average: { w: scalar(0) },
    updates: scalar(0),
  },
  best: null,
  step: 0,
  position: null,
  history: [],
  interval: EMPTY_INTERVAL,
  validations: [],
};

const later: Run = {
  state: {
    params: { w: scalar(1) },
    optimiser: { velocity: {} },
    average: { w: scalar(2) },
    updates: scalar(3),
  },
  best: { step: 2, score: 0.5, params: { w: scalar(4) } },
  step: 3,
  position: { epoch: 1, index: 2 },
  history: [
    { step: 2, loss: null, gradientNorm: 1, learningRate: 0.1, skipped: 1, report: { residual: null } },
  ],
  interval: { ...EMPTY_INTERVAL, steps: 1, report: { residual: 1e-3 } },
  validations: [
    { step: 1, score: null },
    { step: 2, score: 0.5 },
  ],
};

const CONFIG = { seed: 1, clipNorm: null };

const facts = ({ step }: Pick<RunProgress, 'step'>): ModelCardFacts => ({
  name: 'run',
  description: `After step ${step}.`,
  domain: 'theory',
  operator: { name: 'tanh', config: {} },
  data: [],
  command: 'npm test',
  run: {
    seed: 1,
    config: {},
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: 0,
    commit: null,
    versions: {},
    machine: { cpu: 'any', cores: 1, memoryBytes: 1, platform: 'any' },
  },
  metrics: [],
  licence: 'Apache-2.0',
  intendedUse: 'None.',
  limits: 'All.',
});

let folder: string;
let store: RunStore;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'equilibria-run-')), 'run');
  store = checkpointStore(folder, facts);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

describe('checkpointStore', () => {
  it('gives back the run that was saved last, with a card of its own, and none before', async () => {
    expect(await resumed(store, fresh, CONFIG)).toBeNull();
    await store.save(savedRun(fresh, CONFIG));
    expect(await resumed(store, fresh, CONFIG)).toEqual(fresh);
    await store.save(savedRun(later, CONFIG));
    expect(await resumed(store, fresh, CONFIG)).toEqual(later);
    expect((await readModelCard(folder)).description).toBe('After step 3.');
  });

  it('refuses the checkpoint of something else', async () => {
    await saveCheckpoint(folder, { trees: { params: { w: scalar(1) } }, card: facts({ step: 0 }) });
    const refused = resumed(store, fresh, CONFIG);
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(
      `checkpointStore: ${folder} must hold a training run; got a checkpoint of something else. Keep the run in a folder of its own.`,
    );
  });

  it('refuses a run of another model', async () => {
    await store.save(savedRun(later, CONFIG));
    const other = { ...fresh, state: { ...fresh.state, params: { v: scalar(0) } } };
    await expect(resumed(store, other, CONFIG)).rejects.toThrow(
      'must hold no other tensors than the template',
    );
  });

  it('refuses a folder that is none', async () => {
    await writeFile(folder, '');
    const message = `: ${folder} must be a folder that can be read and written; got a file. Choose another folder.`;
    await expect(store.load({})).rejects.toThrow(`hasCheckpoint${message}`);
    await expect(store.save(savedRun(fresh, CONFIG))).rejects.toThrow(`saveCheckpoint${message}`);
  });
});

describe('resumed', () => {
  it('refuses another configuration, also what only one of them names', async () => {
    await store.save(savedRun(fresh, CONFIG));
    for (const [config, was] of [
      [{ ...CONFIG, seed: 2 }, "'seed' was 1 and is 2"],
      [{ ...CONFIG, rate: 0.1 }, "'rate' was undefined and is 0.1"],
      [{ clipNorm: null }, "'seed' was 1 and is undefined"],
    ] as const) {
      await expect(resumed(store, fresh, config)).rejects.toThrow(was);
    }
  });
});
