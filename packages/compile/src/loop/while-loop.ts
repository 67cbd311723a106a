/** `whileLoop`: the only loop primitive. Eagerly a JavaScript loop, while tracing one ONNX `Loop`. */
import * as tf from '@tensorflow/tfjs';
import { assertSameState, assertScalar, assertTensors } from './same-state.ts';
import { activeTrace } from '../trace/tracer.ts';
import { tracedLoop } from './traced-loop.ts';
import {
  disposeTree,
  leavesWithPaths,
  mapTensors,
  tidyTree,
  type TensorTree,
  unflatten,
} from '../tree/tree.ts';

/** The parts of a loop; `cond`, `body` and `collect` are pure functions of their arguments and of captured tensors. */
export type WhileLoop<S extends TensorTree, C extends TensorTree> = {
  /** The state before the first iteration. Borrowed. */
  readonly init: S;
  /** Whether to go on, a bool scalar; asked before every iteration. Default: always, up to `maxSteps`. */
  readonly cond?: (state: S) => tf.Tensor;
  /** The next state: same structure, shapes and dtypes. `step` is the int32 scalar 0, 1, 2, … */
  readonly body: (state: S, step: tf.Tensor) => S;
  /** Static bound on the number of iterations. */
  readonly maxSteps: number;
  /** A further bound known only when the graph runs, an int32 scalar: the loop ends at min(maxSteps, limit). */
  readonly limit?: tf.Tensor;
  /** What to record of each iteration's *new* state. */
  readonly collect?: (state: S) => C;
};

/** What a loop gives back. */
export type WhileLoopResult<S extends TensorTree, C extends TensorTree> = {
  readonly state: S;
  /** Iterations done, an int32 scalar. */
  readonly steps: tf.Tensor;
  /**
   * What `collect` returned, stacked along a new axis 0. Its length is the number of iterations, both eagerly and as an
   * output of a compiled function; used *inside* a graph it is padded with zeros to `maxSteps`.
   */
  readonly collected: C;
};

/**
 * Repeats `body` while `cond` holds, at most `maxSteps` times.
 *
 * While tracing, `body`, `cond` and `collect` may be called several times.
 *
 * Outside a trace it runs as a JavaScript loop, differentiable like any TF.js code. While `compile` traces, it becomes one
 * ONNX `Loop`; nodes of the body that depend on no loop variable are computed once, before it. A gradient taken *through* a
 * traced loop throws (see {@link TraceError}): differentiate the fixed point implicitly, or unroll in JavaScript.
 *
 * @throws {RangeError} if `maxSteps` is not a non-negative integer.
 * @throws {ShapeError} if a leaf of `init` is no tensor, `body` changes the structure, a shape or a dtype of the state, `cond` is not a bool scalar, or `limit`
 *   not an int32 scalar.
 */
export function whileLoop<S extends TensorTree, C extends TensorTree = Record<string, never>>(
  loop: WhileLoop<S, C>,
): WhileLoopResult<S, C> {
  if (!Number.isInteger(loop.maxSteps) || loop.maxSteps < 0) {
    throw new RangeError(`whileLoop: maxSteps must be an integer >= 0; got ${loop.maxSteps}.`);
  }
  assertTensors(loop.init);
  if (loop.limit !== undefined) assertScalar('limit', loop.limit, 'int32');
  const trace = activeTrace();
  return trace === null ? eagerLoop(loop) : tracedLoop(trace, loop);
}

function eagerLoop<S extends TensorTree, C extends TensorTree>(loop: WhileLoop<S, C>): WhileLoopResult<S, C> {
  const { cond, body, collect, maxSteps } = loop;
  const bound = Math.min(maxSteps, loop.limit?.dataSync()[0] ?? maxSteps);
  let state = tidyTree(() => mapTensors(loop.init, (leaf) => leaf.clone()));
  const records: C[] = [];
  let steps = 0;
  try {
    while (steps < bound && holds(cond, state)) {
      const previous = state;
      // Clones, because a body may return one of its arguments, which is disposed here.
      const next = tidyTree(() =>
        mapTensors(body(previous, tf.scalar(steps, 'int32')), (leaf) => leaf.clone()),
      );
      state = next;
      disposeAfter(previous, () => assertSameState(next, previous));
      if (collect !== undefined) {
        records.push(tidyTree(() => mapTensors(collect(state), (leaf) => leaf.clone())));
      }
      steps += 1;
    }
    return { state, steps: tf.scalar(steps, 'int32'), collected: stackRecords(loop, records, state) };
  } catch (error) {
    for (const tree of [state, ...records]) disposeTree(tree);
    throw error;
  }
}

/** Frees the previous state, also if the new one is refused. */
function disposeAfter(tree: TensorTree, check: () => void): void {
  try {
    check();
  } finally {
    disposeTree(tree);
  }
}

function holds<S extends TensorTree>(cond: WhileLoop<S, TensorTree>['cond'], state: S): boolean {
  if (cond === undefined) return true;
  return tf.tidy(() => {
    const goesOn = cond(state);
    assertScalar('cond', goesOn, 'bool');
    return goesOn.dataSync()[0] === 1;
  });
}

function stackRecords<S extends TensorTree, C extends TensorTree>(
  { collect }: WhileLoop<S, C>,
  records: readonly C[],
  state: S,
): C {
  if (collect === undefined) return {} as C;
  const like = records[0];
  if (like === undefined) {
    return tidyTree(() =>
      mapTensors(collect(state), (leaf) => tf.zeros([0, ...leaf.shape], leaf.dtype as 'float32')),
    );
  }
  const columns = records.map((record) => leavesWithPaths<tf.Tensor>(record));
  const stacked = columns[0]!.map((_, i) => tf.stack(columns.map((record) => record[i]!.leaf)));
  for (const record of records) disposeTree(record);
  return unflatten<tf.Tensor>(like, stacked) as C;
}
