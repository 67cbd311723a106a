/** Empirical Lipschitz constants: ratios of distances over pairs of inputs. */
import * as tf from '@tensorflow/tfjs';
import { type HostArray, leavesWithPaths, mapTree, ShapeError, type Tree } from '@equilibria/compile';
import { distance, type RatioSummary, summarizeRatios } from '../evaluation/ratios.ts';
import { bootstrapOfMean } from '../evaluation/statistics.ts';
import { fold, type Key } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';

/** A batch: tensors or host arrays, axis 0 being the samples. */
export type Batch = Tree<tf.Tensor | HostArray>;

/** What the pairs say; max, mean and interval are null if a ratio is not finite. */
export type PairwiseLipschitz = RatioSummary & {
  /** Of each pair, in units of `F` by units of `x`: pair `k·batch + i` is sample `i` with its partner in batch `k`. */
  readonly ratios: Float64Array;
  /** Ratios that are not finite. */
  readonly failures: number;
};

/**
 * The ratios `‖F(x) − F(x′)‖₂/‖x − x′‖₂` over pairs, their maximum and mean, and a 95 % bootstrap interval of the mean in which
 * all pairs of one sample are drawn together.
 *
 * The maximum bounds the Lipschitz constant from below, and random pairs in many dimensions are far below it: see
 * {@link adversarialLipschitz}. Distances are taken on the host in float64, but a `F` in float32 has its rounding in them: keep partners
 * further away than 1e-3 of `x`, or compile `F` in float64.
 *
 * @param F - any function of a batch, also asynchronous: a network, `x ↦ y_t(x)`, the `run` of a compiled function. Sample `i` of the result is that of
 *   sample `i` of `x`. Its results are disposed, but for tensors of its argument.
 * @param batches.x - the samples. Borrowed.
 * @param batches.partners - batches like `x`, each of which gives every sample a partner: of yours, or of {@link perturbed}. Borrowed.
 * @param options.key - random key of the bootstrap.
 * @throws {RangeError} if there is no sample or no partner, or a pair is no pair: its distance is 0 or not finite.
 * @throws {ShapeError} if partners or answers are not of one form, or leaves do not share axis 0.
 */
export async function pairwiseLipschitz<X extends Batch>(
  F: (x: X) => Batch | Promise<Batch>,
  batches: { readonly x: X; readonly partners: readonly X[] },
  options: { readonly key: Key },
): Promise<PairwiseLipschitz> {
  const { x, partners } = batches;
  if (partners.length === 0) {
    throw new RangeError('pairwiseLipschitz: needs at least one batch of partners; got none.');
  }
  const from = await rowsOf(x);
  if (from.length === 0) throw new RangeError('pairwiseLipschitz: needs at least one sample; got none.');
  const image = await answers(F, x, from.length);
  const all: number[] = [];
  for (const [k, partner] of partners.entries()) {
    const to = await rowsOf(partner);
    if (to.length !== from.length) {
      throw new ShapeError(
        `pairwiseLipschitz: every batch of partners must have ${from.length} samples; got ${to.length}.`,
      );
    }
    const moved = await answers(F, partner, from.length);
    from.forEach((row, i) => {
      const size = distance('pairwiseLipschitz', row, to[i]!);
      if (!(size > 0 && size < Infinity)) {
        throw new RangeError(
          `pairwiseLipschitz: partners must be at a positive, finite distance; got ${size} for sample ${i} of batch ${k}.`,
        );
      }
      all.push(distance('pairwiseLipschitz', image[i]!, moved[i]!) / size);
    });
  }
  const ratios = Float64Array.from(all);
  const interval = bootstrapOfMean(ratios.length, fold(options.key, 'lipschitz'), { clusters: from.length })(
    ratios,
  );
  const failures = ratios.filter((ratio) => !Number.isFinite(ratio)).length;
  return { ...summarizeRatios(ratios, interval), ratios, failures };
}

/**
 * Partners at random: `x + δ` with `δ` uniform on the sphere of a radius in each sample, over all leaves together. In float32 tensors the distance
 * is the radius up to rounding.
 *
 * @param x - a batch, tensors or host arrays; what comes back is of the same kind. Borrowed.
 * @param options.radius - `‖δ‖₂`, in units of `x`.
 * @param options.batches - how many batches of partners; default 1.
 * @param options.key - random key.
 * @returns batches like `x`, owned by the caller.
 * @throws {RangeError} if `radius` is not positive and finite, or `batches` not a natural number >= 1.
 */
export async function perturbed<X extends Batch>(
  x: X,
  options: { readonly radius: number; readonly batches?: number; readonly key: Key },
): Promise<X[]> {
  const { radius, batches = 1, key } = options;
  if (!(radius > 0 && radius < Infinity)) {
    throw new RangeError(`perturbed: radius must be positive and finite; got ${radius}.`);
  }
  if (!Number.isInteger(batches) || batches < 1) {
    throw new RangeError(`perturbed: batches must be an integer >= 1; got ${batches}.`);
  }
  const rows = await rowsOf(x);
  return Array.from({ length: batches }, (_, k) => {
    const moved = rows.map((row, i) => {
      const { data } = normal(fold(fold(key, k), i), row.length);
      const scale = radius / Math.hypot(...data);
      return row.map((value, j) => value + scale * data[j]!);
    });
    let offset = 0;
    return mapTree<tf.Tensor | HostArray, tf.Tensor | HostArray>(x, (leaf) => {
      const { shape } = leaf;
      const size = shape.slice(1).reduce((product, length) => product * length, 1);
      const data = Float64Array.from(moved.flatMap((row) => Array.from(row.subarray(offset, offset + size))));
      offset += size;
      return leaf instanceof tf.Tensor ? toTensor({ data, shape }) : { data, shape };
    }) as X;
  });
}

/** The samples of `F(x)`, which is disposed. */
async function answers<X extends Batch>(
  F: (x: X) => Batch | Promise<Batch>,
  x: X,
  batch: number,
): Promise<readonly Float64Array[]> {
  const image = await F(x);
  const borrowed = new Set(leavesWithPaths<tf.Tensor | HostArray>(x).map(({ leaf }) => leaf));
  try {
    const rows = await rowsOf(image);
    if (rows.length === batch) return rows;
    throw new ShapeError(`pairwiseLipschitz: F must give ${batch} answers; got ${rows.length}.`);
  } finally {
    for (const { leaf } of leavesWithPaths<tf.Tensor | HostArray>(image)) {
      if (leaf instanceof tf.Tensor && !borrowed.has(leaf)) leaf.dispose();
    }
  }
}

/** Each sample: its parts of all leaves, end to end. */
async function rowsOf(batch: Batch): Promise<readonly Float64Array[]> {
  const parts = await Promise.all(
    leavesWithPaths<tf.Tensor | HostArray>(batch).map(async ({ path, leaf }) => ({
      path,
      samples: leaf.shape[0],
      data: leaf instanceof tf.Tensor ? await leaf.data() : leaf.data,
    })),
  );
  const samples = parts[0]?.samples ?? 0;
  const odd = parts.find((part) => part.samples === undefined || part.samples !== samples);
  if (odd !== undefined) {
    throw new ShapeError(
      `pairwiseLipschitz: axis 0 of every leaf must be the batch of ${samples}; got ${odd.samples} at '${odd.path}'.`,
    );
  }
  return Array.from({ length: samples }, (_, i) => {
    const ofSample = parts.map(({ data }) => {
      const size = data.length / samples;
      return data.subarray(i * size, (i + 1) * size);
    });
    return Float64Array.from(ofSample.flatMap((part) => Array.from(part)));
  });
}
