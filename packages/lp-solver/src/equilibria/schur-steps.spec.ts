import { describe, expect, it } from '@jest/globals';
import { fold, fromSeed, integers, normal } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { fromEntries } from '../problem/sparse-matrix.ts';
import { denseProducts } from './linear-map.ts';
import { matrixNorm } from './precondition.ts';
import { schurSteps, weightSums } from './schur-steps.ts';

const ROWS = 5;
const COLUMNS = 7;

/** A matrix with a third of its entries, of sizes between 1e-3 and 1e3. */
function drawMatrix(seed: number): number[][] {
  const key = fold(fromSeed(seed), 'matrix');
  const values = normal(fold(key, 'values'), ROWS * COLUMNS).data;
  const logs = normal(fold(key, 'logs'), ROWS * COLUMNS, { std: 3 }).data;
  const kept = integers(fold(key, 'kept'), ROWS * COLUMNS, { high: 3 }).data;
  return Array.from({ length: ROWS }, (_, i) =>
    Array.from({ length: COLUMNS }, (__, j) => {
      const k = i * COLUMNS + j;
      return kept[k] === 0 ? values[k]! * Math.exp(logs[k]!) : 0;
    }),
  );
}

function drawWeights(seed: number, count: number, name: string): number[] {
  return Array.from(normal(fold(fromSeed(seed), name), count, { std: 5 }).data, Math.exp);
}

function stepsFor(matrix: number[][], columns: number[], rows: number[], balance: number) {
  return tf.tidy(() => {
    const weights = {
      columns: tf.tensor2d([columns]),
      rows: tf.tensor2d([rows]),
      balance: tf.tensor1d([balance]),
    };
    const empty = { rows: tf.ones([1, ROWS]), columns: tf.ones([1, COLUMNS]) };
    const { magnitude } = denseProducts(tf.tensor3d([matrix]));
    const { primal, dual } = schurSteps(weights, weightSums(weights, magnitude, empty));
    return { primal: Array.from(primal.dataSync()), dual: Array.from(dual.dataSync()) };
  });
}

describe('schurSteps', () => {
  it('keeps the norm of the scaled matrix below 1, whatever the weights', () => {
    const holds = (seed: number): boolean => {
      const matrix = drawMatrix(seed);
      const [columns, rows] = [drawWeights(seed, COLUMNS, 'columns'), drawWeights(seed, ROWS, 'rows')];
      const { primal, dual } = stepsFor(matrix, columns, rows, columns[0]!);
      const scaled = matrix.flatMap((row, i) =>
        row.flatMap((value, j): [number, number, number][] =>
          value === 0 ? [] : [[i, j, Math.sqrt(dual[i]!) * value * Math.sqrt(primal[j]!)]],
        ),
      );
      const size = matrixNorm(fromEntries([ROWS, COLUMNS], scaled));
      return size < 1 && [...primal, ...dual].every((step) => step > 0 && step < Infinity);
    };
    fc.assert(fc.property(fc.nat(), holds), { seed: 7, numRuns: 60 });
  });

  it('takes the whole length where magnitudes cannot be told from coefficients', () => {
    // All of one sign and equal weights: the bound is the norm itself but for the safe part.
    const matrix = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => 2));
    const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
    const { primal, dual } = stepsFor(matrix, ones(COLUMNS), ones(ROWS), 1);
    expect(Math.sqrt(primal[0]! * dual[0]!) * 2 * Math.sqrt(ROWS * COLUMNS)).toBeCloseTo(0.998, 5);
  });

  it('shifts the balance between both sides and changes nothing else', () => {
    const matrix = drawMatrix(3);
    const [columns, rows] = [drawWeights(3, COLUMNS, 'columns'), drawWeights(3, ROWS, 'rows')];
    const [even, tilted] = [1, 4].map((balance) => stepsFor(matrix, columns, rows, balance));
    even!.primal.forEach((step, j) => expect(tilted!.primal[j]! / step).toBeCloseTo(1 / 4, 5));
    even!.dual.forEach((step, i) => expect(tilted!.dual[i]! / step).toBeCloseTo(4, 5));
  });
});
