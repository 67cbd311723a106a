/** A whole loop with many tests at once, for graphs; see `test-block.ts`. */
import * as tf from '@tensorflow/tfjs';
import { whileLoop, type TensorTree } from '@equilibria/compile';
import type { Advanced, LoopParts, LoopState, LoopTrace } from './fixed-point-loop.ts';
import { BLOCK, testBlock } from './test-block.ts';

/** At most so many tests; `limit`, an int32 scalar, is a further bound. */
export type BlockBounds = { readonly tests: number; readonly limit?: tf.Tensor };

type Parts<Z extends TensorTree, S extends TensorTree, C> = LoopParts<Z, S, C> & {
  /** Makes tests one by one. */
  advance(state: LoopState<Z, S>, bounds: BlockBounds): Advanced<Z, S>;
};

/**
 * Makes all tests of a loop, those in the middle by blocks. With the cycling check on, the first are made one by one: it sets an anchor
 * at every power of two, and a block with an anchor within it is in vain, as one is where a sample stops. What is left at the end is
 * made one by one as well.
 */
export function runInBlocks<Z extends TensorTree, S extends TensorTree, C>(
  start: LoopState<Z, S>,
  tests: number,
  parts: Parts<Z, S, C>,
): { readonly state: LoopState<Z, S>; readonly traces: readonly LoopTrace[] } {
  const isAnchored = parts.rules.checks.some(({ verdict }) => verdict === 'cycling');
  const traces: LoopTrace[] = [];
  const made = ({ state, trace }: Advanced<Z, S>): LoopState<Z, S> => {
    traces.push(trace);
    return state;
  };
  let state = isAnchored ? made(parts.advance(start, { tests: BLOCK })) : start;
  state = made(repeatBlocks(state, Math.floor(tests / BLOCK) - (isAnchored ? 1 : 0), parts));
  const rest = tests % BLOCK;
  return { state: rest === 0 ? state : made(parts.advance(state, { tests: rest })), traces };
}

function repeatBlocks<Z extends TensorTree, S extends TensorTree, C>(
  start: LoopState<Z, S>,
  blocks: number,
  parts: Parts<Z, S, C>,
): Advanced<Z, S> {
  type BlockState = { readonly at: LoopState<Z, S>; readonly residual: tf.Tensor };
  const batch = start.status.shape[0];
  const { state, collected } = whileLoop<BlockState, LoopTrace>({
    init: { at: start, residual: tf.zeros([BLOCK, batch]) },
    cond: ({ at }) => tf.equal(tf.min(at.status), tf.scalar(0, 'int32')),
    body: ({ at }) => {
      const { state: next, trace } = blockOf(at, parts);
      return { at: next, residual: trace.residual };
    },
    collect: ({ residual }) => ({ residual }),
    maxSteps: blocks,
  });
  return { state: state.at, trace: { residual: tf.reshape(collected.residual, [blocks * BLOCK, batch]) } };
}

/** Tests made together, and test by test after all if a sample may have stopped in them. */
function blockOf<Z extends TensorTree, S extends TensorTree, C>(
  at: LoopState<Z, S>,
  parts: Parts<Z, S, C>,
): Advanced<Z, S> {
  const { isEventful, rows, ...quiet } = testBlock(at, parts.f, parts.solver, parts.rules);
  const limit = tf.mul(tf.cast(isEventful, 'int32'), tf.scalar(BLOCK, 'int32'));
  const { state, trace } = parts.advance({ ...at, ...quiet }, { tests: BLOCK, limit });
  return { state, trace: { residual: tf.where(isEventful, trace.residual, rows) } };
}
