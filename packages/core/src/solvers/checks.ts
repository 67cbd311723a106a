/** The checks behind the verdicts, each with a memory of its own. */
import * as tf from '@tensorflow/tfjs';
import { constant, mapTensors, type TensorTree } from '@equilibria/compile';
import { sampleDistance, sampleNorm, selectSamples } from './per-sample.ts';
import { type Verdict, VERDICT_DEFAULTS, type VerdictOptions } from './verdict.ts';

/** Where a test is made. */
export type Test = {
  readonly z: TensorTree;
  /** Where the solver's step from `z` leads. */
  readonly next: TensorTree;
  /** float32 `[batch]`. */
  readonly residual: tf.Tensor;
  /** int32 `[batch]`: `k`, the tests before this one. */
  readonly count: tf.Tensor;
};

/** Tests of consecutive iterates, of samples that all were running before: `tests` of them. */
export type BlockOfTests = {
  /** The first point. */
  readonly first: TensorTree;
  /** All points, leaves `[tests·batch, …]`: sample by sample within a test. */
  readonly z: TensorTree;
  /** float32 `[tests, batch]`. */
  readonly residual: tf.Tensor;
  /** float32 `[tests, batch]`: how far the solver's step from each point leads. */
  readonly steps: tf.Tensor;
  /** int32 `[batch]`: tests before the first. */
  readonly count: tf.Tensor;
};

/** A check with a memory of its own, run at every test; traced like the solver. */
export interface Check {
  readonly verdict: Verdict;
  init(z0: TensorTree, batch: number): TensorTree;
  /** `holds` is bool `[batch]`. */
  test(at: Test, memory: TensorTree): { readonly holds: tf.Tensor; readonly memory: TensorTree };
  /**
   * The same for many tests together, exact where none of them holds: `mayHold`, bool `[batch]` or `[tests, batch]`, must be true
   * where one of them does, and may be true where none does.
   */
  testBlock(
    at: BlockOfTests,
    memory: TensorTree,
  ): { readonly mayHold: tf.Tensor; readonly memory: TensorTree };
}

/**
 * The checks that are on, later ones overruling earlier ones.
 * @throws {RangeError} if a parameter is out of its range.
 */
export function checksOf(options: VerdictOptions): readonly Check[] {
  const {
    divergence = VERDICT_DEFAULTS.divergence,
    cycling = VERDICT_DEFAULTS.cycling,
    stagnation = VERDICT_DEFAULTS.stagnation,
  } = options;
  return [
    ...(stagnation === false ? [] : [stagnationCheck(stagnation)]),
    ...(cycling === false ? [] : [cyclingCheck(cycling)]),
    ...(divergence === false ? [] : [divergenceCheck(divergence)]),
  ];
}

type Memory = { readonly [name: string]: tf.Tensor };

function divergenceCheck({ factor }: { readonly factor: number }): Check {
  requireThat(factor >= 1, `divergence.factor must be >= 1; got ${factor}`);
  return {
    verdict: 'diverged',
    // scale becomes max(r_0, ‖z_0‖) at the first test; until then it is −1.
    init: (z0, batch) => ({ start: sampleNorm(z0), scale: tf.fill([batch], -1) }),
    test: ({ residual }, memory) => {
      const { start, scale: known } = memory as Memory & { start: tf.Tensor; scale: tf.Tensor };
      const scale = tf.where(tf.less(known, constant(0)), tf.maximum(residual, start), known);
      return { holds: tf.greater(residual, tf.mul(constant(factor), scale)), memory: { start, scale } };
    },
    testBlock: ({ residual }, memory) => {
      const { start, scale: known } = memory as Memory & { start: tf.Tensor; scale: tf.Tensor };
      const scale = tf.where(tf.less(known, constant(0)), tf.maximum(firstRow(residual), start), known);
      return { mayHold: tf.greater(residual, tf.mul(constant(factor), scale)), memory: { start, scale } };
    },
  };
}

