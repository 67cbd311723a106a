import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, type Key, normal, toTensor } from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import { mapTensors } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import {
  applyDense,
  type Edges,
  halfConvolve,
  type HalfConvolution,
  initDense,
  initHalfConvolution,
  type TwoLayers,
} from './graph-layers.ts';

tf.env().set('PROD', true);

const key = fromSeed(5);
const noise = (own: Key, shape: readonly number[]): tf.Tensor => toTensor(normal(own, shape));

/** Parameters whose biases are not zero. */
function moved(half: HalfConvolution): HalfConvolution {
  return mapTensors(half, (leaf, path) =>
    tf.add(leaf, tf.mul(noise(fold(key, path), leaf.shape), tf.scalar(0.2))),
  );
}

const [ROWS, COLUMNS] = [3, 5];
const A = noise(fold(key, 'matrix'), [ROWS, COLUMNS]);
const edges: Edges = {
  toConstraints: (v) => tf.matMul(A, v),
  toVariables: (u) => tf.matMul(A, u, true),
  rowSums: () => tf.sum(A, 1, true),
};

/** A half-convolution as the paper writes it: messages made, then summed, then joined with what is there. */
function literal(
  { constraints, variables, output }: HalfConvolution,
  { u, v }: { readonly u: tf.Tensor; readonly v: tf.Tensor },
  to: 'constraints' | 'variables',
): tf.Tensor {
  const both = ({ first, second }: TwoLayers, x: tf.Tensor): tf.Tensor =>
    applyDense(second, [tf.relu(applyDense(first, [x]))]);
  const [ofConstraints, ofVariables] = [both(constraints, u), both(variables, v)];
  const joined =
    to === 'constraints'
      ? [edges.toConstraints(ofVariables), ofConstraints]
      : [edges.toVariables(ofConstraints), ofVariables];
  return tf.relu(both(output, tf.concat(joined, 1)));
}

describe('initDense', () => {
  it.each([
    [3, 8],
    [8, 3],
    [33, 33],
    [1, 5],
    [5, 1],
  ])('has orthonormal rows or columns, whichever are fewer, and no bias yet: %i → %i', (from, to) => {
    const { W, b } = initDense(key, [from, to]);
    const gram = from <= to ? tf.matMul(W, W, false, true) : tf.matMul(W, W, true);
    expectClose(gram, tf.eye(Math.min(from, to)), { atol: 1e-6 });
    expectClose(b!, tf.zeros([to]));
  });

  it('is as much larger as it shall be', () => {
    const [plain, larger] = [1, 3].map((gain) => initDense(key, [4, 7], { gain }).W);
    expectClose(larger!, tf.mul(plain!, 3), { atol: 1e-6 });
  });

  it('is a function of the key', () => {
    const [W, same, other] = [key, key, fold(key, 1)].map((own) => initDense(own, [4, 4]).W.dataSync());
    expect(W).toEqual(same);
    expect(W).not.toEqual(other);
  });
});

describe('applyDense', () => {
  it('takes the parts of a concatenation apart', () => {
    const layer = { W: noise(fold(key, 'W'), [6, 4]), b: noise(fold(key, 'b'), [4]) };
    const parts = [3, 1, 2].map((width) => noise(fold(key, width), [7, width]));
    expectClose(applyDense(layer, parts), applyDense(layer, [tf.concat(parts, 1)]), { atol: 1e-5 });
  });
});

describe('halfConvolve', () => {
  it.each(['constraints', 'variables'] as const)('is the paper’s, to the %s', (to) => {
    const half = moved(initHalfConvolution(fold(key, to), { a: 4, b: 6, gain: 1 }, to));
    const u = noise(fold(key, 'u'), [ROWS, 4]);
    const v = noise(fold(key, 'v'), [COLUMNS, 6]);
    const expected = literal(half, { u, v }, to);
    expectClose(halfConvolve(half, { constraints: [u], variables: [v] }, edges, to), expected, {
      atol: 1e-5,
    });
    const inParts = { constraints: tf.split(u, 2, 1), variables: tf.split(v, [1, 2, 3], 1) };
    expectClose(halfConvolve(half, inParts, edges, to), expected, { atol: 1e-5 });
    expect(Math.max(...expected.dataSync())).toBeGreaterThan(0.1);
  });
});
