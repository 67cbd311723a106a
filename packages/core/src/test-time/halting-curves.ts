/** What halting would do at each iteration: the statistic and the quality along whole solves. */
import type * as tf from '@tensorflow/tfjs';
import { disposeTree, ShapeError, type TensorTree, tidyTree, whileLoop } from '@equilibria/compile';
import { assertSteps } from '../solvers/assert-steps.ts';
import { checkedMap } from '../solvers/checked.ts';
import type { FixedPointMap, Solver } from '../solvers/contract.ts';
import { batchOf, sampleDistance } from '../solvers/per-sample.ts';
import type { HaltingStatistic } from './halting.ts';

/** One sample along its iterations: entry `k` is of the point `z_k`, after `k` solver steps. */
export type HaltingCurve = {
  readonly statistic: ArrayLike<number>;
  readonly quality: ArrayLike<number>;
};

/** What is measured, and for how long. */
export type HaltingCurvesOptions<Z extends TensorTree> = {
  readonly statistic: HaltingStatistic<Z>;
  /** float32 `[batch]`: how good a point is as an answer; TF.js ops, the targets captured. */
  readonly quality: (z: Z) => tf.Tensor;
  /** Solver steps, the most that solves will be allowed; at least 1. */
  readonly maxSteps: number;
};

/**
 * Runs a solver without stopping and measures at every point what {@link calibrateHalting} needs: `z_0, …, z_maxSteps`.
 *
 * @param f - the map; see {@link FixedPointMap}.
 * @param z0 - the start of a batch of validation samples. Borrowed.
 * @returns one curve a sample: plain numbers, no tensors.
 * @throws {RangeError} if `maxSteps` is not an integer >= 1; {ShapeError} if the statistic or the quality is not float32 `[batch]`, and,
 *   as {DtypeError}, where {@link solve} throws it.
 */
export async function haltingCurves<Z extends TensorTree, S extends TensorTree = TensorTree, C = undefined>(
  f: FixedPointMap<Z, C>,
  z0: Z,
  solver: Solver<Z, S, C>,
  options: HaltingCurvesOptions<Z>,
): Promise<readonly HaltingCurve[]> {
  const { statistic, quality, maxSteps } = options;
  assertSteps('haltingCurves', 'maxSteps', maxSteps);
  const batch = batchOf('haltingCurves', z0);
  const map = checkedMap(f);
  const traced = tidyTree(() => {
    const measure = (z: Z, state: S) => {
      const { value, image, state: next } = solver.step(map, z, state);
      const now = { statistic: statistic(z, image, sampleDistance(image, z)), quality: quality(z) };
      assertPerSample(now, batch);
      return { z: value, solver: next, now };
    };
    // The first point is measured twice, once for the form of the loop's state.
    const { collected } = whileLoop({
      init: { z: z0, solver: solver.init(z0), now: measure(z0, solver.init(z0)).now },
      body: (at) => measure(at.z, at.solver),
      collect: ({ now }) => now,
      maxSteps: maxSteps + 1,
    });
    return collected;
  });
  try {
    const [statistics, qualities] = [await traced.statistic.data(), await traced.quality.data()];
    const curve = (values: ArrayLike<number>, i: number) =>
      Float64Array.from({ length: maxSteps + 1 }, (_, k) => values[k * batch + i]!);
    return Array.from({ length: batch }, (_, i) => ({
      statistic: curve(statistics, i),
      quality: curve(qualities, i),
    }));
  } finally {
    disposeTree(traced);
  }
}

function assertPerSample(now: { readonly [name: string]: tf.Tensor }, batch: number): void {
  for (const [name, { dtype, shape }] of Object.entries(now)) {
    if (dtype === 'float32' && shape.length === 1 && shape[0] === batch) continue;
    throw new ShapeError(
      `haltingCurves: ${name} must be float32[${batch}], one number a sample; got ${dtype}[${shape.join(', ')}].`,
    );
  }
}
