/** Checkpoints: trees of tensors in a safetensors file, beside a card that tells what they are. */
import { access, constants, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type * as tf from '@tensorflow/tfjs';
import {
  type HostArray,
  leavesWithPaths,
  type MapTree,
  mapTree,
  type TensorSpec,
  type Tree,
} from '@equilibria/compile';
import { writeFileAtomic } from '../evaluation/atomic-file.ts';
import {
  CARD_FILE,
  type ModelCard,
  type ModelCardFacts,
  parseModelCardFacts,
  readModelCard,
  writeModelCard,
} from './model-card.ts';
import { quoted, refusalOf, type Refuse } from './refusal.ts';
import { MAX_FILE_BYTES, type NamedTensors, readSafetensors, safetensorsParts } from './safetensors.ts';
import { type Json, parseStrictJson } from './strict-json.ts';

/** What a checkpoint is made of. */
export type CheckpointContent = {
  /** Trees by name, as `{ params, optimiser, average }`. Names are of letters, digits and `_`. */
  readonly trees: Readonly<Record<string, Tree<HostArray>>>;
  readonly card: ModelCardFacts;
  /** What else a run must know to go on: plain data, as its position in the data. Default null. */
  readonly progress?: Json;
};

/** What a leaf of a template may be: only its shape and dtype are looked at. */
export type TemplateLeaf = tf.Tensor | HostArray | TensorSpec;

/** Trees by name, of which a checkpoint must have the structure, the shapes and the dtypes. */
export type CheckpointTemplate = Readonly<Record<string, Tree<TemplateLeaf>>>;

/** A checkpoint that was read. */
export type Checkpoint<T extends CheckpointTemplate> = {
  /** The trees of the template, in host arrays of the caller. */
  readonly trees: MapTree<T, TemplateLeaf, HostArray>;
  readonly card: ModelCard;
  readonly progress: Json;
};

/** Options of {@link loadCheckpoint}. */
export type LoadCheckpointOptions = {
  /** Largest file of weights; default 4 GiB. */
  readonly maxBytes?: number;
};

const PROGRESS = 'equilibria.progress';
const PROGRESS_LIMITS = { depth: 32, values: 1_000_000 };
/** What a save may have left behind: another generation of the weights, or what a killed process was writing. */
const LEFT_BEHIND =
  /^(?:weights-[0-9a-f]{16}\.safetensors|(?:weights-[0-9a-f]{16}\.safetensors|model-card\.json)\.[0-9a-f]{12}\.tmp)$/;
/** Times that a card may be replaced while its weights are opened. */
const MAX_REREADS = 8;

/**
 * Saves trees of tensors, progress and a model card in a folder, which is made if it is not there.
 *
 * At every instant, whatever ends the process or the machine, the folder holds the old checkpoint whole or the new one: the weights
 * get a file of their own, named by its digest, which is on the disk before the card that names it replaces the old one. Older
 * weights are removed last. The folder is for one checkpoint and one process that writes; others may read meanwhile.
 *
 * @param content - the trees are borrowed, and must not change until the promise is kept.
 * @returns the card as it was written.
 * @throws {DataError} if a tree, its names, the card or the progress cannot be saved, or the folder cannot be written; nothing is
 *   written then.
 * @throws the file system's error; the old checkpoint remains.
 */
export async function saveCheckpoint(folder: string, content: CheckpointContent): Promise<ModelCard> {
  const refuse = refusalOf('saveCheckpoint', folder);
  const facts = parseModelCardFacts(content.card);
  const tensors = tensorsOf(content.trees, refuse);
  const metadata = { [PROGRESS]: formatProgress(content.progress ?? null, refuse) };
  const { parts, sha256, bytes } = safetensorsParts({ tensors, metadata }, refuse);
  const file = `weights-${sha256.slice(0, 16)}.safetensors`;
  const card: ModelCard = {
    schema: 'equilibria.model-card/1',
    ...facts,
    parameters: countOf(content.trees['params'] ?? []),
    weights: { file, sha256, bytes, trees: Object.keys(content.trees).toSorted() },
  };
  await makeFolder(folder, refuse);
  await writeFileAtomic(join(folder, file), parts);
  await syncFolder(folder);
  await writeModelCard(folder, card);
  await syncFolder(folder);
  await removeLeftBehind(folder, file);
  return card;
}

/**
 * Loads a checkpoint into the structure of a template. Its files are data from strangers: they are checked before memory is
 * allocated for them, nothing in them is run, and none outside the folder is opened. The weights must have the digest that the
 * card names, which finds damage, not malice: who can write the weights can write the card.
 *
 * Trees that the template leaves out are not returned.
 *
 * @param template - trees by name, as `{ params }`, whose leaves are tensors, host arrays or specs. Borrowed.
 * @throws {DataError} if a file is refused, or a tree differs from the template; the message names the path.
 */
export async function loadCheckpoint<T extends CheckpointTemplate>(
  folder: string,
  template: T,
  options: LoadCheckpointOptions = {},
): Promise<Checkpoint<T>> {
  const { card, tensors, progress } = await readCheckpoint(folder, options);
  const refuse = refusalOf('loadCheckpoint', folder);
  const wanted = leavesWithPaths<TemplateLeaf>(template);
  assertTrees(template, card, refuse);
  assertNoOthers({ tensors, template, paths: new Set(wanted.map(({ path }) => path)) }, refuse);
  for (const { path, leaf } of wanted) assertLike(path, { leaf, tensor: tensors[path] }, refuse);
  const trees: unknown = mapTree<TemplateLeaf, HostArray>(template, (_, path) => tensors[path]!);
  return { trees: trees as MapTree<T, TemplateLeaf, HostArray>, card, progress };
}

/** A checkpoint as its files have it. */
export type StoredCheckpoint = {
  readonly card: ModelCard;
  /** By path, the name of the tree first, as `params.layers.0.w`. */
  readonly tensors: NamedTensors;
  readonly progress: Json;
};

/**
 * Reads a checkpoint of unknown form, as {@link loadCheckpoint} does: card and weights of one save, also while another process
 * saves the next.
 *
 * @returns arrays of the caller.
 * @throws {DataError} if a file is refused.
 */
export async function readCheckpoint(
  folder: string,
  options: LoadCheckpointOptions = {},
): Promise<StoredCheckpoint> {
  const { maxBytes = MAX_FILE_BYTES } = options;
  let card = await readModelCard(folder);
  for (let rereads = 0; ; rereads++) {
    try {
      return await readWeights(folder, card, maxBytes);
    } catch (error) {
      const now = await readModelCard(folder);
      if (now.weights.file === card.weights.file || rereads === MAX_REREADS) throw error;
      card = now;
    }
  }
}

/**
 * Whether a folder holds a checkpoint, sound or not.
 * @throws {DataError} if something is there that is no folder, or one that cannot be read.
 */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    return refuseFolder(error, refusalOf('hasCheckpoint', folder));
  });
  return files.includes(CARD_FILE);
}

