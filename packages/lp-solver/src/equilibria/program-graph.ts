/** Linear programs as bipartite graphs, many in one batch. */

import type { HostArray } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import type { Minimization } from '../problem.ts';
import type { Edges } from './graph-layers.ts';

/** A batch of programs `min c·x, A x ≤ b or = b, l ≤ x ≤ u`, padded with empty rows and columns to one size. */
export type ProgramGraph = {
  /** `A`, float32 `[batch, rows, columns]`. */
  readonly matrix: tf.Tensor;
  /** `[batch, columns]`. */
  readonly cost: tf.Tensor;
  readonly lower: tf.Tensor;
  readonly upper: tf.Tensor;
  /** `b`, `[batch, rows]`. */
  readonly side: tf.Tensor;
  /** 1 for `=`, 0 for `≤`; `[batch, rows]`. */
  readonly isEquality: tf.Tensor;
};

/** The same on the host. */
export type HostGraph = { readonly [K in keyof ProgramGraph]: HostArray };

/** Products with the batch's matrices. */
export function edgesOf({ matrix }: Pick<ProgramGraph, 'matrix'>): Edges {
  const [batch, rows, columns] = matrix.shape as [number, number, number];
  const width = (x: tf.Tensor): number => x.shape[1]!;
  return {
    toConstraints: (v) =>
      tf.reshape(tf.matMul(matrix, tf.reshape(v, [batch, columns, width(v)])), [batch * rows, width(v)]),
    toVariables: (u) =>
      tf.reshape(tf.matMul(matrix, tf.reshape(u, [batch, rows, width(u)]), true), [
        batch * columns,
        width(u),
      ]),
    rowSums: () => tf.reshape(tf.sum(matrix, 2), [batch * rows, 1]),
  };
}

/** Batch */
export function graphOf(programs: readonly Minimization[]): HostGraph {
  const rows = Math.max(...programs.map(({ matrix }) => matrix.rows));
  const columns = Math.max(...programs.map(({ matrix }) => matrix.columns));
  const B = programs.length;
  const make = (...shape: number[]) => ({ data: new Float32Array(shape.reduce((p, q) => p * q, 1)), shape });
  const g = {
    matrix: make(B, rows, columns),
    cost: make(B, columns),
    lower: make(B, columns),
    upper: make(B, columns),
    side: make(B, rows),
    isEquality: make(B, rows),
  };
  programs.forEach((lp, p) => {
    const { matrix: A } = lp;
    for (let i = 0; i < A.rows; i++) {
      for (let k = A.starts[i]!; k < A.starts[i + 1]!; k++)
        g.matrix.data[(p * rows + i) * columns + A.indices[k]!] = A.values[k]!;
    }
    g.cost.data.set(lp.objective, p * columns);
    g.lower.data.set(lp.lower, p * columns);
    g.upper.data.set(lp.upper, p * columns);
    g.side.data.set(lp.rowUpper, p * rows);
    g.isEquality.data.set(
      lp.rowLower.map((low, i) => (low === lp.rowUpper[i] ? 1 : 0)),
      p * rows,
    );
  });
  return g;
}
