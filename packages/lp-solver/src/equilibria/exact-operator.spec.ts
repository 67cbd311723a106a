import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  compile,
  type HostArray,
  mapTree,
  spec,
  type TensorSpec,
  type Tree,
  whileLoop,
} from '@equilibria/compile';
import { fold, fromSeed, toHostTree } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { createLabeller, type LabelledProgram } from '../datasets/labelled-programs.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { PROGRAM_FAMILIES, structuredProgram } from '../datasets/structured-programs.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { exactOperator, type ExactState } from './exact-operator.ts';
import { LOOK } from './look-iteration.ts';
import type { MetricNetwork } from './metric-network.ts';
import { matrixNorm } from './precondition.ts';
import { type DensePrograms, scaleProgram, type ScaledProgram, stackPrograms } from './scaled-programs.ts';

const key = fold(fromSeed(5), 'exact-operator');
/** Milliseconds for tens of thousands of evaluations of some programs, and for compiling them. */
const LONG = 60_000;

/** Parameters that nobody trained, up to ones at which everything is as extreme as it can get. */
const DEVIATIONS = [0, 0.5, 3, 20];

type Pair = { readonly x: HostArray; readonly y: HostArray };
type Looked = Pair & { readonly primal: HostArray; readonly dual: HostArray };

let labelled: LabelledProgram[];
let scaled: ScaledProgram[];
let programs: ReturnType<typeof stackPrograms>;
/** From a pair of every program, so many looks with the network of a deviation. */
let looked: (std: number, from: Pair, looks: number) => Promise<Looked>;
let dispose: () => Promise<void>;

beforeAll(async () => {
  tf.env().set('PROD', true);
  const label = await createLabeller();
  const drawn = [
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => asMinimization(randomLinearProgram(fold(key, i)))),
    ...PROGRAM_FAMILIES.map((family) =>
      structuredProgram(family, fold(key, family), { variables: [24, 40] }),
    ),
  ];
  labelled = drawn.map(label).filter((one) => one !== undefined);
  scaled = labelled.map(({ lp }) => scaleProgram(lp));
  const [rows, columns] = [
    Math.max(...labelled.map(({ y }) => y.length)),
    Math.max(...labelled.map(({ x }) => x.length)),
  ];
  programs = stackPrograms(scaled, { rows, columns, precision: 'float64' });
  const networkOf = async (std: number): Promise<Tree<HostArray>> => {
    const network = exactOperator.init(fold(key, `network ${std}`), { std });
    const wide = ({ data, shape }: HostArray): HostArray => ({ data: Float64Array.from(data), shape });
    return mapTree<HostArray, HostArray>(await toHostTree(network), wide);
  };
  const specs = (tree: unknown) =>
    mapTree<HostArray, TensorSpec>(tree as Tree<HostArray>, ({ shape }) => spec(shape));
  const pair = { x: programs.start, y: programs.rowLower };
  const compiled = await compile(
    (network: unknown, at: unknown, from: unknown, limit: tf.Tensor) => {
      const given = at as DensePrograms;
      const { x, y } = from as Record<'x' | 'y', tf.Tensor>;
      const here = { x, y };
      const state = { ...exactOperator.initialState(given), image: here, inner: here, anchor: here };
      const { image, memory } = whileLoop<ExactState>({
        init: state,
        body: (before) => exactOperator.apply(network as MetricNetwork, before, given),
        maxSteps: 1e6,
        limit,
      }).state;
      return { ...image, ...memory.steps };
    },
    [specs(await networkOf(0)), specs(programs), specs(pair), spec([], 'int32')],
    { precision: 'float64', threads: 1 },
  );
  looked = async (std, from, looks) => {
    const limit = { data: Int32Array.of(looks), shape: [] };
    return await compiled.runArrays(await networkOf(std), programs, from, limit);
  };
  dispose = () => compiled.dispose();
}, LONG);
afterAll(() => dispose());

/** What is in a batch of the program at a place. */
function rowOf({ data, shape }: HostArray, p: number, length: number): Float64Array {
  return Float64Array.from(data.subarray(p * shape[1]!, p * shape[1]! + length));
}

