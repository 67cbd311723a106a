/** `whileLoop` while tracing: one ONNX `Loop` whose body is a traced subgraph. */
import * as tf from '@tensorflow/tfjs';
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inverse, permute } from '../graph/permutation.ts';
import type { Scope, Value } from '../graph/value.ts';
import { padRagged } from '../trace/ragged.ts';
import type { Trace } from '../trace/tracer.ts';
import { leaves, type TensorTree, unflatten } from '../tree/tree.ts';
import { assertSameState, assertScalar } from './same-state.ts';
import type { WhileLoop, WhileLoopResult } from './while-loop.ts';

/** An iteration costs about a microsecond besides its nodes: unrolled bodies may have this many nodes, and steps. */
const UNROLLED = { nodes: 64, steps: 10 } as const;

/** Times that a body is traced again for the order of its state. */
const ORDER_PASSES = 3;

export function tracedLoop<S extends TensorTree, C extends TensorTree>(
  trace: Trace,
  loop: WhileLoop<S, C>,
): WhileLoopResult<S, C> {
  const { graph } = trace;
  const { init, cond, maxSteps } = loop;
  const initial = leaves<tf.Tensor>(init).map((leaf) => padRagged(graph, trace.valueOf(leaf)));
  const ask = (state: S): Value => {
    if (cond === undefined) return isTrue(graph);
    const goesOn = cond(state);
    assertScalar('cond', goesOn, 'bool');
    return trace.valueOf(goesOn);
  };
  const first = ask(init);
  // A branch, which is what a loop of at most one iteration is, leaves its state as it is, or computes it once.
  let orders: readonly Order[] = initial.map((value) =>
    maxSteps === 1 ? (value.transposeOf?.perm ?? null) : null,
  );
  let { body, scope } = traceInScope(trace, loop, { initial, ask, orders });
  // How the body leaves the state; it is traced again to begin with it so, and no iteration puts its axes in order. What is computed
  // from such a leaf may then be left in that order too (a copy, a choice between iterates), and begins with it the next time.
  for (let pass = 0; pass < ORDER_PASSES; pass++) {
    const known = orders.map((perm, i) => perm ?? body.orders[i]!);
    if (known.every((perm, i) => perm === orders[i])) break;
    orders = known;
    ({ body, scope } = traceInScope(trace, loop, { initial, ask, orders }));
  }
  const { records, recordsLike, stepsPerIteration, captured } = body;
  const stored = initial.map((value, i) => inOrder(graph, value, orders[i]!));
  const outputs = graph.emitLoop(
    [tripCount(trace, maxSteps / stepsPerIteration, loop.limit), first, ...stored, graph.int32(0)],
    [
      ...stored.map(({ type, shape }) => ({ type, shape })),
      { type: 'int32', shape: [] },
      ...records.map(({ type, shape }) => ({ type, shape: [maxSteps, ...shape], ragged: true as const })),
    ],
    scope,
  );
  const guard = gradientGuard([...leaves<tf.Tensor>(init), ...captured]);
  const asGiven = outputs.map((value, i) => fromOrder(graph, value, orders[i] ?? null));
  const tensors = asGiven.map((value) => guard(trace.tensorOf(value)));
  const count = initial.length;
  return {
    state: unflatten<tf.Tensor>(init, tensors.slice(0, count)) as S,
    steps: tensors[count]!,
    collected: (recordsLike === null ? {} : unflatten<tf.Tensor>(recordsLike, tensors.slice(count + 1))) as C,
  };
}

/** In which order a leaf of the state is stored: axis `i` is stored axis `perm[i]`; null for the order it has. */
type Order = readonly number[] | null;

type Start<S> = {
  readonly initial: readonly Value[];
  readonly ask: (state: S) => Value;
  /** How each leaf of the state is stored between iterations. */
  readonly orders: readonly Order[];
};

type TracedBody = {
  readonly records: readonly Value[];
  readonly recordsLike: TensorTree | null;
  readonly stepsPerIteration: number;
  /** How the body leaves each leaf of the state before it is put in the order it was told. */
  readonly orders: readonly Order[];
};

function traceInScope<S extends TensorTree, C extends TensorTree>(
  trace: Trace,
  loop: WhileLoop<S, C>,
  start: Start<S>,
): { readonly scope: Scope; readonly body: TracedBody & { readonly captured: readonly tf.Tensor[] } } {
  let body: TracedBody | undefined;
  let captured: readonly tf.Tensor[] = [];
  const scope = trace.graph.inNewScope((inside) => {
    captured = trace.capturing(inside, () => {
      body = traceBody(trace, inside, loop, start);
    });
  });
  return { scope, body: { ...body!, captured } };
}

/** `value` as it is stored in that order, and back. */
function inOrder(graph: Graph, value: Value, perm: Order): Value {
  return perm === null ? value : graph.transpose(value, inverse(perm));
}

function fromOrder(graph: Graph, stored: Value, perm: Order): Value {
  return perm === null ? stored : graph.transpose(stored, perm);
}

