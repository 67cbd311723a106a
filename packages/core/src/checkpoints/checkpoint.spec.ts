import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { DataError, spec } from '@equilibria/compile';
import { hasCheckpoint, loadCheckpoint, readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { MODEL_FACTS as FACTS } from '../testing/model-facts.ts';
import { readModelCard } from './model-card.ts';
import type { Json } from './strict-json.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const PARAMS = {
  layers: [
    {
      w: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      b: { data: Float32Array.of(5, 6), shape: [2] },
    },
  ],
  steps: { data: Int32Array.of(7), shape: [] },
};
const OPTIMISER = { count: { data: Float64Array.of(0.1), shape: [] }, none: {} };
const TEMPLATE = {
  params: { layers: [{ w: spec([2, 2]), b: spec([2]) }], steps: spec([], 'int32') },
  optimiser: OPTIMISER,
};
const PROGRESS = { step: 3, position: { epoch: 1, index: 20 }, best: [0.5, null] };
const CONTENT = { trees: { params: PARAMS, optimiser: OPTIMISER }, card: FACTS, progress: PROGRESS };

const card = () => join(folder, 'model-card.json');
async function weights(): Promise<string> {
  return join(folder, (await readModelCard(folder)).weights.file);
}

/** Edits the text of the card. */
async function edit(change: (text: string) => string): Promise<void> {
  const text = await readFile(card(), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(card(), changed);
}

async function messageOf(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => 'nothing thrown',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}

describe('a checkpoint', () => {
  it('gives back trees, progress and card, and leaves two files', async () => {
    const saved = await saveCheckpoint(folder, CONTENT);
    const loaded = await loadCheckpoint(folder, TEMPLATE);
    expect(loaded).toEqual({ trees: CONTENT.trees, card: saved, progress: PROGRESS });
    expect(saved.parameters).toBe(7);
    expect(saved.weights.trees).toEqual(['optimiser', 'params']);
    expect((await readdir(folder)).toSorted()).toEqual(['model-card.json', saved.weights.file]);
  });

  it('is the same bytes for the same content', async () => {
    await saveCheckpoint(folder, CONTENT);
    const bytes = await readFile(card());
    await saveCheckpoint(folder, CONTENT);
    expect(await readFile(card())).toEqual(bytes);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('gives the trees that a template asks for, by tensors as well', async () => {
    await saveCheckpoint(folder, CONTENT);
    await tf.setBackend('cpu');
    const count = tf.zeros([2]);
    const template = { params: { ...TEMPLATE.params, layers: [{ w: spec([2, 2]), b: count }] } };
    const { trees } = await loadCheckpoint(folder, template);
    count.dispose();
    expect(trees).toEqual({ params: PARAMS });
    const b: { readonly data: ArrayLike<number> } = trees.params.layers[0]!.b;
    expect(b.data[1]).toBe(6);
  });

  it('can be read without a template, and be saved of flat trees', async () => {
    await saveCheckpoint(folder, CONTENT);
    const { tensors } = await readCheckpoint(folder);
    expect(Object.keys(tensors).toSorted()).toEqual([
      'optimiser.count',
      'params.layers.0.b',
      'params.layers.0.w',
      'params.steps',
    ]);
    const flat = Object.entries(tensors).filter(([name]) => name.startsWith('params.'));
    const params = Object.fromEntries(flat.map(([name, tensor]) => [name.slice('params.'.length), tensor]));
    await saveCheckpoint(folder, { trees: { params }, card: FACTS });
    const { trees, progress } = await loadCheckpoint(folder, { params: TEMPLATE.params });
    expect({ trees, progress }).toEqual({ trees: { params: PARAMS }, progress: null });
  });

  it('is there or not', async () => {
    expect(await hasCheckpoint(join(folder, 'absent'))).toBe(false);
    expect(await hasCheckpoint(folder)).toBe(false);
    await saveCheckpoint(join(folder, 'a', 'b'), CONTENT);
    expect(await hasCheckpoint(join(folder, 'a', 'b'))).toBe(true);
  });
});

describe('saveCheckpoint', () => {
  it.each<[string, object, string]>([
    ['a card without a licence', { card: { ...FACTS, licence: '' } }, 'at "licence"'],
    [
      'a card with NaN',
      { card: { ...FACTS, metrics: [{ ...FACTS.metrics[0], value: NaN }] } },
      'at "metrics.0.value"',
    ],
    ['a card with unknown fields', { card: { ...FACTS, extra: 1 } }, 'extra'],
    ['progress with NaN', { progress: { loss: NaN } }, 'must get progress that is plain JSON'],
    ['progress with a date', { progress: new Date(0) }, 'must get progress that is plain JSON'],
    [
      'a tree named by a path',
      { trees: { '../params': PARAMS } },
      'must get trees named by letters, digits and _',
    ],
    [
      'two tensors of one path',
      { trees: { params: { 'a.b': PARAMS.steps, a: { b: PARAMS.steps } } } },
      'must get one tensor for each path; got two at "params.a.b"',
    ],
    [
      'a tensor of another size',
      { trees: { params: { data: new Float32Array(1), shape: [2] } } },
      'at "params"',
    ],
  ])('refuses %s and writes nothing', async (_, change, message) => {
    const path = join(folder, 'new');
    expect(await messageOf(saveCheckpoint(path, { ...CONTENT, ...change }))).toContain(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes what killed saves left, and nothing else', async () => {
    const left = ['weights-0123456789abcdef.safetensors', 'model-card.json.0123456789ab.tmp'];
    const kept = ['weights-0.safetensors', 'notes.tmp', 'loss.png'];
    for (const file of [...left, ...kept]) await writeFile(join(folder, file), '');
    const saved = await saveCheckpoint(folder, CONTENT);
    const expected = [...kept, 'model-card.json', saved.weights.file];
    expect((await readdir(folder)).toSorted()).toEqual(expected.toSorted());
  });

  it('leaves the old checkpoint whole until the new card is in its place', async () => {
    await saveCheckpoint(folder, CONTENT);
    const oldCard = await readFile(card());
    const oldWeights = await readFile(await weights());
    const old = await weights();
    await saveCheckpoint(folder, { ...CONTENT, progress: { step: 4 } });
    // What a process killed between the last two steps, or before the card, leaves behind.
    await writeFile(old, oldWeights);
    expect((await loadCheckpoint(folder, TEMPLATE)).progress).toEqual({ step: 4 });
    await writeFile(card(), oldCard);
    expect((await loadCheckpoint(folder, TEMPLATE)).progress).toEqual(PROGRESS);
  });

  it('has a whole checkpoint in the folder at every turn of the event loop', async () => {
    await saveCheckpoint(folder, { ...CONTENT, trees: { params: filled(0) }, progress: 0 });
    const copies = await mkdtemp(join(tmpdir(), 'copies-'));
    const saving = saveCheckpoint(folder, { ...CONTENT, trees: { params: filled(1) }, progress: 1 });
    const end = saving.then(() => true);
    const turn = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(false)));
    let [count, state] = [0, ''];
    do {
      if (state !== (state = stateOf(folder))) copyNow(folder, join(copies, String(count++)));
    } while (!(await Promise.race([end, turn()])));
    const found = new Set<Json>();
    for (let i = 0; i < count; i++) {
      const { trees, progress } = await loadCheckpoint(join(copies, String(i)), { params: spec([SIZE]) });
      expect(trees.params.data).toEqual(filled(progress as number).data);
      found.add(progress);
    }
    expect(found).toEqual(new Set([0, 1]));
    await rm(copies, { recursive: true });
  });

  it('leaves a whole checkpoint when the process is killed', async () => {
    await saveCheckpoint(folder, { ...CONTENT, trees: { params: filled(0) }, progress: 0 });
    const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'checkpoint.ts')).href);
    await killAtChange(
      `
      import { saveCheckpoint } from ${module};
      const card = ${JSON.stringify(FACTS)};
      for (let progress = 1; ; progress++) {
        const params = { data: new Float32Array(${SIZE}).fill(progress), shape: [${SIZE}] };
        await saveCheckpoint(${JSON.stringify(folder)}, { trees: { params }, card, progress });
      }`,
      50,
    );
    const { trees, progress } = await loadCheckpoint(folder, { params: spec([SIZE]) });
    expect(progress).toBeGreaterThan(0);
    expect(trees.params.data).toEqual(filled(progress as number).data);
  }, 60_000);
});

