/** Scalar maps as a domain of the benchmark: problems, metric, perturbations and the explicit baseline. */
import type * as tf from '@tensorflow/tfjs';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { compiledIteration } from '../evaluation/compiled-iteration.ts';
import type { Dataset, Method, Metric, Perturbation, Solving } from '../evaluation/domain.ts';
import { fold, type Key } from '../random/key.ts';
import { uniform } from '../random/samplers.ts';
import type { FixedOperator } from './reciprocal.ts';
import { evaluatePiecewiseLinear, fitPiecewiseLinear } from './piecewise-linear.ts';

/** A problem of the theory's domains: the input of a scalar map. */
export type ScalarProblem = { readonly x: number };

/** Iterates an operator on scalars, compiled: state and input are `[batch, 1]`. */
export function scalarIteration(operator: FixedOperator): Solving<ScalarProblem> {
  return compiledIteration<ScalarProblem, Record<string, never>, tf.Tensor, tf.Tensor>(operator, {
    encode: (problems) => ({ data: Float64Array.from(problems, ({ x }) => x), shape: [problems.length, 1] }),
  });
}

/** A scalar map on a union of intervals. */
export type ScalarTarget = {
  readonly name: string;
  /** The map, in float64. */
  readonly F: (x: number) => number;
  /** Closed intervals on each of which the map is smooth. */
  readonly pieces: readonly { readonly low: number; readonly high: number }[];
  /** Supremum of `|F′|` over the pieces. */
  readonly lipschitz: number;
  /** How problems spread over each piece. */
  readonly spread: 'uniform' | 'log-uniform';
};

const TEST_SIZE = 256;
const TRAINING_SIZE = 4096;

/** Error relative to `1 + |F|`: relative where the map is large, absolute where it is small. */
export function scalarMetric(target: ScalarTarget): Metric<ScalarProblem> {
  return {
    name: 'error |y − F|/(1 + |F|)',
    unit: '1',
    better: 'lower',
    score: ({ x }, answer) => Math.abs(answer[0]! - target.F(x)) / (1 + Math.abs(target.F(x))),
  };
}

/**
 * Test problems drawn from the key. The digest is that of the inputs as little-endian float64.
 * @param size - how many; default 256.
 */
export function scalarDataset(target: ScalarTarget, key: Key, size = TEST_SIZE): Dataset<ScalarProblem> {
  const xs = drawInputs(target, fold(key, 'test'), size);
  const bytes = new DataView(new ArrayBuffer(8 * xs.length));
  xs.forEach((x, i) => bytes.setFloat64(8 * i, x, true));
  const digest = bytesToHex(sha256(new Uint8Array(bytes.buffer)));
  return { name: target.name, split: 'test', sha256: digest, problems: Array.from(xs, (x) => ({ x })) };
}

/** Moves `x` by a part of `|x|` towards the middle of its piece, so that the pair stays on it. */
export function relativeStep(target: ScalarTarget, part: number, name: string): Perturbation<ScalarProblem> {
  return {
    name,
    ceiling: target.lipschitz,
    perturb: ({ x }) => {
      const piece = target.pieces.find(({ low, high }) => x >= low && x <= high);
      const middle = piece === undefined ? x : (piece.low + piece.high) / 2;
      const moved = x < middle ? x + part * Math.abs(x) : x - part * Math.abs(x);
      return { problem: { x: moved }, size: Math.abs(moved - x) };
    },
  };
}

/**
 * The explicit baseline: piecewise linear, fitted to 4096 training problems by the squares of the very errors that the metric
 * takes. Its knots, quantiles of the training inputs, count as parameters like its values.
 */
export function piecewiseLinearMethod(target: ScalarTarget, knotCount: number): Method<ScalarProblem> {
  return {
    name: `piecewise linear, ${knotCount} knots`,
    kind: 'explicit',
    parameters: 2 * knotCount,
    load: ({ key }) => {
      const points = Array.from(drawInputs(target, fold(key, 'training'), TRAINING_SIZE), (x) => {
        const y = target.F(x);
        return { x, y, weight: (1 + Math.abs(y)) ** -2 };
      });
      const fitted = fitPiecewiseLinear(points, knotCount);
      return Promise.resolve({
        iterate: (problems) => {
          const before = performance.now();
          const answers = problems.map(({ x }) => Float64Array.of(evaluatePiecewiseLinear(fitted, x)));
          const wallTimeMs = performance.now() - before;
          return Promise.resolve([{ evaluations: 1, answers, residuals: null, wallTimeMs }]);
        },
      });
    },
  };
}

/** Inputs drawn piece by piece in turn. */
export function drawInputs(target: ScalarTarget, key: Key, n: number): Float64Array {
  const isLog = target.spread === 'log-uniform';
  return uniform(key, n).data.map((share, i) => {
    const { low, high } = target.pieces[i % target.pieces.length]!;
    return isLog ? low * (high / low) ** share : low + (high - low) * share;
  });
}
