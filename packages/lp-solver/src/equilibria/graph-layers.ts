/** The layers of the paper's graph networks: dense layers with orthogonal weights, and half-convolutions. */

import { fold, type Key, normal, toTensor } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';

/** `x ↦ xW (+ b)`. */
export type Dense = {
  /** float32 `[in, out]`. */
  readonly W: tf.Tensor;
  /** float32 `[out]`; left out by layers without a bias. */
  readonly b?: tf.Tensor;
};

/** Two dense layers with a ReLU between them. */
export type TwoLayers = { readonly first: Dense; readonly second: Dense };

/** The maps of one half-convolution. */
export type HalfConvolution = {
  /** φ_C, of constraints, `a → a → a`. */
  readonly constraints: TwoLayers;
  /** φ_V, of variables, `b → b → b`, its first layer without a bias. */
  readonly variables: TwoLayers;
  /** Of what arrives and what is there, `a + b → out → out`. */
  readonly output: TwoLayers;
};

/** Features of constraints and of variables of fresh half-convolutions, and the factor of their weights before a ReLU. */
export type HalfSizes = { readonly a: number; readonly b: number; readonly gain: number };

/**
 * Features of all nodes of one side of all graphs, `[batch·nodes, f]`: the parts whose concatenation they are. A
 * product with a concatenation is a sum of products, so nothing is copied, and what does not change between
 * iterations is multiplied once.
 */
export type Features = readonly tf.Tensor[];

/** Features of both sides. */
export type GraphFeatures = { readonly constraints: Features; readonly variables: Features };

/** Sums over the edges of bipartite graphs, weighted by the coefficients. */
export interface Edges {
  /** `Σ_j A_ij v_j`: from `[batch·columns, f]` to `[batch·rows, f]`. */
  toConstraints(v: tf.Tensor): tf.Tensor;
  /** `Σ_i A_ij u_i`: from `[batch·rows, f]` to `[batch·columns, f]`. */
  toVariables(u: tf.Tensor): tf.Tensor;
  /** `Σ_j A_ij`: `[batch·rows, 1]`. */
  rowSums(): tf.Tensor;
}

/**
 * A dense layer: orthogonal weights, zero biases.
 * @param options.gain - factor of the weights; default 1.
 */
export function initDense(
  key: Key,
  [from, to]: readonly [number, number],
  { hasBias = true, gain = 1 }: { readonly hasBias?: boolean; readonly gain?: number } = {},
): Dense {
  const { data, shape } = orthogonal(key, from, to);
  const W = toTensor({ data: data.map((value) => gain * value), shape });
  return hasBias ? { W, b: tf.zeros([to]) } : { W };
}

/**
 * Fresh maps for constraints with `a` features and variables with `b`; its output has as many as the side it is for.
 * @param sizes.gain - factor of the weights before a ReLU.
 */
export function initHalfConvolution(
  key: Key,
  { a, b, gain }: HalfSizes,
  to: 'constraints' | 'variables',
): HalfConvolution {
  const out = to === 'constraints' ? a : b;
  const dense = (name: string, layer: string, sizes: readonly [number, number], options = {}): Dense =>
    initDense(fold(fold(key, name), layer), sizes, options);
  return {
    constraints: {
      first: dense('constraints', 'first', [a, a], { gain }),
      second: dense('constraints', 'second', [a, a]),
    },
    variables: {
      first: dense('variables', 'first', [b, b], { gain, hasBias: false }),
      second: dense('variables', 'second', [b, b]),
    },
    output: {
      first: dense('output', 'first', [a + b, out], { gain }),
      second: dense('output', 'second', [out, out], { gain }),
    },
  };
}

/** A dense layer, `[nodes, in]` to `[nodes, out]`. */
export function applyDense({ W, b }: Dense, features: Features): tf.Tensor {
  const product = sumOf(zip(features, rowsOf(W, widths(features))).map(([x, part]) => tf.matMul(x, part)));
  return b === undefined ? product : tf.add(product, b);
}

/** A dense layer and a ReLU. */
export function rectify(layer: Dense, features: Features): tf.Tensor {
  return tf.relu(applyDense(layer, features));
}

/**
 * New features of one side of the graph, `ReLU(output([what arrives ‖ what is there]))`.
 *
 * Between the second layers of φ and the first one of the output nothing is nonlinear: these matrices are multiplied
 * with each other first, and messages are summed on the side of the constraints, of which there are fewer. The
 * function is the paper's, at two thirds of its cost.
 */
export function halfConvolve(
  { constraints, variables, output }: HalfConvolution,
  features: GraphFeatures,
  edges: Edges,
  to: 'constraints' | 'variables',
): tf.Tensor {
  const u = rectify(constraints.first, features.constraints);
  const v = rectify(variables.first, features.variables);
  const [from, own] = to === 'constraints' ? [variables, constraints] : [constraints, variables];
  const widthOf = ({ second }: TwoLayers): number => second.W.shape[1]!;
  const [arriving, there] = rowsOf(output.first.W, [widthOf(from), widthOf(own)]) as [tf.Tensor, tf.Tensor];
  const message = followedBy(from.second, { W: arriving });
  const kept = followedBy(own.second, { W: there, b: output.first.b! });
  const sum =
    to === 'constraints'
      ? tf.add(
          tf.add(tf.matMul(u, kept.W), tf.add(tf.matMul(edges.rowSums(), message.b), kept.b)),
          tf.matMul(edges.toConstraints(v), message.W),
        )
      : tf.add(applyDense(kept, [v]), edges.toVariables(applyDense(message, [u])));
  return rectify(output.second, [tf.relu(sum)]);
}

/** Two dense layers with nothing between them are one; its bias is `[1, out]`. */
function followedBy({ W, b }: Dense, next: Dense): Required<Dense> {
  const bias = tf.matMul(tf.expandDims(b!, 0), next.W);
  return { W: tf.matMul(W, next.W), b: next.b === undefined ? bias : tf.add(bias, next.b) };
}

/** Consecutive rows of a matrix. */
function rowsOf(W: tf.Tensor, counts: readonly number[]): tf.Tensor[] {
  return counts.length === 1 ? [W] : tf.split(W, [...counts], 0);
}

function widths(features: Features): number[] {
  return features.map((x) => x.shape[1]!);
}

function sumOf(terms: readonly tf.Tensor[]): tf.Tensor {
  return terms.reduce((sum, term) => tf.add(sum, term));
}

function zip<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  return a.map((one, i) => [one, b[i]!]);
}

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer: normal numbers made orthogonal one after the
 * other.
 * @see Saxe, McClelland & Ganguli, Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks
 *   (2014), arXiv 1312.6120.
 */
function orthogonal(key: Key, rows: number, columns: number) {
  const isWide = rows <= columns;
  const [count, length] = isWide ? [rows, columns] : [columns, rows];
  const drawn = normal(key, [count, length]).data;
  const basis: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = drawn.slice(i * length, (i + 1) * length);
    // Twice, because once leaves what rounding puts back.
    for (const other of [...basis, ...basis]) {
      const along = vector.reduce((sum, value, k) => sum + value * other[k]!, 0);
      other.forEach((value, k) => (vector[k]! -= along * value));
    }
    const size = Math.hypot(...vector);
    basis.push(vector.map((value) => value / size));
  }
  const at = (r: number, c: number): number => (isWide ? basis[r]![c]! : basis[c]![r]!);
  const data = Float64Array.from({ length: rows * columns }, (_, k) =>
    at(Math.floor(k / columns), k % columns),
  );
  return { data, shape: [rows, columns] };
}
