/** Many tests at once: in a graph, nodes on small tensors cost what they cost whatever they compute. */
import * as tf from '@tensorflow/tfjs';
import { isTracing, leaves, mapTensors, type TensorTree, zipTensors } from '@equilibria/compile';
import type { FixedPointMap, Solver, StopRule } from './contract.ts';
import { sampleDistance, selectSamples, sizeOf } from './per-sample.ts';
import { rowLength } from './sample-rows.ts';
import type { BlockOfTests, Check } from './checks.ts';

/** Tests of a block; a power of two, since the anchors of the cycling check are. */
export const BLOCK = 16;

/**
 * States for which nodes cost more than what they compute: the numbers in all samples, and the products of a map that is one matrix.
 * What a map does cost is not known; blocks in vain evaluate it twice.
 */
const SMALL = { numbers: 2 ** 14, products: 2 ** 18 } as const;

/** What a block needs of the loop. */
type Rules<Z extends TensorTree> = {
  readonly stop: StopRule<Z>;
  readonly checks: readonly Check[];
};

/** Where a block begins; see `LoopState`. */
type Start<Z extends TensorTree> = {
  readonly z: Z;
  readonly sound: Z;
  readonly status: tf.Tensor;
  readonly count: tf.Tensor;
  readonly residual: tf.Tensor;
  readonly checks: { readonly [verdict: string]: TensorTree };
};

/** The end of a block in which no sample stopped; else where it began. */
export type QuietBlock<Z extends TensorTree> = Start<Z> & {
  /** bool scalar: whether a sample stops in it, or may. */
  readonly isEventful: tf.Tensor;
  /** float32 `[tests, batch]`: what the tests measured, if no sample stopped. */
  readonly rows: tf.Tensor;
};

/**
 * Whether tests may be made in blocks: while tracing, for small states, and solvers that have no state and change nothing about the
 * map.
 */
export function canBlock<Z extends TensorTree>(
  z: Z,
  solver: Solver<Z, TensorTree, never>,
  { checkEvery }: { readonly checkEvery: number },
): boolean {
  const numbers = sizeOf(z);
  const isSmall = numbers <= SMALL.numbers && numbers * rowLength(z) <= SMALL.products;
  const isPlain =
    solver.control === undefined && solver.mayChange === undefined && solver.fallback === undefined;
  return isTracing() && isPlain && checkEvery === 1 && isSmall && leaves(solver.init(z)).length === 0;
}

/**
 * Makes many steps of a solver without state, and then looks at all their tests together. Where any running sample stops,
 * or may, nothing is decided: the caller makes these tests again one by one.
 */
export function testBlock<Z extends TensorTree, C>(
  at: Start<Z>,
  f: FixedPointMap<Z, C>,
  solver: Solver<Z, TensorTree, C>,
  { stop, checks }: Rules<Z>,
): QuietBlock<Z> {
  const tests = BLOCK;
  const batch = at.status.shape[0];
  const { rows, iterates, end } = stepsFrom(at.z, f, solver, tests);
  const inRows = (perTest: tf.Tensor): tf.Tensor => tf.reshape(perTest, [tests, batch]);
  const flat = sampleDistance(rows.image, rows.z);
  const residual = inRows(flat);
  const block: BlockOfTests = {
    first: at.z,
    z: rows.z,
    residual,
    steps: rows.value === rows.image ? residual : inRows(sampleDistance(rows.value, rows.z)),
    count: at.count,
  };
  const results = checks.map((check) => ({ check, ...check.testBlock(block, at.checks[check.verdict]!) }));
  const isDone = inRows(isDoneIn(rows, flat, { stop, batch, tests }));
  const stops = [tf.logicalNot(tf.less(residual, tf.scalar(Infinity))), isDone];
  const wasRunning = tf.equal(at.status, tf.scalar(0, 'int32'));
  const mayStop = [...stops, ...results.map(({ mayHold }) => mayHold)].reduce((a, b) => tf.logicalOr(a, b));
  const isEventful = tf.any(tf.logicalAnd(mayStop, wasRunning));
  const goesOn = tf.logicalAnd(wasRunning, tf.logicalNot(isEventful));
  const last = tf.reshape(tf.slice(residual, [tests - 1, 0], [1, batch]), [batch]);
  return {
    z: selectSamples(goesOn, end, at.z),
    sound: selectSamples(goesOn, iterates[tests - 1]!, at.sound),
    status: at.status,
    count: tf.add(at.count, tf.mul(tf.cast(goesOn, 'int32'), tf.scalar(tests, 'int32'))),
    residual: tf.where(goesOn, last, at.residual),
    checks: Object.fromEntries(
      results.map(({ check, memory }) => [
        check.verdict,
        selectSamples(goesOn, memory, at.checks[check.verdict]!),
      ]),
    ),
    isEventful,
    rows: tf.where(wasRunning, residual, at.residual),
  };
}

/** The points of all tests, sample by sample within a test: `[tests·batch, …]` in every leaf. */
type Rows<Z> = { readonly z: Z; readonly image: Z; readonly value: Z };

function stepsFrom<Z extends TensorTree, C>(
  start: Z,
  f: FixedPointMap<Z, C>,
  solver: Solver<Z, TensorTree, C>,
  tests: number,
): { readonly rows: Rows<Z>; readonly iterates: readonly Z[]; readonly end: Z } {
  const iterates: Z[] = [];
  const images: Z[] = [];
  let z = start;
  let state = solver.init(start);
  for (let k = 0; k < tests; k++) {
    const step = solver.step(f, z, state);
    iterates.push(z);
    images.push(step.image);
    z = step.value;
    state = step.state;
  }
  const isUndamped = images.every((image, k) => image === (iterates[k + 1] ?? z));
  if (!isUndamped) {
    const value = joined([...iterates.slice(1), z]);
    return { rows: { z: joined(iterates), image: joined(images), value }, iterates, end: z };
  }
  // One joining for both: the image of each iterate is the next one.
  const all = joined([...iterates, z]);
  const part = (from: number): Z =>
    mapTensors(all, (leaf) => {
      const batch = leaf.shape[0] / (tests + 1);
      const begin = [from * batch, ...leaf.shape.slice(1).map(() => 0)];
      return tf.slice(leaf, begin, [tests * batch, ...leaf.shape.slice(1)]);
    });
  const image = part(1);
  return { rows: { z: part(0), image, value: image }, iterates, end: z };
}

function joined<Z extends TensorTree>(trees: readonly Z[]): Z {
  return zipTensors(trees, (...parts) => tf.concat(parts, 0));
}

/** The stop rule at every test, `[tests·batch]`: in one go where it treats all samples alike. */
function isDoneIn<Z extends TensorTree>(
  { z, image }: Rows<Z>,
  residual: tf.Tensor,
  { stop, batch, tests }: { readonly stop: StopRule<Z>; readonly batch: number; readonly tests: number },
): tf.Tensor {
  if (stop.isUniform === true) return stop(z, image, residual);
  const test = (tree: Z, k: number): Z => mapTensors(tree, (leaf) => rowsOf(leaf, k * batch, batch));
  const verdicts = Array.from({ length: tests }, (_, k) =>
    stop(test(z, k), test(image, k), rowsOf(residual, k * batch, batch)),
  );
  return tf.concat(verdicts, 0);
}

function rowsOf(leaf: tf.Tensor, from: number, length: number): tf.Tensor {
  return tf.slice(leaf, [from, ...leaf.shape.slice(1).map(() => 0)], [length, ...leaf.shape.slice(1)]);
}
