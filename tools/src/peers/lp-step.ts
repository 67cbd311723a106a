/**
 * A training step of the implicit graph network for linear programs, by its recipe; `tools/peers/lp_cases.py` has the same in PyTorch.
 */
import {
  compile,
  type Compiled,
  type HostArray,
  leaves,
  mapTree,
  spec,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import { adam, fromSeed, trainStep } from '@equilibria/core';
import { equilibriumTask, implicitGnn } from '@equilibria/lp-solver';
import * as tf from '@tensorflow/tfjs';
import { difference } from '../bench/agreement.ts';
import { type Case, portBytes, specOf } from '../bench/case.ts';
import { integers, noise } from '../bench/numbers.ts';

const [BATCH, ROWS, COLUMNS, NONZEROS] = [100, 10, 50, 100];

/** As many as wide networks take in the mean, of which the last is differentiated, and so are two more. */
const ITERATIONS = 10;
const DIFFERENTIATED = 3;

/** As of embedding 8; a step takes as long at any rate. */
const [RATE, CLIP_NORM, AVERAGE_DECAY] = [1e-2, 1, 0.995];

/** Of sums over parameters; float32 adds up to less, another gradient differs by more. */
const SAME = 1e-4;

/** What training carries from step to step, on the host. */
type State = {
  readonly params: Tree<HostArray>;
  readonly average: Tree<HostArray>;
  readonly optimiser: { readonly count: HostArray; readonly mean: HostArray; readonly square: HostArray };
  readonly updates: HostArray;
};

type Stepped = {
  readonly state: State;
  readonly report: { readonly loss: HostArray; readonly gradientNorm: HostArray };
};

/** One step at an embedding: forward, backward, clipping, Adam, average; each goes on from the one before. */
export function lpStep(embedding: number): () => Promise<Case> {
  return async () => {
    const params = parametersOf(embedding);
    const step = await compileStep(params, ITERATIONS);
    const { flops, bytes } = step.describe();
    const [batch, rate] = [solvedPrograms(), { data: Float32Array.of(RATE), shape: [] }];
    const begin = startOf(params);
    let state = begin;
    return {
      reset: () => {
        state = begin;
      },
      run: async () => {
        const { state: next, report } = (await step.runArrays(state, batch, rate)) as unknown as Stepped;
        state = next;
        const { params: updated, average, optimiser } = next;
        return [report.loss, report.gradientNorm, optimiser.mean, ...leaves<HostArray>([updated, average])];
      },
      compared: ([loss, norm, mean, ...rest]) => {
        const before = leaves<HostArray>(params);
        const changes = [rest.slice(0, before.length), rest.slice(before.length)].map((after) =>
          joined(after.map((leaf, i) => difference(leaf, before[i]!))),
        );
        return [loss!, norm!, ...apart(mean!, before), ...changes];
      },
      flops,
      bytes,
      leastBytes: portBytes(step),
      steps: [ITERATIONS - 1, DIFFERENTIATED],
      sameWithin: SAME,
      dispose: () => step.dispose(),
    };
  };
}

/** The loop is bound to the iterations that are made: operations are counted by bounds. */
function compileStep(
  params: Tree<HostArray>,
  maxSteps: number,
): Promise<Compiled<readonly Tree<TensorSpec>[], TensorTree, 'float32'>> {
  const trainer = trainStep(equilibriumTask(maxSteps) as never, {
    optimiser: adam(),
    clipNorm: CLIP_NORM,
    averageDecay: AVERAGE_DECAY,
  });
  const specsOf = (tree: unknown) => mapTree<HostArray, TensorSpec>(tree as Tree<HostArray>, specOf);
  return compile(
    (state: unknown, batch: unknown, rate: unknown) =>
      trainer.step(state as never, batch as never, rate as tf.Tensor) as unknown as TensorTree,
    [specsOf(startOf(params)), specsOf(solvedPrograms()), spec([])],
    { threads: 1 },
  );
}

/** As training begins with: no means of gradients yet, and the average is the parameters themselves. */
function startOf(params: Tree<HostArray>): State {
  const size = leaves<HostArray>(params).reduce((sum, { data }) => sum + data.length, 0);
  const zeros = (shape: readonly number[]): HostArray => ({
    data: new Float32Array(shape[0] ?? 1),
    shape,
  });
  return {
    params,
    average: params,
    optimiser: { count: zeros([]), mean: zeros([size]), square: zeros([size]) },
    updates: zeros([]),
  };
}

/** Of the network's shapes, as large as fresh ones; numbered in the order of their names. */
function parametersOf(embedding: number): Tree<HostArray> {
  const fresh = implicitGnn.init(fromSeed(0), { embedding });
  let offset = 0;
  const params = mapTree<tf.Tensor, HostArray>(fresh, ({ shape }) => {
    const scale = shape.length === 2 ? Math.sqrt(3 / shape[0]) : 0.5;
    return noise(shape, { scale, offset: offset++ });
  });
  tf.dispose(fresh as never);
  return params;
}

/** A batch of the paper's sizes and about its distribution, every row with as many coefficients, at different places. */
export function solvedPrograms() {
  const places = placesOf(integers(BATCH * NONZEROS, (ROWS * COLUMNS) / NONZEROS));
  const values = noise([BATCH, NONZEROS], { scale: Math.sqrt(3), offset: 1 }).data;
  const matrix = new Float32Array(BATCH * ROWS * COLUMNS);
  places.forEach((place, k) => (matrix[place] = values[k]!));
  const [one, other] = [2, 3].map((offset) => noise([BATCH, COLUMNS], { scale: 17, offset }).data);
  const bounds = (pick: (...pair: number[]) => number): HostArray => ({
    data: one!.map((bound, j) => pick(bound, other![j]!)),
    shape: [BATCH, COLUMNS],
  });
  const kinds = noise([BATCH, ROWS], { offset: 6 }).data;
  const graph = {
    matrix: { data: matrix, shape: [BATCH, ROWS, COLUMNS] },
    lower: bounds(Math.min),
    upper: bounds(Math.max),
    cost: noise([BATCH, COLUMNS], { scale: 0.01, offset: 4 }),
    side: noise([BATCH, ROWS], { offset: 5 }),
    isEquality: { data: kinds.map((kind) => Number(kind > 0.4)), shape: [BATCH, ROWS] },
  };
  return {
    graph,
    optimum: noise([BATCH, COLUMNS], { scale: 10, offset: 7 }),
    iterations: { data: Int32Array.of(ITERATIONS), shape: [] },
  };
}

/** Place `k` of a program lies among the `k`-th of equal parts of its matrix. */
function placesOf(within: Int32Array): Int32Array {
  const spacing = (ROWS * COLUMNS) / NONZEROS;
  return within.map((place, k) => spacing * k + place);
}

/** A vector in parts of the sizes of these arrays. */
function apart({ data }: HostArray, like: readonly HostArray[]): HostArray[] {
  let from = 0;
  return like.map(({ data: { length } }) => {
    from += length;
    return { data: data.slice(from - length, from), shape: [length] };
  });
}

function joined(arrays: readonly HostArray[]): HostArray {
  const all = arrays.flatMap(({ data }) => Array.from(data));
  return { data: Float32Array.from(all), shape: [all.length] };
}
