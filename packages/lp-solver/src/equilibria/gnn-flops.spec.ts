import { describe, expect, it } from '@jest/globals';
import {
  compile,
  type HostArray,
  leaves,
  mapTree,
  spec,
  specsOf,
  type TensorTree,
  whileLoop,
} from '@equilibria/compile';
import { fold, fromSeed, toHostTree } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { explicitNetwork, initExplicitGnn } from '../baselines/explicit-gnn.ts';
import { initUntiedGnn, untiedNetwork } from '../baselines/untied-gnn.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { graphSize, implicitGnnFlops, untiedGnnFlops } from './gnn-flops.ts';
import { type GraphNetwork, stepOf } from './gnn-sessions.ts';
import { equilibriumNetwork, type ImplicitGnn, implicitGnn, implicitNetwork } from './implicit-gnn.ts';
import {
  graphOf,
  type HostGraph,
  type HostSparseGraph,
  type ProgramGraph,
  sparseGraphOf,
} from './program-graph.ts';

tf.env().set('PROD', true);

const key = fromSeed(2);
const BATCH = 3;
const graphs = (rows: number, columns: number) => {
  const programs = Array.from({ length: BATCH }, (_, i) =>
    asMinimization(randomLinearProgram(fold(key, i), { rows, columns, nonzeros: 2 * columns })),
  );
  return { dense: graphOf(programs), sparse: sparseGraphOf(programs) };
};

/** Operations that the compiler counts, from the shapes of its graph, for one of the programs. */
async function counted(
  fn: (params: never, graph: ProgramGraph) => tf.Tensor,
  params: TensorTree,
  graph: HostGraph | HostSparseGraph,
): Promise<number> {
  const specs = mapTree<HostArray, ReturnType<typeof spec>>(graph, ({ data, shape }) =>
    spec(shape, data instanceof Int32Array ? 'int32' : 'float32'),
  );
  const compiled = await compile(
    (own: unknown, at: unknown) => fn(own as never, at as ProgramGraph),
    [specsOf(params), specs],
    {
      threads: 1,
      passes: { unrolling: false },
    },
  );
  const { flops } = compiled.describe();
  await compiled.dispose();
  return flops / BATCH;
}

/**
 * What the compiler counts as an operation an element, and here is none: inputs put side by side, matrices transposed,
 * and the end of a sum.
 */
const moves = ({ cost, side, matrix }: HostGraph): number =>
  (cost.data.length * 3 + side.data.length * 2 + matrix.data.length + side.data.length) / BATCH;

describe.each([4, 9])('at embedding %i', (e) => {
  const implicit = implicitGnn.init(key, { embedding: e });
  const iterated =
    (count: number, network: GraphNetwork<ImplicitGnn> = implicitNetwork) =>
    (params: never, graph: ProgramGraph) =>
      whileLoop<tf.Tensor>({
        init: implicitGnn.initialState(graph),
        body: (z, k) => stepOf(network)(params, z, graph, k),
        maxSteps: count,
      }).state;

  it.each([
    ['whole', implicitNetwork, 0],
    // Six operations on the length of the step serve all programs.
    ['shortened', equilibriumNetwork, 6 / BATCH],
  ])(
    'an evaluation of the implicit network by %s steps is what its compiled loop repeats',
    async (_, network, ofStep) => {
      const { dense } = graphs(4, 9);
      const [few, many] = [
        await counted(iterated(5, network), implicit, dense),
        await counted(iterated(15, network), implicit, dense),
      ];
      const { evaluation } = network.flops!(graphSize(dense), await toHostTree(implicit));
      expect((many - few) / 10).toBeCloseTo(evaluation + ofStep, 6);
    },
  );

  it('the rest of the implicit network is what else grows with the programs', async () => {
    const [small, large] = [graphs(4, 9).dense, graphs(7, 20).dense];
    const all = (params: never, graph: ProgramGraph) =>
      implicitNetwork.decode(params, implicitGnn.apply(params, iterated(5)(params, graph), graph), graph);
    const grown = (await counted(all, implicit, large)) - (await counted(all, implicit, small));
    const of = (graph: HostGraph): number => {
      const { setup, evaluation, readout } = implicitGnnFlops(graphSize(graph), e);
      // The zeros of the state are written, too.
      return setup + 6 * evaluation + readout + moves(graph) + graph.cost.shape[1]!;
    };
    expect(grown).toBeCloseTo(of(large) - of(small), 6);
  });

  it.each([
    ['explicit', explicitNetwork as GraphNetwork<TensorTree>, initExplicitGnn(key, { embedding: e }), 0],
    [
      'untied',
      untiedNetwork as GraphNetwork<TensorTree>,
      initUntiedGnn(key, { embedding: e, iterations: 3 }),
      1,
    ],
  ])('the %s network is what grows with the programs', async (_, network, params, states) => {
    const [small, large] = [graphs(4, 9).dense, graphs(7, 20).dense];
    const host = await toHostTree(params);
    const all = (own: never, graph: ProgramGraph) => network.apply(own, graph.cost, graph);
    const grown = (await counted(all, params, large)) - (await counted(all, params, small));
    const of = (graph: HostGraph): number => {
      const { setup, evaluation, readout } = network.flops!(graphSize(graph), host);
      // The zeros of a state are written, too.
      return setup + evaluation + readout + moves(graph) + states * graph.cost.shape[1]!;
    };
    expect(grown).toBeCloseTo(of(large) - of(small), 6);
  });

  it('untied iterations cost what as many of the implicit network do, and their own static parts', () => {
    const size = graphSize(graphs(7, 20).dense);
    const [tied, eight] = [implicitGnnFlops(size, e), untiedGnnFlops(size, e, 8)];
    expect(untiedGnnFlops(size, e, 1)).toEqual(tied);
    expect(eight.evaluation).toBe(8 * tied.evaluation);
    expect(eight.readout).toBe(tied.readout);
  });

  it('lists of neighbours save what is not there', () => {
    const { dense, sparse } = graphs(6, 12);
    const [full, listed] = [graphSize(dense), graphSize(sparse)];
    expect([full.edges, listed.rows, listed.columns]).toEqual([6 * 12, 6, 12]);
    const weights = leaves<HostArray>(sparse.ofConstraints.bands as never).filter(
      ({ data }) => data instanceof Float32Array,
    );
    expect(listed.edges).toBe(weights.reduce((sum, { data }) => sum + data.length, 0) / BATCH);
    const saved = implicitGnnFlops(full, e).evaluation - implicitGnnFlops(listed, e).evaluation;
    expect(saved).toBe(2 * (full.edges - listed.edges) * 4 * (e + 1));
  });
});
