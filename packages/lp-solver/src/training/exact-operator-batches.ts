/** What the exact operator learns from: batches of preconditioned programs with their optima. */

import type { HostArray, TensorSpec } from '@equilibria/compile';
import { mapTree, spec, type Tree } from '@equilibria/compile';
import { type BatchSource, fold, type HostTree, type Key, permutation } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { LabelledProgram } from '../datasets/labelled-programs.ts';
import type { ProgramSize } from '../equilibria/program-groups.ts';
import {
  type DensePrograms,
  scaleProgram,
  type ScaledProgram,
  stackPrograms,
} from '../equilibria/scaled-programs.ts';
import { norm } from '../problem/sparse-matrix.ts';

/** Programs with their optima, float32. */
export type SolvedPrograms = {
  readonly programs: DensePrograms;
  /** Of the preconditioned programs, `[batch, columns]`. */
  readonly optimum: tf.Tensor;
  /** What turns a change of the preconditioned variables into a part of the error, `[batch, columns]`. */
  readonly errorScale: tf.Tensor;
};

/** What is learned from in a step, by family. */
export type ExactBatch = { readonly random: SolvedPrograms; readonly structured: SolvedPrograms };

/** A labelled program, preconditioned. */
export type SolvedProgram = { readonly program: ScaledProgram; readonly x: Float64Array };

/** Preconditions labelled programs. */
export function solvedPrograms(labelled: readonly LabelledProgram[]): readonly SolvedProgram[] {
  return labelled.map(({ lp, x }) => ({ program: scaleProgram(lp), x }));
}

/** The size that all programs fit in. */
function largestSize(solved: readonly SolvedProgram[]): ProgramSize {
  const sizes = solved.map(({ program }) => program.scaled.matrix);
  return {
    rows: Math.max(...sizes.map(({ rows }) => rows)),
    columns: Math.max(...sizes.map(({ columns }) => columns)),
  };
}

/** Programs filled up to a size, float32. */
export function solvedBatch(
  solved: readonly SolvedProgram[],
  size: ProgramSize = largestSize(solved),
): HostTree<SolvedPrograms> {
  const shape = [solved.length, size.columns];
  const optimum = new Float32Array(solved.length * size.columns);
  const errorScale = new Float32Array(solved.length * size.columns);
  solved.forEach(({ program: { columnScale }, x }, p) => {
    const at = p * size.columns;
    optimum.set(
      x.map((value, j) => value / columnScale[j]!),
      at,
    );
    const length = norm(x) + 1;
    errorScale.set(
      columnScale.map((scale) => scale / length),
      at,
    );
  });
  const programs = stackPrograms(
    solved.map(({ program }) => program),
    { ...size, precision: 'float32' },
  );
  const array = (data: Float32Array): HostArray => ({ data, shape });
  return { programs, optimum: array(optimum), errorScale: array(errorScale) };
}

/** The specs of a batch. */
export function specsOfBatch(batch: HostTree<SolvedPrograms>): Tree<TensorSpec> {
  return mapTree<HostArray, TensorSpec>(batch, ({ shape }) => spec(shape));
}

/** `‖x − x*‖²/(‖x*‖ + 1)²` of the original programs, `[batch]`. */
export function squaredErrors(x: tf.Tensor, { optimum, errorScale }: SolvedPrograms): tf.Tensor {
  return tf.sum(tf.square(tf.mul(tf.sub(x, optimum), errorScale)), 1);
}

/**
 * Batches of both families; batch `i` is a function of the key and `i`, every epoch in a new order. The iteration maps mirrored programs
 * to mirrored points, variable by variable and row by row: augmenting by signs would show it nothing new.
 */
export function exactBatches(
  { random, structured }: Readonly<Record<keyof ExactBatch, readonly SolvedProgram[]>>,
  sizes: Readonly<Record<keyof ExactBatch, number>>,
  key: Key,
): BatchSource<ExactBatch, number> {
  const family = (solved: readonly SolvedProgram[], count: number, name: string) => {
    const size = largestSize(solved);
    const perEpoch = Math.floor(solved.length / count);
    return (i: number): HostTree<SolvedPrograms> => {
      const order = permutation(fold(fold(key, name), Math.floor(i / perEpoch)), solved.length);
      const start = (i % perEpoch) * count;
      const chosen = Array.from(order.subarray(start, start + count), (index) => solved[index]!);
      return solvedBatch(chosen, size);
    };
  };
  const ofRandom = family(random, Math.min(sizes.random, random.length), 'random');
  const ofStructured = family(structured, Math.min(sizes.structured, structured.length), 'structured');
  return async function* (position) {
    for (let i = position ?? 0; ; i++) {
      yield { batch: { random: ofRandom(i), structured: ofStructured(i) }, position: i + 1 };
    }
  };
}