async function readWeights(folder: string, card: ModelCard, maxBytes: number): Promise<StoredCheckpoint> {
  const path = join(folder, card.weights.file);
  const refuse = refusalOf('loadCheckpoint', path);
  const { tensors, metadata, ...digest } = await readSafetensors(path, { maxBytes, followLinks: false });
  if (digest.sha256 !== card.weights.sha256 || digest.bytes !== card.weights.bytes) {
    const { sha256, bytes } = card.weights;
    refuse(
      `have the digest that ${CARD_FILE} names, SHA-256 ${sha256} of ${bytes} bytes`,
      `${digest.sha256} of ${digest.bytes}`,
    );
  }
  return { card, tensors, progress: parseStrictJson(metadata[PROGRESS] ?? 'null', PROGRESS_LIMITS, refuse) };
}

function tensorsOf(trees: CheckpointContent['trees'], refuse: Refuse): NamedTensors {
  const tensors = new Map<string, HostArray>();
  for (const tree of Object.keys(trees)) {
    if (!/^\w+$/.test(tree)) {
      refuse('get trees named by letters, digits and _', quoted(tree), { remedy: 'Rename the tree.' });
    }
  }
  for (const { path, leaf } of leavesWithPaths<HostArray>(trees)) {
    if (tensors.has(path))
      refuse('get one tensor for each path', `two at ${quoted(path)}`, { remedy: 'Rename one.' });
    tensors.set(path, leaf);
  }
  return Object.fromEntries(tensors);
}

