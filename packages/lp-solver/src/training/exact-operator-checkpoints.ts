/** Trained exact operators: their folders, and how they are read. */

import { fromSeed, type HostTree, loadCheckpoint, specsOf } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { exactOperator } from '../equilibria/exact-operator.ts';
import type { MetricNetwork } from '../equilibria/metric-network.ts';
import { SHIPPED_MODELS, trainedFolder } from './gnn-checkpoints.ts';

/** Where an exact operator is kept, below the folder of all models. */
export function exactFolder(seed: number): string {
  return `${exactOperator.name}/seed-${seed}`;
}

/**
 * The parameters of a trained exact operator, float32.
 *
 * @param seed - with which it was trained; default 0.
 * @param models - the folder of all models; default those that are shipped.
 * @throws {DataError} if it is not there, or is of another form.
 */
export async function loadExactOperator(
  seed = 0,
  models: string = SHIPPED_MODELS,
): Promise<HostTree<MetricNetwork>> {
  const folder = await trainedFolder(models, exactFolder(seed));
  const fresh = exactOperator.init(fromSeed(0), {});
  const template = specsOf(fresh);
  tf.dispose(fresh);
  const { trees } = await loadCheckpoint(folder, { params: template as never });
  return trees.params;
}

/** Numbers in its parameters. */
export const EXACT_PARAMETERS = 5 * 2 + 8 * 2 + 3;