const SIZE = 2 ** 12;

function filled(value: number) {
  return { data: new Float32Array(SIZE).fill(value), shape: [SIZE] };
}

function stateOf(path: string): string {
  const stateOfFile = (file: string): string => {
    const found = statSync(join(path, file), { throwIfNoEntry: false });
    return `${file} ${found?.ino} ${found?.size}`;
  };
  return readdirSync(path).map(stateOfFile).join();
}

/** What a process that is killed now would leave behind. */
function copyNow(from: string, to: string): void {
  mkdirSync(to);
  for (const file of readdirSync(from)) {
    if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
  }
}

/** Runs a script in a process of its own, until its folder has changed so many times. */
async function killAtChange(script: string, changes: number): Promise<void> {
  const flags = ['--import', 'tsx', '--conditions=@equilibria/source', '--input-type=module'];
  const child = spawn(process.execPath, [...flags, '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let seen = 0;
  const watcher = watch(folder, () => {
    if (++seen === changes) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  watcher.close();
  expect(signal).toBe('SIGKILL');
}

describe('loadCheckpoint', () => {
  beforeEach(() => saveCheckpoint(folder, CONTENT));

  it.each<[string, object, string]>([
    [
      'a shape',
      { params: { ...TEMPLATE.params, steps: spec([1], 'int32') } },
      'must hold "params.steps" as int32[1]; got int32[]. Load it with the operator and the configuration of its card.',
    ],
    [
      'a dtype',
      { params: { ...TEMPLATE.params, steps: spec([]) } },
      'must hold "params.steps" as float32[]; got int32[]',
    ],
    [
      'a path',
      { params: { ...TEMPLATE.params, bias: spec([]) } },
      'must hold "params.bias" as float32[]; got nothing',
    ],
    [
      'a path less',
      { params: { layers: TEMPLATE.params.layers } },
      'no other tensors than the template; got "params.steps"',
    ],
    ['a tree', { average: spec([]) }, 'must hold the tree "average"; got only "optimiser, params"'],
  ])('names what differs from the template: %s', async (_, template, message) => {
    const found = await messageOf(loadCheckpoint(folder, template as typeof TEMPLATE));
    expect(found).toContain(`loadCheckpoint: ${folder} `);
    expect(found).toContain(message);
  });

  it.each<[string, (text: string) => string, string]>([
    ['is no JSON', (text) => text.slice(0, 100), 'must '],
    ['is not UTF-8', (text) => text.replace('halving', ''), 'must be in UTF-8; got other bytes'],
    ['is of another version', (text) => text.replace('model-card/1', 'model-card/2'), 'at "schema"'],
    ['has an unknown field', (text) => text.replace('{', '{"code":"1",'), 'code'],
    [
      'has a field twice',
      (text) => text.replace('{', '{"name":"a",'),
      'must name each field once; got "name" twice',
    ],
    [
      'has a reserved name',
      (text) => text.replace('"width"', '"__proto__"'),
      'must not use the reserved names',
    ],
    ['is nested deeply', (text) => text.replace('"width": 2', `"a":${'['.repeat(1e5)}`), 'at most 32 levels'],
    ['is too long', (text) => text + ' '.repeat(2 ** 20), 'must have at most 1048576 bytes'],
    [
      'names a file of another folder',
      (text) => text.replace('weights-', '../weights-'),
      'at "weights.file"',
    ],
    ['names a file by a path', (text) => text.replace(/weights-\w+/, '/etc/passwd'), 'at "weights.file"'],
    [
      'names a file that is absent',
      (text) => text.replace(/weights-\w{4}/, 'weights-0000'),
      'must be there; got no file',
    ],
    [
      'names another digest',
      (text) => text.replace(/("sha256": ")\w{8}(?=\w{56}",\s+"bytes")/, '$100000000'),
      'must have the digest',
    ],
    ['names another size', (text) => text.replace(/("bytes": )\d+/, '$17'), 'of 7 bytes; got'],
  ])('refuses a card that %s', async (_, change, message) => {
    await edit(change);
    if (message.includes('UTF-8')) await writeFile(card(), Uint8Array.of(0x7b, 0xff));
    expect(await messageOf(loadCheckpoint(folder, TEMPLATE))).toContain(message);
  });

  it('refuses weights with a changed number', async () => {
    const path = await weights();
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    expect(await messageOf(loadCheckpoint(folder, TEMPLATE))).toContain(
      'must have the digest that model-card.json names',
    );
  });

  it('refuses links, wherever they lead', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    for (const path of [await weights(), card()]) {
      const moved = join(outside, 'file');
      await rename(path, moved);
      await symlink(moved, path);
      expect(await messageOf(loadCheckpoint(folder, TEMPLATE))).toContain('got a symbolic link');
      await rm(path);
      await rename(moved, path);
    }
    await rm(outside, { recursive: true });
    expect((await loadCheckpoint(folder, TEMPLATE)).progress).toEqual(PROGRESS);
  });

  it('refuses weights larger than they may be', async () => {
    const found = await messageOf(loadCheckpoint(folder, TEMPLATE, { maxBytes: 10 }));
    expect(found).toContain('must have at most 10 bytes');
  });

  it('refuses a folder without a checkpoint', async () => {
    const found = await messageOf(loadCheckpoint(join(folder, 'absent'), TEMPLATE));
    expect(found).toContain(`${join(folder, 'absent', 'model-card.json')} must be there; got no file`);
  });

  it('reads one whole save if another one replaces it after any of its steps', async () => {
    const next = join(folder, 'next');
    const files = [await weights(), card()];
    const old = await Promise.all(files.map((path) => readFile(path)));
    const { weights: newWeights } = await saveCheckpoint(next, { ...CONTENT, progress: 'new' });
    const found = new Set<string>();
    for (let steps = 0; steps < 40; steps++) {
      files.forEach((path, i) => writeFileSync(path, old[i]!));
      const loading = loadCheckpoint(folder, TEMPLATE);
      // Each of these takes about as long as one of its steps.
      for (let i = 0; i < steps; i++) await stat(folder);
      for (const file of [newWeights.file, 'model-card.json']) {
        copyFileSync(join(next, file), join(folder, 'copy'));
        renameSync(join(folder, 'copy'), join(folder, file));
      }
      rmSync(files[0]!);
      found.add(JSON.stringify((await loading).progress));
    }
    expect(found).toEqual(new Set([PROGRESS, 'new'].map((progress) => JSON.stringify(progress))));
  });
});