/** A pair of each program, in the units of the batch. */
function batched(of: (p: number) => { readonly x: Float64Array; readonly y: Float64Array }): Pair {
  const [x, y] = [programs.start, programs.rowLower].map(({ shape }) => ({
    data: new Float64Array(shape[0]! * shape[1]!),
    shape,
  }));
  scaled.forEach(({ columnScale, rowScale }, p) => {
    const pair = of(p);
    x!.data.set(
      pair.x.map((value, j) => value / columnScale[j]!),
      p * x!.shape[1]!,
    );
    y!.data.set(
      pair.y.map((value, i) => value / rowScale[i]!),
      p * y!.shape[1]!,
    );
  });
  return { x: x!, y: y! };
}

const origin = (): Pair =>
  batched((p) => ({
    x: labelled[p]!.lp.lower.map((low, j) => Math.min(Math.max(0, low), labelled[p]!.lp.upper[j]!)),
    y: new Float64Array(labelled[p]!.y.length),
  }));

/** The largest relative error of the optimality conditions over all programs. */
function worstError(at: Pair): number {
  const errors = labelled.map(({ lp, x, y }, p) => {
    const { columnScale, rowScale } = scaled[p]!;
    const point = rowOf(at.x, p, x.length).map((value, j) => value * columnScale[j]!);
    const prices = rowOf(at.y, p, y.length).map((value, i) => value * rowScale[i]!);
    const { primalResidual, dualResidual, gap } = kktErrors(lp, point, prices);
    return Math.max(primalResidual, dualResidual, gap);
  });
  return Math.max(...errors);
}

describe('exactOperator', () => {
  it.each(DEVIATIONS)('leaves optima where they are, with weights of deviation %d', async (std) => {
    const optimum = batched((p) => labelled[p]!);
    const after = await looked(std, optimum, 3);
    for (const side of ['x', 'y'] as const) {
      after[side].data.forEach((value, k) => expect(value).toBeCloseTo(optimum[side].data[k]!, 6));
    }
  });

  it.each(DEVIATIONS)(
    'comes to an optimum with weights of deviation %d',
    async (std) => {
      expect(worstError(await looked(std, origin(), 16_000 / LOOK))).toBeLessThan(1e-8);
    },
    LONG,
  );

  it.each(DEVIATIONS)(
    'takes steps under which it does not expand, with weights of deviation %d',
    async (std) => {
      for (const looks of [1, 2, 3, 5, 8, 13]) {
        const { primal, dual } = await looked(std, origin(), looks);
        scaled.forEach(({ scaled: { matrix } }, p) => {
          const [τ, σ] = [rowOf(primal, p, matrix.columns), rowOf(dual, p, matrix.rows)];
          const values = matrix.values.slice();
          for (let i = 0; i < matrix.rows; i++) {
            for (let k = matrix.starts[i]!; k < matrix.starts[i + 1]!; k++) {
              values[k]! *= Math.sqrt(σ[i]! * τ[matrix.indices[k]!]!);
            }
          }
          expect(matrixNorm({ ...matrix, values })).toBeLessThan(1);
        });
      }
    },
  );

  it('maps mirrored programs to mirrored points', async () => {
    // All variables replaced by their negatives, and all rows by theirs.
    const mirrored = { ...programs };
    const negated = ({ data, shape }: HostArray): HostArray => ({
      data: data.map((value) => 0 - value),
      shape,
    });
    mirrored.objective = negated(programs.objective);
    [mirrored.lower, mirrored.upper] = [negated(programs.upper), negated(programs.lower)];
    [mirrored.rowLower, mirrored.rowUpper] = [negated(programs.rowUpper), negated(programs.rowLower)];
    const from = origin();
    const plain = await looked(3, from, 20);
    const kept = programs;
    programs = mirrored;
    const image = await looked(3, { x: negated(from.x), y: negated(from.y) }, 20);
    programs = kept;
    expect(worstError(plain)).toBeGreaterThan(1e-6);
    for (const side of ['x', 'y'] as const) {
      image[side].data.forEach((value, k) => expect(value).toBeCloseTo(0 - plain[side].data[k]!, 9));
    }
  });
});
