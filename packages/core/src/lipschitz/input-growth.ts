/** How the Lipschitz constant of `G(z, ·)` in the input grows with the state. */
import * as tf from '@tensorflow/tfjs';
import { constant, mapTensors, type TensorTree, tidyTree } from '@equilibria/compile';
import { linearRegression } from 'simple-statistics';
import { bootstrapOfMean, finiteOrNull, type Interval } from '../evaluation/statistics.ts';
import { fold, type Key } from '../random/key.ts';
import { assertSteps } from '../solvers/assert-steps.ts';
import { unitSamples } from '../solvers/per-sample.ts';
import { jacobianNorm } from './jacobian-norm.ts';

/** Where the growth is measured. */
export type GrowthProbe<Z extends TensorTree, X extends TensorTree> = {
  /** `G(z, x)`: TF.js ops, samples apart. */
  readonly map: (z: Z, x: X) => Z;
  readonly x: X;
  /** Directions of the states, not zero in any sample; their lengths do not matter. */
  readonly direction: Z;
  /** Random directions like `x`, not zero in any sample. */
  readonly start: X;
};

/** How far and how long. */
export type GrowthOptions = {
  /** `‖z‖₂` of the states, increasing, in units of `z`; default 1, 2, 4, …, 1024. */
  readonly radii?: readonly number[];
  /** Power steps of each norm; default 50. */
  readonly steps?: number;
};

/** Of {@link GrowthOptions}. */
export const GROWTH_RADII: readonly number[] = Array.from({ length: 11 }, (_, i) => 2 ** i);

/**
 * `‖∂G/∂x‖₂` of each sample at states `z = r·direction` of the given lengths `r`: the Lipschitz constant of `G(z, ·)` near `x`. Pure
 * and traceable; see {@link jacobianNorm}, whose estimates these are, and {@link fitGrowth} for what they say.
 *
 * @returns float32 `[radii, batch]`, of the caller.
 * @throws {RangeError} if `radii` are not at least two, positive, finite and increasing, or `steps` is not a natural number >= 1.
 */
export function inputGrowth<Z extends TensorTree, X extends TensorTree>(
  { map, x, direction, start }: GrowthProbe<Z, X>,
  options: GrowthOptions = {},
): tf.Tensor {
  const { radii = GROWTH_RADII, steps = 50 } = options;
  assertSteps('inputGrowth', 'steps', steps);
  assertRadii('inputGrowth', radii);
  return tidyTree(() => {
    const { unit } = unitSamples(direction);
    const norms = radii.map((radius) => {
      const z = mapTensors(unit, (leaf) => tf.mul(leaf, constant(radius)));
      return jacobianNorm((at: X) => map(z, at), x, start, { steps }).value;
    });
    return tf.stack(norms);
  });
}

/** What measured constants say of their growth. */
export type Growth = {
  /** Of the least squares `a + b‖z‖` over all samples and states, in units of the constant, and those by units of `z`. */
  readonly a: number | null;
  readonly b: number | null;
  /** The mean over samples of the slope of log constant against log `‖z‖`, over the larger half of the states: 0 if bounded, 1 if linear. */
  readonly exponent: number | null;
  /** A 95 % bootstrap interval of that mean; null for fewer than two samples. */
  readonly interval: Interval;
  /** Whether the exponent (the upper end of its interval, where there is one) is at most 1.05; null if something was not finite. */
  readonly isAtMostLinear: boolean | null;
};

/** An exponent this much above 1 still counts as linear: logarithms of `a + b‖z‖` and rounding bend the slopes. */
const SLACK = 0.05;

/** Constants below this fraction of the sample's largest count as that: what underflows has no logarithm. */
const FLOOR = 1e-6;

/**
 * Whether constants grow at most linearly in `‖z‖`, as a regular operator's must: from measurements at some states, so that it can refute
 * but never prove it.
 *
 * @param radii - `‖z‖`, as given to {@link inputGrowth}.
 * @param constants - `[radii, batch]`, row-major: what it returned.
 * @param options.key - random key of the bootstrap.
 * @throws {RangeError} if `radii` are not as there, or the constants not as many numbers for each.
 */
export function fitGrowth(
  radii: readonly number[],
  constants: ArrayLike<number>,
  options: { readonly key: Key },
): Growth {
  assertRadii('fitGrowth', radii);
  const batch = constants.length / radii.length;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RangeError(
      `fitGrowth: constants must be as many for each of ${radii.length} radii; got ${constants.length}.`,
    );
  }
  const all = Array.from(constants);
  if (!all.every((value) => Number.isFinite(value))) {
    return { a: null, b: null, exponent: null, interval: { low: null, high: null }, isAtMostLinear: null };
  }
  const { m, b: a } = linearRegression(all.map((value, i) => [radii[Math.floor(i / batch)]!, value]));
  const exponents = Array.from({ length: batch }, (_, sample) =>
    slopeOf(
      radii,
      radii.map((_radius, i) => all[i * batch + sample]!),
    ),
  );
  const exponent = exponents.reduce((sum, value) => sum + value, 0) / batch;
  const interval = bootstrapOfMean(batch, fold(options.key, 'growth'))(exponents);
  return {
    a: finiteOrNull(a),
    b: finiteOrNull(m),
    exponent,
    interval,
    isAtMostLinear: (interval.high ?? exponent) <= 1 + SLACK,
  };
}

/** Of the logarithms, over the larger half of the radii; 0 if there is nothing but zeros. */
function slopeOf(radii: readonly number[], values: readonly number[]): number {
  const most = Math.max(...values);
  if (most === 0) return 0;
  const from = Math.min(Math.floor(radii.length / 2), radii.length - 2);
  const points = radii
    .slice(from)
    .map((radius, i) => [Math.log(radius), Math.log(Math.max(values[from + i]!, FLOOR * most))]);
  return linearRegression(points).m;
}

function assertRadii(where: string, radii: readonly number[]): void {
  const isIncreasing = radii.every(
    (radius, i) => radius > (i === 0 ? 0 : radii[i - 1]!) && Number.isFinite(radius),
  );
  if (radii.length >= 2 && isIncreasing) return;
  throw new RangeError(
    `${where}: radii must be two or more positive, increasing numbers; got [${radii.join(', ')}].`,
  );
}
