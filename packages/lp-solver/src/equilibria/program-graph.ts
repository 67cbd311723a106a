/** Linear programs as bipartite graphs, many in one batch. */

import type { HostArray, Precision } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import type { Minimization, SparseMatrix } from '../problem.ts';
import type { Edges } from './graph-layers.ts';
import { type MakeFloats, neighbourLists, type NeighbourLists, receive } from './neighbour-lists.ts';
import { transpose } from './sorted-program.ts';
import { finiteBounds, type StandardRows, standardRows } from './standard-rows.ts';

/**
 * What is known of the nodes of a batch of programs `min c·x, A x ≤ b or = b, l ≤ x ≤ u`, padded with empty rows and
 * columns to one size. Nothing travels along an edge that is not there, so the nodes that fill up change no other.
 */
type Nodes<T> = {
  /** `[batch, columns]`. */
  readonly cost: T;
  readonly lower: T;
  readonly upper: T;
  /** `b`, `[batch, rows]`. */
  readonly side: T;
  /** 1 for `=`, 0 for `≤`; `[batch, rows]`. */
  readonly isEquality: T;
};

type Dense<T> = Nodes<T> & {
  /** `A`, `[batch, rows, columns]`. */
  readonly matrix: T;
};

/** Nodes are numbered through the batch: row `i` of program `p` is node `p·rows + i`. */
type Sparse<T> = Nodes<T> & {
  readonly ofConstraints: NeighbourLists<T>;
  readonly ofVariables: NeighbourLists<T>;
};

/** A batch of programs, float32, its edges as dense matrices or as lists of neighbours. */
export type ProgramGraph = Dense<tf.Tensor> | Sparse<tf.Tensor>;

/** A batch with dense matrices, on the host. */
export type HostGraph = Dense<HostArray>;

/**
 * A batch with lists of neighbours, on the host. The lengths of the lists, and so their shapes, are those of the
 * batch.
 */
export type HostSparseGraph = Sparse<HostArray>;

/** How programs become a graph. */
export type GraphOptions = {
  /** Of the floats; default 'float32'. */
  readonly precision?: Precision;
  /** Rows to fill up to; default as many as the largest program has in standard form. */
  readonly rows?: number;
  /** Columns to fill up to; default as many as the largest program has. */
  readonly columns?: number;
};

/**
 * What an entry of a list of neighbours costs, and a list, in places of a dense matrix. Measured on random programs
 * from 50 × 200 to 500 × 1000, one thread, densities of 0.5 to 8 %: at 9 features 0.5 ns a place, 30 ns an entry and
 * 430 ns a list, at 33 features 2, 55 and 500. Lists pay at densities below 1 to 2 % of programs with some 100,000
 * places each.
 */
const ENTRY_COST = 50;
const LIST_COST = 100;

/** A batch of programs in the form that takes less time. */
export function encodeGraph(
  programs: readonly Minimization[],
  options: GraphOptions = {},
): HostGraph | HostSparseGraph {
  const batch = batchOf(programs, options);
  const { parts, rows, columns } = batch;
  const entries = parts.reduce((sum, { entries: own }) => sum + own, 0);
  const cost = ENTRY_COST * entries + LIST_COST * parts.length * (rows + columns);
  return cost < parts.length * rows * columns ? sparse(batch) : dense(batch);
}

/**
 * A batch of programs with dense matrices.
 * @throws {RangeError} if there is no program, or one has more rows or columns than wanted.
 */
export function graphOf(programs: readonly Minimization[], options: GraphOptions = {}): HostGraph {
  return dense(batchOf(programs, options));
}

/**
 * A batch of programs with lists of neighbours.
 * @throws {RangeError} as {@link graphOf}.
 */
export function sparseGraphOf(
  programs: readonly Minimization[],
  options: GraphOptions = {},
): HostSparseGraph {
  return sparse(batchOf(programs, options));
}

/** Sums over the edges of a graph, differentiable by what is sent. */
export function edgesOf(graph: ProgramGraph): Edges {
  return 'matrix' in graph ? denseEdges(graph.matrix) : sparseEdges(graph);
}

function denseEdges(matrix: tf.Tensor): Edges {
  const [batch, rows, columns] = matrix.shape as [number, number, number];
  const product = (x: tf.Tensor, [from, to]: readonly [number, number], isTransposed: boolean): tf.Tensor => {
    const f = x.shape[1]!;
    return tf.reshape(tf.matMul(matrix, tf.reshape(x, [batch, from, f]), isTransposed), [batch * to, f]);
  };
  return {
    toConstraints: (v) => product(v, [columns, rows], false),
    toVariables: (u) => product(u, [rows, columns], true),
    rowSums: () => tf.reshape(tf.sum(matrix, 2), [batch * rows, 1]),
  };
}

