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
 * Factor of the weights before a ReLU, that signals do not fade: without it narrow networks do not begin to learn.
 * @see He, Zhang, Ren & Sun, Delving Deep into Rectifiers (2015), arXiv 1502.01852.
 */
const RECTIFIED_GAIN = Math.SQRT2;

/** A dense layer: orthogonal weights, larger by {@link RECTIFIED_GAIN} before a ReLU, zero biases. */
export function initDense(
  key: Key,
  [from, to]: readonly [number, number],
  { hasBias = true, isRectified }: { readonly hasBias?: boolean; readonly isRectified: boolean },
): Dense {
  const { data, shape } = orthogonal(key, from, to);
  const W = toTensor({ data: isRectified ? data.map((value) => RECTIFIED_GAIN * value) : data, shape });
  return hasBias ? { W, b: tf.zeros([to]) } : { W };
}

/**
 * Fresh maps for constraints with `a` features and variables with `b`; its output has as many as the side it is for.
 */
export function initHalfConvolution(
  key: Key,
  { a, b }: { readonly a: number; readonly b: number },
  to: 'constraints' | 'variables',
): HalfConvolution {
  const out = to === 'constraints' ? a : b;
  return {
    constraints: initTwoLayers(fold(key, 'constraints'), [a, a, a]),
    variables: initTwoLayers(fold(key, 'variables'), [b, b, b], { hasFirstBias: false }),
    output: initTwoLayers(fold(key, 'output'), [a + b, out, out], { isSecondRectified: true }),
  };
}

function initTwoLayers(
  key: Key,
  [from, hidden, to]: readonly [number, number, number],
  {
    hasFirstBias = true,
    isSecondRectified = false,
  }: { readonly hasFirstBias?: boolean; readonly isSecondRectified?: boolean } = {},
): TwoLayers {
  return {
    first: initDense(fold(key, 'first'), [from, hidden], { hasBias: hasFirstBias, isRectified: true }),
    second: initDense(fold(key, 'second'), [hidden, to], { isRectified: isSecondRectified }),
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