function countOf(tree: Tree<HostArray>): number {
  return leavesWithPaths<HostArray>(tree).reduce((sum, { leaf }) => sum + leaf.data.length, 0);
}

/** Checked, because `JSON.stringify` would write NaN as null without a word. */
function formatProgress(progress: Json, refuse: Refuse): string {
  const parsed = z.json().safeParse(progress);
  const text = parsed.success ? JSON.stringify(progress) : null;
  if (text === null) {
    return refuse('get progress that is plain JSON', 'something else, as NaN, an infinity or a class', {
      remedy: 'Put numbers that may not be finite into a tree.',
    });
  }
  parseStrictJson(text, PROGRESS_LIMITS, refuse);
  return text;
}

function assertTrees(template: CheckpointTemplate, { weights }: ModelCard, refuse: Refuse): void {
  for (const tree of Object.keys(template)) {
    if (weights.trees.includes(tree)) continue;
    refuse(`hold the tree ${quoted(tree)}`, `only ${quoted(weights.trees.join(', '))}`, {
      remedy: 'Leave it out of the template, or save it.',
    });
  }
}

const OTHER_MODEL = 'Load it with the operator and the configuration of its card.';

function assertNoOthers(
  {
    tensors,
    template,
    paths,
  }: { tensors: NamedTensors; template: CheckpointTemplate; paths: ReadonlySet<string> },
  refuse: Refuse,
): void {
  for (const name of Object.keys(tensors)) {
    if (!Object.hasOwn(template, name.split('.', 1)[0]!) || paths.has(name)) continue;
    refuse('hold no other tensors than the template', quoted(name), { remedy: OTHER_MODEL });
  }
}

function assertLike(
  path: string,
  { leaf, tensor }: { readonly leaf: TemplateLeaf; readonly tensor: HostArray | undefined },
  refuse: Refuse,
): void {
  const wanted = describe(leaf);
  const got = tensor === undefined ? 'nothing' : describe(tensor);
  if (wanted !== got) refuse(`hold ${quoted(path)} as ${wanted}`, got, { remedy: OTHER_MODEL });
}

/** The dtypes of TF.js by the arrays that stand for them on the host. */
const DTYPES: Readonly<Record<string, string>> = {
  Float64Array: 'float64',
  Float32Array: 'float32',
  Int32Array: 'int32',
  Uint8Array: 'bool',
};

function describe(leaf: TemplateLeaf): string {
  const dtype = 'dtype' in leaf ? leaf.dtype : DTYPES[leaf.data[Symbol.toStringTag]];
  return `${dtype}[${leaf.shape.join(', ')}]`;
}

async function makeFolder(folder: string, refuse: Refuse): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    // What these functions throw is a system error.
    refuseFolder(cause as NodeJS.ErrnoException, refuse);
  }
}

function refuseFolder(cause: NodeJS.ErrnoException, refuse: Refuse): never {
  const isFile = cause.code === 'ENOTDIR' || cause.code === 'EEXIST';
  return refuse(
    'be a folder that can be read and written',
    isFile ? 'a file' : (cause.code ?? String(cause)),
    {
      cause,
      remedy: 'Choose another folder.',
    },
  );
}

/** So that what was renamed in it stays renamed if the power fails. Windows neither can nor need do this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftBehind(folder: string, current: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (file !== current && LEFT_BEHIND.test(file)) await rm(join(folder, file), { force: true });
  }
}