/** Declares the body's inputs, traces it, and sets its outputs: condition, state, count, records. */
function traceBody<S extends TensorTree, C extends TensorTree>(
  trace: Trace,
  scope: Scope,
  loop: WhileLoop<S, C>,
  { initial, ask, orders }: Start<S>,
): TracedBody {
  const { graph } = trace;
  const { init, body, collect } = loop;
  const loopsBefore = graph.loopCount;
  const iteration = graph.cast(graph.input(null, 'int64', []), 'int32');
  graph.input(null, 'bool', []);
  const variables = initial.map((value, i) => {
    const perm = orders[i]!;
    const shape = perm === null ? value.shape : permute(value.shape, inverse(perm));
    return fromOrder(graph, graph.input(null, value.type, shape), perm);
  });
  graph.input(null, 'int32', []);
  const before = unflatten<tf.Tensor>(
    init,
    variables.map((value) => trace.tensorOf(value)),
  ) as S;
  const advance = (state: S, step: Value): S => {
    const next = body(state, trace.tensorOf(step));
    assertSameState(next, state);
    return next;
  };
  let state = advance(before, iteration);
  const hasLoops = graph.loopCount > loopsBefore;
  const stepsPerIteration = hasLoops ? 1 : unrolledSteps(graph, scope, loop);
  const firstStep = graph.elementwise('Mul', [iteration, graph.int32(stepsPerIteration)]);
  if (stepsPerIteration > 1) {
    // Traced again from the start: the first step may have used the number of the iteration as its own.
    state = before;
    for (let i = 0; i < stepsPerIteration; i++) {
      state = advance(state, graph.elementwise('Add', [firstStep, graph.int32(i)]));
    }
  }
  const goesOn = ask(state);
  const recordTree = collect === undefined ? null : collect(state);
  const read = (leaf: tf.Tensor): Value => padRagged(graph, trace.valueOf(leaf));
  const records = recordTree === null ? [] : leaves<tf.Tensor>(recordTree).map(read);
  const done = graph.elementwise('Add', [firstStep, graph.int32(stepsPerIteration)]);
  const reached = leaves<tf.Tensor>(state).map(read);
  const stored = reached.map((value, i) => inOrder(graph, value, orders[i]!));
  const outputs = [goesOn, ...stored, done, ...records];
  for (const value of outputs) scope.outputs.push(ownOutput(graph, scope, value));
  return {
    records,
    recordsLike: recordTree,
    stepsPerIteration,
    orders: reached.map((value) => value.transposeOf?.perm ?? null),
  };
}

/** Steps of an iteration: the largest count that divides the loop and keeps the body small, if nothing looks in between. */
function unrolledSteps<S extends TensorTree, C extends TensorTree>(
  { passes }: Graph,
  { nodes }: Scope,
  { cond, collect, limit, maxSteps }: WhileLoop<S, C>,
): number {
  const isWatched = cond !== undefined || collect !== undefined || limit !== undefined;
  if (isWatched || !passes.unrolling) return 1;
  const most = Math.min(UNROLLED.steps, Math.floor(UNROLLED.nodes / Math.max(1, nodes.length)));
  for (let steps = most; steps > 1; steps--) if (maxSteps > steps && maxSteps % steps === 0) return steps;
  return 1;
}

/** An output of a body must be computed in it, and under a name of its own. */
function ownOutput(graph: Graph, scope: Scope, value: Value): Value {
  const isOwn =
    value.scope === scope &&
    value.constant === undefined &&
    !scope.inputs.some(({ name }) => name === value.name) &&
    !scope.outputs.some(({ name }) => name === value.name);
  return isOwn ? value : graph.copyInto(scope, value);
}

function tripCount(trace: Trace, maxSteps: number, limit: tf.Tensor | undefined): Value {
  const { graph } = trace;
  const bound = graph.constant(BigInt64Array.of(BigInt(maxSteps)), 'int64', []);
  if (limit === undefined) return bound;
  return {
    ...graph.elementwise('Min', [bound, graph.cast(trace.valueOf(limit), 'int64')]),
    atMost: maxSteps,
  };
}

function isTrue(graph: Graph): Value {
  return graph.constant(Uint8Array.of(1), 'bool', []);
}

/** TF.js's tape does not see into a loop, and would cut gradients there in silence: this makes it throw instead. */
function gradientGuard(sources: readonly tf.Tensor[]): (x: tf.Tensor) => tf.Tensor {
  if (tf.engine().state.gradientDepth === 0 || sources.length === 0) return (x) => x;
  return (x) =>
    tf.customGrad(() => ({
      value: x.clone(),
      gradFunc: () => {
        throw new TraceError(
          'whileLoop: a gradient must not be taken through a traced loop; it would be cut. Differentiate the fixed point ' +
            'implicitly (solve first, then tf.grads of the operator at the solution), or unroll in JavaScript.',
        );
      },
    }))(...sources);
}
