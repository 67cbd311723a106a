/** A safeguard around a solver. */
import * as tf from '@tensorflow/tfjs';
import { assertKnownOptions, constant, mapTensors, type TensorTree, zipTensors } from '@equilibria/compile';
import type { Solver } from './contract.ts';
import { batchOf, sampleDistance, selectSamples } from './per-sample.ts';

/** When {@link withFallback} gives a solver up, and for what. */
export type FallbackOptions = {
  /** Steps without progress, in a row, after which a sample is given up; an integer >= 1, default 20. */
  readonly patience?: number;
  /** Progress is a residual below `1 − improvement` times that of the last progress; in [0, 1), default 0.01. */
  readonly improvement?: number;
  /** Step length in (0, 1] of the Picard iteration that takes over; default 0.5, under which two-cycles settle. */
  readonly damping?: number;
};

/** The state of a safeguarded solver. */
export type FallbackState<Z extends TensorTree, S extends TensorTree> = {
  readonly inner: S;
  /** The point with the smallest residual so far (at first `z0`, twice), its image, and that residual (float32 `[batch]`, at first infinite). */
  readonly best: Z;
  readonly bestImage: Z;
  readonly bestResidual: tf.Tensor;
  /** float32 `[batch]`: the residual at the last progress, and int32 `[batch]`: the steps since. */
  readonly mark: tf.Tensor;
  readonly since: tf.Tensor;
  /** bool `[batch]`: whether Picard has taken over. */
  readonly isPicard: tf.Tensor;
};

/**
 * A solver that, sample by sample, is given up for damped Picard iteration, for good, once it has made no progress for `patience`
 * steps, or at once where it has gone to a point whose residual is not finite. Picard goes on from the best point so far.
 *
 * While the wrapped solver is at work no failure is said of the sample (no NaN, no cycle, no stagnation, no divergence): these are what the
 * fallback is for. Afterwards the verdicts are those of the Picard iteration, under the loop's own rules; a `stagnation.window`
 * should therefore be longer than `patience`. The flag `fallback` is set in every Picard step, and wherever the wrapped solver sets its own.
 *
 * As many evaluations a step as the wrapped solver, also after the change, which the other samples of the batch do not notice. Nothing is
 * promised beyond what damped Picard promises: a map that contracts by `μ` is solved, its error falling by `1 − damping·(1 − μ)`.
 *
 * @param solver - one without a control of the map.
 * @throws {RangeError} if a parameter is out of its range.
 * @example
 * const safe = withFallback(anderson<tf.Tensor>(), { patience: 10 });
 */
export function withFallback<Z extends TensorTree, S extends TensorTree>(
  solver: Solver<Z, S>,
  options: FallbackOptions = {},
): Solver<Z, FallbackState<Z, S>> {
  assertKnownOptions('withFallback: options', options, ['patience', 'improvement', 'damping']);
  const { patience = 20, improvement = 0.01, damping = 0.5 } = options;
  requireThat(
    Number.isInteger(patience) && patience >= 1,
    `patience must be an integer >= 1; got ${patience}`,
  );
  requireThat(improvement >= 0 && improvement < 1, `improvement must be in [0, 1); got ${improvement}`);
  requireThat(damping > 0 && damping <= 1, `damping must be in (0, 1]; got ${damping}`);
  return {
    name: `${solver.name} with fallback`,
    evaluationsPerStep: solver.evaluationsPerStep,
    init: (z0) => firstState(z0, solver.init(z0)),
    step: (f, z, previous) => {
      const { value, image, state: inner } = solver.step(f, z, previous.inner);
      const watched = watch(previous, z, image, { patience, improvement });
      const isChange = tf.logicalAnd(watched.isPicard, tf.logicalNot(previous.isPicard));
      const from = selectSamples(isChange, watched.best, z);
      const to = selectSamples(isChange, watched.bestImage, image);
      const picard = zipTensors([from, to], (a, b) => tf.add(a, tf.mul(constant(damping), tf.sub(b, a))));
      return { value: selectSamples(watched.isPicard, picard, value), image, state: { ...watched, inner } };
    },
    fallback: ({ isPicard, inner }) => {
      const own = solver.fallback?.(inner);
      return own === undefined ? isPicard : tf.logicalOr(isPicard, own);
    },
    mayChange: ({ isPicard }) => tf.logicalNot(isPicard),
  };
}

type Watched<Z extends TensorTree> = Omit<FallbackState<Z, TensorTree>, 'inner'>;

function firstState<Z extends TensorTree, S extends TensorTree>(z0: Z, inner: S): FallbackState<Z, S> {
  const batch = batchOf('withFallback', z0);
  const copy = () => mapTensors(z0, (leaf) => tf.clone(leaf));
  return {
    inner,
    best: copy(),
    bestImage: copy(),
    bestResidual: tf.fill([batch], Infinity),
    mark: tf.fill([batch], Infinity),
    since: tf.fill([batch], 0, 'int32'),
    isPicard: tf.fill([batch], 0, 'bool'),
  };
}

/** What is known after the evaluation at `z`; a sample is given up where its residual is not finite or long without progress. */
function watch<Z extends TensorTree>(
  previous: Watched<Z>,
  z: Z,
  image: Z,
  { patience, improvement }: { readonly patience: number; readonly improvement: number },
): Watched<Z> {
  const residual = sampleDistance(image, z);
  const isBest = tf.less(residual, previous.bestResidual);
  const isProgress = tf.less(residual, tf.mul(constant(1 - improvement), previous.mark));
  const isFinite = tf.less(residual, constant(Infinity));
  const one = tf.scalar(1, 'int32');
  const since = tf.where(isProgress, tf.zerosLike(previous.since), tf.add(previous.since, one));
  const isStuck = tf.greaterEqual(since, tf.scalar(patience, 'int32'));
  return {
    best: selectSamples(isBest, z, previous.best),
    bestImage: selectSamples(isBest, image, previous.bestImage),
    bestResidual: tf.where(isBest, residual, previous.bestResidual),
    mark: tf.where(isProgress, residual, previous.mark),
    since,
    isPicard: tf.logicalOr(previous.isPicard, tf.logicalOr(isStuck, tf.logicalNot(isFinite))),
  };
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(`withFallback: ${message}.`);
}
