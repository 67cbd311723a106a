/** Trained graph networks: their names, their folders, and how they are read. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { specsOf, type TensorSpec } from '@equilibria/compile';
import { DataError, fromSeed, hasCheckpoint, type HostTree, loadCheckpoint } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import {
  EMBEDDINGS,
  GNN_KINDS,
  type GnnKind,
  type GnnParams,
  initGnn,
  UNTIED_ITERATIONS,
} from './gnn-models.ts';

/** A network, and with which seed it was trained. */
export type TrainedGnn = { readonly kind: GnnKind; readonly embedding: number; readonly seed: number };

/** Where the shipped models are; in source and in what is built alike. */
export const SHIPPED_MODELS = fileURLToPath(new URL('../../checkpoints/', import.meta.url));

/** The names of all networks, as `implicit-gnn-8`. */
export const gnnNames: readonly string[] = GNN_KINDS.flatMap((kind) => EMBEDDINGS.map((e) => `${kind}-${e}`));

/** The network of a name, or undefined. */
export function gnnNamed(name: string): Omit<TrainedGnn, 'seed'> | undefined {
  for (const kind of GNN_KINDS) {
    const embedding = EMBEDDINGS.find((e) => name === `${kind}-${e}`);
    if (embedding !== undefined) return { kind, embedding };
  }
  return undefined;
}

/** Where a model is kept, below the folder of all models. */
export function gnnFolder({ kind, embedding, seed }: TrainedGnn): string {
  return `${kind}-${embedding}/seed-${seed}`;
}

/**
 * The parameters of a trained network, float32.
 *
 * @param models - the folder of all models; default those that are shipped.
 * @throws {DataError} if it is not there, or is not what its name says.
 */
export async function loadGnn(
  gnn: TrainedGnn,
  models: string = SHIPPED_MODELS,
): Promise<HostTree<GnnParams>> {
  const folder = await trainedFolder(models, gnnFolder(gnn));
  const { trees } = await loadCheckpoint(folder, { params: specsLike(gnn) });
  return trees.params as unknown as HostTree<GnnParams>;
}

/**
 * The path of a model in the folder of all.
 * @throws {DataError} if it is not there.
 */
export async function trainedFolder(models: string, model: string): Promise<string> {
  const folder = join(models, model);
  if (await hasCheckpoint(folder)) return folder;
  throw new DataError(
    `${models} must hold the model ${model}; it does not. Train it, or choose another folder or model.`,
  );
}

/** The specs of a network's parameters. */
function specsLike({ kind, embedding }: TrainedGnn): Record<string, TensorSpec> {
  const fresh = initGnn(kind, embedding, fromSeed(0));
  try {
    return specsOf(fresh as never);
  } finally {
    tf.dispose(fresh as never);
  }
}

/** Numbers in a network's parameters, known without making it. */
export function gnnParameters({ kind, embedding: e }: Omit<TrainedGnn, 'seed'>): number {
  const dense = (from: number, to: number): number => (from + 1) * to;
  const hasState = kind !== 'explicit-gnn';
  const b = hasState ? e + 1 : e;
  // φ of both sides, of variables without its first bias, and the output of one side.
  const half = (out: number): number =>
    2 * dense(e, e) + 2 * dense(b, b) - b + dense(e + b, out) + dense(out, out);
  const iteration = 2 * (half(e) + half(b)) + (hasState ? dense(b, 1) : 0);
  const ends = dense(2, e) + dense(3, e) + dense(b, e) + e;
  return ends + (kind === 'untied-gnn' ? UNTIED_ITERATIONS : 1) * iteration;
}
