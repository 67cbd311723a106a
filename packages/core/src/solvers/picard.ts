/** Picard iteration. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, zipTensors, type TensorTree } from '@equilibria/compile';
import type { Solver } from './contract.ts';

/** Picard iteration has no state. */
export type PicardState = Record<string, never>;

/**
 * Damped Picard iteration `z ← z + damping·(f(z) − z)`. One evaluation a step, no state.
 *
 * For a map that contracts by `μ`, the undamped residual falls by at least `μ` a step. Damping makes maps converge whose
 * Jacobian has eigenvalues near −1 or beyond (a 2-cycle), at the price of speed elsewhere.
 *
 * @param options.damping - step length in (0, 1], dimensionless; default 1.
 * @throws {RangeError} if `damping` is not in (0, 1].
 */
export function picard<Z extends TensorTree = TensorTree>(
  options: { readonly damping?: number } = {},
): Solver<Z, PicardState> {
  assertKnownOptions('picard: options', options, ['damping']);
  const { damping = 1 } = options;
  if (!(damping > 0 && damping <= 1)) {
    throw new RangeError(`picard: damping must be in (0, 1]; got ${damping}.`);
  }
  return {
    name: 'picard',
    evaluationsPerStep: 1,
    init: () => ({}),
    step: (f, z, state) => {
      const image = f(z, undefined);
      return { value: damping === 1 ? image : moveTowards(z, image, damping), image, state };
    },
  };
}

function moveTowards<Z extends TensorTree>(z: Z, image: Z, damping: number): Z {
  return zipTensors([z, image], (a, b) => tf.add(a, tf.mul(constant(damping), tf.sub(b, a))));
}
