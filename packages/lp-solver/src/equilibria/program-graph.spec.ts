import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, normal, type Key, toTensor, toTensors, valueAndGradient } from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import type { Minimization } from '../problem.ts';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import type { Edges } from './graph-layers.ts';
import {
  edgesOf,
  encodeGraph,
  graphOf,
  type GraphOptions,
  type ProgramGraph,
  sparseGraphOf,
} from './program-graph.ts';

tf.env().set('PROD', true);

const key = fromSeed(11);

/** Programs of several sizes, some with rows and columns that hold nothing. */
const programs: readonly Minimization[] = [
  { rows: 4, columns: 6, nonzeros: 9 },
  { rows: 2, columns: 9, nonzeros: 18 },
  { rows: 7, columns: 3, nonzeros: 4 },
].map((size, i) => asMinimization(randomLinearProgram(fold(key, i), size)));

const small = asMinimization(
  linearProgram({
    name: 'small',
    sense: 'minimize',
    variables: { x: { cost: 1, upper: 4 }, y: { cost: -2, lower: -Infinity, upper: 3 } },
    constraints: {
      both: { terms: { x: 2, y: 3 }, lower: -1, upper: 5 },
      free: { terms: { x: 7, y: 7 } },
      least: { terms: { y: 4 }, lower: 6 },
      equal: { terms: { x: 1, y: -1 }, lower: 2, upper: 2 },
    },
  }),
);

const tensorsOf = (host: unknown): ProgramGraph => toTensors<ProgramGraph>(host as never);
const noise = (own: Key, shape: readonly number[]): tf.Tensor => toTensor(normal(own, shape));

describe('graphOf', () => {
  it('writes rows as a·x ≤ b or a·x = b, and infinite bounds as large ones', () => {
    const { matrix, ...nodes } = graphOf([small]);
    expect(matrix.shape).toEqual([1, 4, 2]);
    expect(Array.from(matrix.data)).toEqual([2, 3, -2, -3, -0, -4, 1, -1].map((value) => value + 0));
    const values = Object.fromEntries(
      Object.entries(nodes).map(([name, { data }]) => [name, Array.from(data)]),
    );
    expect(values).toEqual({
      cost: [1, -2],
      lower: [0, -100],
      upper: [4, 3],
      side: [5, 1, -6, 2],
      isEquality: [0, 0, 0, 1],
    });
  });

  it('keeps finite bounds, sides and coefficients bit for bit, in either precision', () => {
    const [lp] = programs as [Minimization];
    const { lower, upper, cost, side } = graphOf([lp], { precision: 'float64' });
    expect(lower.data).toEqual(lp.lower);
    expect(upper.data).toEqual(lp.upper);
    expect(cost.data).toEqual(lp.objective);
    expect(side.data).toEqual(lp.rowUpper);
    expect(graphOf([lp]).lower.data).toEqual(Float32Array.from(lp.lower));
  });

  it('fills up to the largest program, or to more', () => {
    expect(graphOf(programs).matrix.shape).toEqual([3, 7, 9]);
    const { matrix, side } = graphOf(programs, { rows: 8, columns: 10 });
    expect([matrix.shape, side.shape]).toEqual([
      [3, 8, 10],
      [3, 8],
    ]);
  });

  it('takes a program without rows', () => {
    const empty = linearProgram({
      name: 'none',
      sense: 'minimize',
      variables: { x: { upper: 1 } },
      constraints: {},
    });
    for (const encode of [graphOf, sparseGraphOf]) {
      const graph = tensorsOf(encode([asMinimization(empty)]));
      expectClose(edgesOf(graph).toConstraints(tf.ones([1, 2])), [0, 0]);
      expectClose(edgesOf(graph).toVariables(tf.ones([1, 2])), [0, 0]);
    }
  });

  it('refuses no program, and sizes that are too small', () => {
    expect(() => graphOf([])).toThrow('graphOf: there must be at least one program; got none.');
    expect(() => graphOf(programs, { rows: 6 })).toThrow(
      'graphOf: rows and columns must be at least 7 and 9; got 6 and 9.',
    );
  });
});

describe.each([
  ['in one size', {}],
  ['filled up', { rows: 9, columns: 12 }],
])('edgesOf, %s', (_, options: GraphOptions) => {
  const lists = [...programs, small];
  const dense = edgesOf(tensorsOf(graphOf(lists, options)));
  const sparse = edgesOf(tensorsOf(sparseGraphOf(lists, options)));
  const [batch, rows, columns] = graphOf(lists, options).matrix.shape;
  const [u, v] = [noise(fold(key, 'u'), [batch! * rows!, 3]), noise(fold(key, 'v'), [batch! * columns!, 3])];

  it('sums alike over matrices and over lists', () => {
    expectClose(sparse.toConstraints(v), dense.toConstraints(v), { atol: 1e-5 });
    expectClose(sparse.toVariables(u), dense.toVariables(u), { atol: 1e-5 });
    expectClose(sparse.rowSums(), dense.rowSums(), { atol: 1e-5 });
  });

  it('sums to variables by the adjoint of the sum to constraints', () => {
    for (const edges of [dense, sparse]) {
      const inner = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0]!;
      expect(inner(edges.toConstraints(v), u)).toBeCloseTo(inner(v, edges.toVariables(u)), 3);
    }
  });

  it('has the same gradients over matrices and over lists', () => {
    const gradientOf = (edges: Edges) =>
      valueAndGradient(
        (at: tf.Tensor) => tf.mean(tf.square(edges.toVariables(tf.relu(edges.toConstraints(at))))),
        v,
      ).gradient;
    expectClose(gradientOf(sparse), gradientOf(dense), { atol: 1e-5 });
  });
});

describe('encodeGraph', () => {
  const sized = (rows: number, columns: number, nonzeros: number): Minimization =>
    asMinimization(randomLinearProgram(fold(key, rows), { rows, columns, nonzeros }));

  it('takes matrices for the paper’s programs, lists where hardly anything is there', () => {
    const paper = sized(10, 50, 100);
    expect(encodeGraph(Array.from({ length: 100 }, () => paper))).toHaveProperty('matrix');
    expect(encodeGraph([sized(30, 1000, 100)])).toHaveProperty('matrix');
    expect(encodeGraph([sized(300, 400, 900)])).toHaveProperty('ofVariables');
    expect(encodeGraph([sized(300, 400, 4000)])).toHaveProperty('matrix');
  });
});