function sparseEdges({ ofConstraints, ofVariables, cost }: Sparse<tf.Tensor>): Edges {
  const toConstraints: Linear = (v) => receive(ofConstraints, v);
  const toVariables: Linear = (u) => receive(ofVariables, u);
  return {
    toConstraints: withAdjoint(toConstraints, toVariables),
    toVariables: withAdjoint(toVariables, toConstraints),
    rowSums: () => toConstraints(tf.ones([cost.size, 1])),
  };
}

type Linear = (x: tf.Tensor) => tf.Tensor;

/** A linear map whose gradient is its adjoint, which gathers where TF.js would scatter. */
function withAdjoint(map: Linear, adjoint: Linear): Linear {
  const op = tf.customGrad((x) => ({
    value: map(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => withAdjoint(adjoint, map)(dy),
  }));
  return (x) => op(x);
}

/** A program, its rows in standard form. */
type Part = { readonly lp: Minimization; readonly standard: StandardRows; readonly entries: number };

type Batch = {
  readonly parts: readonly Part[];
  readonly rows: number;
  readonly columns: number;
  readonly floats: MakeFloats;
};

function batchOf(programs: readonly Minimization[], options: GraphOptions): Batch {
  const parts = programs.map((lp): Part => {
    const standard = standardRows(lp);
    const { starts } = lp.matrix;
    const entries = standard.source.reduce((sum, i) => sum + starts[i + 1]! - starts[i]!, 0);
    return { lp, standard, entries };
  });
  if (parts.length === 0) throw new RangeError('graphOf: there must be at least one program; got none.');
  // No axis is empty: a program without rows gets one that says nothing.
  const most = {
    rows: Math.max(1, ...parts.map(({ standard }) => standard.side.length)),
    columns: Math.max(1, ...parts.map(({ lp }) => lp.matrix.columns)),
  };
  const { precision = 'float32', rows = most.rows, columns = most.columns } = options;
  if (rows < most.rows || columns < most.columns) {
    throw new RangeError(
      `graphOf: rows and columns must be at least ${most.rows} and ${most.columns}; got ${rows} and ${columns}.`,
    );
  }
  const floats: MakeFloats = (shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return { data: precision === 'float64' ? new Float64Array(size) : new Float32Array(size), shape };
  };
  return { parts, rows, columns, floats };
}

function nodesOf({ parts, rows, columns, floats }: Batch): Nodes<HostArray> {
  const [cost, lower, upper] = [0, 1, 2].map(() => floats([parts.length, columns])) as [
    Floats,
    Floats,
    Floats,
  ];
  const [side, isEquality] = [0, 1].map(() => floats([parts.length, rows])) as [Floats, Floats];
  parts.forEach(({ lp, standard }, p) => {
    const bounds = finiteBounds(lp);
    cost.data.set(lp.objective, p * columns);
    lower.data.set(bounds.lower, p * columns);
    upper.data.set(bounds.upper, p * columns);
    side.data.set(standard.side, p * rows);
    isEquality.data.set(standard.isEquality, p * rows);
  });
  return { cost, lower, upper, side, isEquality };
}

type Floats = ReturnType<MakeFloats>;

function dense(batch: Batch): HostGraph {
  const { parts, rows, columns, floats } = batch;
  const matrix = floats([parts.length, rows, columns]);
  parts.forEach(({ lp: { matrix: A }, standard: { source, sign } }, p) => {
    source.forEach((from, i) => {
      const start = (p * rows + i) * columns;
      for (let k = A.starts[from]!; k < A.starts[from + 1]!; k++) {
        matrix.data[start + A.indices[k]!] = sign[i]! * A.values[k]!;
      }
    });
  });
  return { ...nodesOf(batch), matrix };
}

function sparse(batch: Batch): HostSparseGraph {
  const block = blockMatrix(batch);
  return {
    ...nodesOf(batch),
    ofConstraints: neighbourLists(block, batch.floats),
    ofVariables: neighbourLists(transpose(block).matrix, batch.floats),
  };
}

/** The matrices of all programs as the blocks of one diagonal, each filled up. */
function blockMatrix({ parts, rows, columns }: Batch): SparseMatrix {
  const size = parts.reduce((sum, { entries }) => sum + entries, 0);
  const starts = new Int32Array(parts.length * rows + 1);
  const indices = new Int32Array(size);
  const values = new Float64Array(size);
  let next = 0;
  parts.forEach(({ lp: { matrix: A }, standard: { source, sign } }, p) => {
    for (let i = 0; i < rows; i++) {
      const from = source[i];
      if (from !== undefined) {
        for (let k = A.starts[from]!; k < A.starts[from + 1]!; k++, next++) {
          indices[next] = p * columns + A.indices[k]!;
          values[next] = sign[i]! * A.values[k]!;
        }
      }
      starts[p * rows + i + 1] = next;
    }
  });
  return { rows: parts.length * rows, columns: parts.length * columns, starts, indices, values };
}
