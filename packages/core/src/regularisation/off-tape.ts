/** Where TF.js's tape must not look: TF.js has no stop-gradient. */
import * as tf from '@tensorflow/tfjs';
import { type TensorTree, tidyTree } from '@equilibria/compile';

/**
 * Computes without the tape: to a gradient that is being taken around it, the result is a constant. Gradients inside of `fn` work.
 *
 * Not by a custom gradient of zeros, through which all of `fn` would be differentiated to no effect. Traceable.
 *
 * @param fn - TF.js ops; synchronous.
 * @returns tensors of the caller; fresh ones, if `fn` returns what it was given.
 */
export function offTape<T extends TensorTree>(fn: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth } = state;
  // A gradient taken inside begins a tape of its own at depth 0, so that the one in use must be given back too.
  state.gradientDepth = 0;
  try {
    return tidyTree(fn);
  } finally {
    state.activeTape = activeTape;
    state.gradientDepth = gradientDepth;
  }
}
