import { describe, expect, it } from '@jest/globals';
import {
  compile,
  type HostArray,
  leaves,
  mapTensors,
  mapTree,
  spec,
  specsOf,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import {
  fold,
  fromSeed,
  type Key,
  normal,
  permutation,
  toHostTree,
  toTensor,
  toTensors,
  valueAndGradient,
} from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import { type ExplicitGnn, explicitNetwork, initExplicitGnn } from '../baselines/explicit-gnn.ts';
import { initUntiedGnn, predictUntied, type UntiedGnn, untiedNetwork } from '../baselines/untied-gnn.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import type { Minimization } from '../problem.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { fromEntries } from '../problem/sparse-matrix.ts';
import type { GraphNetwork } from './gnn-sessions.ts';
import { decode, type ImplicitGnn, implicitGnn, implicitNetwork } from './implicit-gnn.ts';
import {
  graphOf,
  type HostGraph,
  type HostSparseGraph,
  type ProgramGraph,
  sparseGraphOf,
} from './program-graph.ts';

tf.env().set('PROD', true);

const key = fromSeed(21);
const SIZE = { rows: 4, columns: 7, nonzeros: 12 };
const programs: readonly Minimization[] = [0, 1, 2].map((i) =>
  asMinimization(randomLinearProgram(fold(key, i), SIZE)),
);

/** Parameters whose biases are not zero, as after training. */
function moved<P extends TensorTree>(params: P): P {
  const noise = (own: Key, shape: readonly number[]) => tf.mul(toTensor(normal(own, shape)), tf.scalar(0.1));
  return mapTensors(params, (leaf, path) => tf.add(leaf, noise(fold(key, path), leaf.shape)));
}

/** A network, its parameters, and the number of evaluations after which the tests look. */
type Case<P extends TensorTree> = readonly [GraphNetwork<P>, P, number];

const implicitCase: Case<ImplicitGnn> = [implicitNetwork, moved(implicitGnn.init(key, { embedding: 4 })), 3];
const explicitCase: Case<ExplicitGnn> = [explicitNetwork, moved(initExplicitGnn(key, { embedding: 4 })), 1];
const untiedCase: Case<UntiedGnn> = [
  untiedNetwork,
  moved(initUntiedGnn(key, { embedding: 4, iterations: 3 })),
  1,
];
const cases = [
  ['implicit', implicitCase as Case<TensorTree>],
  ['explicit', explicitCase as Case<TensorTree>],
  ['untied', untiedCase as Case<TensorTree>],
] as const;

function answer<P extends TensorTree>(
  [network, params, evaluations]: Case<P>,
  graph: ProgramGraph,
  own = params,
): tf.Tensor {
  let z = network.initialState(graph);
  for (let t = 0; t < evaluations; t++) z = network.apply(own, z, graph);
  return network.decode(own, z, graph);
}

const tensorsOf = (host: HostGraph | HostSparseGraph): ProgramGraph => toTensors<ProgramGraph>(host);
const rowsOf = (x: tf.Tensor): number[][] => x.arraySync() as number[][];
const count = (params: TensorTree): number =>
  leaves<tf.Tensor>(params).reduce((sum, { size }) => sum + size, 0);
const typesOf = (host: object) =>
  mapTree<HostArray, ReturnType<typeof spec>>(host as never, ({ data, shape }) =>
    spec(shape, data instanceof Int32Array ? 'int32' : 'float32'),
  );
const wide = (host: object) =>
  mapTree<HostArray, HostArray>(host as never, ({ data, shape }) => ({
    data: Float64Array.from(data),
    shape,
  }));

/** The program with its rows and columns in other orders. */
function permuted(lp: Minimization, rowOrder: Int32Array, columnOrder: Int32Array): Minimization {
  const { rows, columns, starts, indices, values } = lp.matrix;
  const entries = Array.from(rowOrder).flatMap((row, i) =>
    Array.from(indices.subarray(starts[row], starts[row + 1]), (column, k) => {
      return [i, columnOrder.indexOf(column), values[starts[row]! + k]!] as const;
    }),
  );
  const byRow = (array: Float64Array) => Float64Array.from(rowOrder, (i) => array[i]!);
  const byColumn = (array: Float64Array) => Float64Array.from(columnOrder, (j) => array[j]!);
  return {
    ...lp,
    matrix: fromEntries([rows, columns], entries),
    objective: byColumn(lp.objective),
    lower: byColumn(lp.lower),
    upper: byColumn(lp.upper),
    rowLower: byRow(lp.rowLower),
    rowUpper: byRow(lp.rowUpper),
  };
}

describe('parameters', () => {
  it.each([
    [4, 722, 580],
    [8, 2350, 2088],
    [16, 8390, 7888],
    [32, 31606, 30624],
  ])('are as many as the paper’s at embedding %i', (embedding, implicit, explicit) => {
    expect(count(implicitGnn.init(key, { embedding }))).toBe(implicit);
    expect(count(initExplicitGnn(key, { embedding }))).toBe(explicit);
  });

  it('of untied iterations are those of the implicit network and of the further iterations', () => {
    const [one, two, five] = [1, 2, 5].map((iterations) =>
      count(initUntiedGnn(key, { embedding: 8, iterations })),
    );
    const { embedding, decoder } = initUntiedGnn(key, { embedding: 8, iterations: 1 });
    expect(one).toBe(2350);
    expect(two! - one!).toBe(one! - count({ embedding, decoder }));
    expect(five! - one!).toBe(4 * (two! - one!));
    expect(() => initUntiedGnn(key, { embedding: 8, iterations: 0 })).toThrow(
      'initUntiedGnn: iterations must be a natural number >= 1; got 0.',
    );
  });
});

describe('decode', () => {
  it('gives the same answer at the start, whatever the operator', () => {
    const graph = tensorsOf(graphOf(programs));
    const [network, params] = implicitCase;
    const other = { ...params, halves: implicitGnn.init(fold(key, 'other'), { embedding: 4 }).halves };
    const start = network.initialState(graph);
    expectClose(network.decode(other, start, graph), network.decode(params, start, graph));
    expect(rowsOf(network.apply(other, start, graph))).not.toEqual(
      rowsOf(network.apply(params, start, graph)),
    );
  });
});

describe.each(cases)('the %s network', (_, network) => {
  it('answers a program whose rows and columns are permuted by its permuted answer', () => {
    for (const [i, lp] of programs.entries()) {
      const rowOrder = permutation(fold(key, `rows ${i}`), SIZE.rows);
      const columnOrder = permutation(fold(key, `columns ${i}`), SIZE.columns);
      const [expected] = rowsOf(answer(network, tensorsOf(graphOf([lp]))));
      const [got] = rowsOf(answer(network, tensorsOf(graphOf([permuted(lp, rowOrder, columnOrder)]))));
      expectClose(
        got!,
        Array.from(columnOrder, (j) => expected![j]!),
        { rtol: 1e-4, atol: 1e-5 },
      );
      expect(Math.max(...expected!) - Math.min(...expected!)).toBeGreaterThan(1e-3);
    }
  });

  it('answers a program alike alone, among others, and filled up', () => {
    const larger = asMinimization(
      randomLinearProgram(fold(key, 'larger'), { rows: 6, columns: 9, nonzeros: 20 }),
    );
    const alone = programs.map((lp) => rowsOf(answer(network, tensorsOf(graphOf([lp]))))[0]!);
    for (const encode of [graphOf, sparseGraphOf]) {
      const together = rowsOf(answer(network, tensorsOf(encode([...programs, larger], { rows: 8 }))));
      alone.forEach((own, p) => {
        expectClose(together[p]!.slice(0, SIZE.columns), own, { rtol: 1e-4, atol: 1e-5 });
      });
    }
  });

  it('answers alike compiled and eagerly, over matrices and over lists, in float32 and in float64', async () => {
    const [, params] = network;
    const expected = answer(network, tensorsOf(graphOf(programs)));
    const host = await toHostTree(params);
    const answers: HostArray[] = [];
    for (const precision of ['float32', 'float64'] as const) {
      for (const encode of [graphOf, sparseGraphOf]) {
        const graph = encode(programs, { precision });
        const compiled = await compile(
          (own: unknown, at: unknown) => answer(network, at as ProgramGraph, own as TensorTree),
          [specsOf(params), typesOf(graph)],
          { precision, threads: 1 },
        );
        const given = precision === 'float64' ? wide(host) : host;
        const got = await compiled.runArrays(given, graph);
        expectClose(got, expected, { rtol: 1e-4, atol: 1e-5 });
        answers.push(got);
        await compiled.dispose();
      }
    }
    // float64 is computed throughout.
    expectClose(answers[3]!, answers[2]!, { rtol: 1e-11, atol: 1e-11 });
  });

  it('has the gradient of central differences, over matrices and over lists', async () => {
    const [, params] = network;
    const host = wide(await toHostTree(params));
    const lossOf = (own: TensorTree, graph: ProgramGraph): tf.Tensor =>
      tf.mean(tf.square(answer(network, graph, own)));
    for (const encode of [graphOf, sparseGraphOf]) {
      const graph = encode(programs.slice(0, 2), { precision: 'float64' });
      const compiled = await compile(
        (own: unknown, at: unknown) =>
          valueAndGradient((x: TensorTree) => lossOf(x, at as ProgramGraph), own as TensorTree),
        [specsOf(params), typesOf(graph)],
        { precision: 'float64', threads: 1 },
      );
      const at = (point: Tree<HostArray>) => compiled.runArrays(point, graph);
      const { gradient } = await at(host);
      for (let trial = 0; trial < 3; trial++) {
        const directions = new Map<HostArray, Float64Array>();
        leaves<HostArray>(host).forEach((leaf, i) => {
          directions.set(leaf, normal(fold(fold(key, trial), i), leaf.shape).data);
        });
        const along = (step: number) =>
          mapTree<HostArray, HostArray>(host, (leaf) => ({
            shape: leaf.shape,
            data: Float64Array.from(leaf.data, (value, k) => value + step * directions.get(leaf)![k]!),
          }));
        const [above, below] = [await at(along(1e-6)), await at(along(-1e-6))];
        const difference = (above.value.data[0]! - below.value.data[0]!) / 2e-6;
        const slopes = leaves<HostArray>(gradient);
        const expected = [...directions.values()].reduce(
          (sum, direction, i) => sum + direction.reduce((part, d, k) => part + d * slopes[i]!.data[k]!, 0),
          0,
        );
        expectClose([difference], [expected], { rtol: 1e-6, atol: 1e-8 });
        expect(Math.abs(expected)).toBeGreaterThan(1e-3);
      }
      await compiled.dispose();
    }
  });

  it('is finite where bounds are not, and where nothing is', () => {
    const unbounded: Minimization = {
      ...programs[0]!,
      lower: new Float64Array(SIZE.columns).fill(-Infinity),
      upper: new Float64Array(SIZE.columns).fill(Infinity),
      rowLower: new Float64Array(SIZE.rows).fill(-1),
    };
    const nothing: Minimization = { ...programs[1]!, matrix: fromEntries([SIZE.rows, SIZE.columns], []) };
    for (const encode of [graphOf, sparseGraphOf]) {
      const values = rowsOf(answer(network, tensorsOf(encode([unbounded, nothing])))).flat();
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('predictUntied', () => {
  it('is the implicit network where all iterations have the same parameters', () => {
    const graph = tensorsOf(graphOf(programs));
    const [, params, iterations] = implicitCase;
    const { embedding, decoder } = params;
    const untied = { embedding, decoder, iterations: Array.from({ length: iterations }, () => params) };
    const expected = rowsOf(answer(implicitCase, graph)).flat();
    expectClose(rowsOf(predictUntied(untied, graph)).flat(), expected);
  });

  it('takes its iterations one after the other', () => {
    const graph = tensorsOf(graphOf(programs));
    const [, params] = untiedCase;
    const { embedding, iterations, decoder } = params;
    const likeImplicit = iterations.map((one) => ({ embedding, decoder, ...one }));
    const end = likeImplicit.reduce<tf.Tensor>(
      (z, own) => implicitGnn.apply(own, z, graph),
      implicitGnn.initialState(graph),
    );
    const expected = rowsOf(decode(likeImplicit[0]!, end, graph)).flat();
    expectClose(rowsOf(predictUntied(params, graph)).flat(), expected);
    const reversed = { ...params, iterations: iterations.toReversed() };
    expect(() => expectClose(rowsOf(predictUntied(reversed, graph)).flat(), expected)).toThrow(
      'numbers are off',
    );
  });
});