function cyclingCheck({ tolerance }: { readonly tolerance: number }): Check {
  requireThat(tolerance > 0 && tolerance < 1, `cycling.tolerance must be in (0, 1); got ${tolerance}`);
  type Anchor = {
    readonly z: TensorTree;
    readonly residual: tf.Tensor;
    /** The largest step since the anchor, and the test that sets the next one. */
    readonly largestStep: tf.Tensor;
    readonly due: tf.Tensor;
  };
  return {
    verdict: 'cycling',
    init: (z0, batch) => ({
      z: mapTensors(z0, (leaf) => tf.clone(leaf)),
      residual: tf.fill([batch], Infinity),
      largestStep: tf.fill([batch], 0),
      due: tf.fill([batch], 1, 'int32'),
    }),
    test: ({ z, next, residual, count }, memory) => {
      const anchor = memory as Anchor;
      const near = tf.mul(constant(tolerance), tf.minimum(residual, anchor.largestStep));
      const isBack = tf.less(sampleDistance(z, anchor.z), near);
      const isNoBetter = tf.greaterEqual(residual, tf.mul(constant(1 - tolerance), anchor.residual));
      const isAnchor = tf.equal(count, anchor.due);
      const step = sampleDistance(next, z);
      return {
        holds: tf.logicalAnd(isBack, isNoBetter),
        memory: {
          z: selectSamples(isAnchor, z, anchor.z),
          residual: tf.where(isAnchor, residual, anchor.residual),
          largestStep: tf.where(isAnchor, step, tf.maximum(anchor.largestStep, step)),
          due: tf.where(isAnchor, tf.add(anchor.due, anchor.due), anchor.due),
        },
      };
    },
    testBlock: ({ first, z, residual, steps, count }, memory) => {
      const anchor = memory as Anchor;
      const [tests, batch] = residual.shape as [number, number];
      const isAnchor = tf.equal(count, anchor.due);
      // The first test looks at the old anchor, and may set the one that the others look at.
      const own = {
        z: selectSamples(isAnchor, first, anchor.z),
        residual: tf.where(isAnchor, firstRow(residual), anchor.residual),
        due: tf.where(isAnchor, tf.add(anchor.due, anchor.due), anchor.due),
      };
      const before = tf.where(isAnchor, tf.zerosLike(anchor.largestStep), anchor.largestStep);
      const largestStep = tf.maximum(before, tf.max(steps, 0));
      const anchors = mapTensors(own.z, (leaf) =>
        tf.concat(
          Array.from({ length: tests }, () => leaf),
          0,
        ),
      );
      const away = tf.reshape(sampleDistance(z, anchors), [tests, batch]);
      const near = tf.mul(constant(tolerance), tf.minimum(residual, largestStep));
      const isNoBetter = tf.greaterEqual(residual, tf.mul(constant(1 - tolerance), own.residual));
      const isBack = tf.logicalAnd(tf.less(away, near), isNoBetter);
      // Where the first point is the new anchor it is not back at it.
      const isNew = tf.logicalAnd(isAnchor, isFirstOf(tests));
      const atOld = tf.less(
        sampleDistance(first, anchor.z),
        tf.mul(
          constant(tolerance),
          tf.minimum(firstRow(residual), tf.maximum(anchor.largestStep, largestStep)),
        ),
      );
      const end = tf.add(count, tf.scalar(tests, 'int32'));
      const isDueWithin = tf.logicalAnd(tf.greater(own.due, count), tf.less(own.due, end));
      const mayHold = [
        tf.logicalAnd(isBack, tf.logicalNot(isNew)),
        tf.logicalAnd(isAnchor, atOld),
        isDueWithin,
      ];
      return {
        mayHold: mayHold.reduce((a, b) => tf.logicalOr(a, b)),
        memory: { ...own, largestStep },
      };
    },
  };
}

function stagnationCheck(options: { readonly window: number; readonly improvement: number }): Check {
  const { window, improvement } = options;
  requireThat(
    Number.isInteger(window) && window >= 1,
    `stagnation.window must be an integer >= 1; got ${window}`,
  );
  requireThat(
    improvement >= 0 && improvement < 1,
    `stagnation.improvement must be in [0, 1); got ${improvement}`,
  );
  return {
    verdict: 'stagnated',
    // `goal` is what the next residual must be below: the mark, less the improvement.
    init: (_z0, batch) => ({ goal: tf.fill([batch], Infinity), since: tf.fill([batch], 0, 'int32') }),
    test: ({ residual }, memory) => {
      const next = afterTest(memory as Progress, residual, tf.mul(constant(1 - improvement), residual));
      return { holds: tf.greaterEqual(next.since, tf.scalar(window, 'int32')), memory: next };
    },
    testBlock: ({ residual }, memory) => {
      const [tests, batch] = residual.shape as [number, number];
      const before = memory as Progress;
      const goals = tf.split(tf.mul(constant(1 - improvement), residual), tests, 0);
      const row = (perSample: tf.Tensor): tf.Tensor => tf.reshape(perSample, [1, batch]);
      const end = tf
        .split(residual, tests, 0)
        .reduce((at, r, k) => afterTest(at, r, goals[k]!), mapTensors(before, row));
      return {
        mayHold: tf.greaterEqual(tf.add(before.since, tf.scalar(tests, 'int32')), tf.scalar(window, 'int32')),
        memory: mapTensors(end, (leaf) => tf.reshape(leaf, [batch])),
      };
    },
  };
}

type Progress = { readonly goal: tf.Tensor; readonly since: tf.Tensor };

function afterTest({ goal, since }: Progress, residual: tf.Tensor, nextGoal: tf.Tensor): Progress {
  const isBetter = tf.less(residual, goal);
  return {
    goal: tf.where(isBetter, nextGoal, goal),
    since: tf.where(isBetter, tf.zerosLike(since), tf.add(since, tf.scalar(1, 'int32'))),
  };
}

/** `[tests, batch]` to `[batch]`. */
function firstRow(rows: tf.Tensor): tf.Tensor {
  const batch = rows.shape[1]!;
  return tf.reshape(tf.slice(rows, [0, 0], [1, batch]), [batch]);
}

/** bool `[tests, 1]`: true in the first row. */
function isFirstOf(tests: number): tf.Tensor {
  return tf.tensor(
    Uint8Array.from({ length: tests }, (_, k) => Number(k === 0)),
    [tests, 1],
    'bool',
  );
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`solve: ${message}.`);
}
