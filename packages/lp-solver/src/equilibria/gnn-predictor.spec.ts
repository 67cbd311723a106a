import { afterAll, describe, expect, it } from '@jest/globals';
import { leaves } from '@equilibria/compile';
import { fold, fromSeed, toHostTree, toTensors } from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import { explicitNetwork, initExplicitGnn, predictExplicit } from '../baselines/explicit-gnn.ts';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import type { Minimization } from '../problem.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { createGnnPredictor, type GnnPredictor, type PredictorOptions } from './gnn-predictor.ts';
import { type GraphNetwork, settledStepOf, stepOf } from './gnn-sessions.ts';
import { decode, equilibriumNetwork, implicitGnn, implicitNetwork } from './implicit-gnn.ts';
import { graphOf, type ProgramGraph } from './program-graph.ts';

tf.env().set('PROD', true);

const key = fromSeed(31);
const params = implicitGnn.init(key, { embedding: 4 });

/** Programs of sizes that come in no order. */
const programs: readonly Minimization[] = [
  [4, 30],
  [2, 5],
  [4, 30],
  [4, 29],
  [2, 5],
].map(([rows, columns], i) =>
  asMinimization(
    randomLinearProgram(fold(key, i), { rows: rows!, columns: columns!, nonzeros: 2 * columns! }),
  ),
);

/** Answer and residual of one program after so many evaluations, eagerly. */
function eager(lp: Minimization, evaluations: number) {
  const graph = toTensors<ProgramGraph>(graphOf([lp]));
  let z = implicitGnn.initialState(graph);
  for (let t = 0; t < evaluations; t++) z = implicitGnn.apply(params, z, graph);
  const change = tf.sub(implicitGnn.apply(params, z, graph), z);
  return { answer: decode(params, z, graph).dataSync(), residual: tf.norm(change).dataSync()[0]! };
}

const open: GnnPredictor[] = [];
async function predictor(options: PredictorOptions = {}): Promise<GnnPredictor> {
  const made = createGnnPredictor(implicitNetwork, await toHostTree(params), { threads: 1, ...options });
  open.push(made);
  return made;
}
afterAll(async () => {
  for (const one of open) await one.dispose();
});

describe('createGnnPredictor', () => {
  it.each<PredictorOptions>([
    {},
    { products: 'sparse' },
    { maxBatch: 1 },
    { precision: 'float64', maxPadding: 50 },
    { precision: 'float64', products: 'sparse' },
  ])('answers every program after every number of evaluations: %j', async (options) => {
    const one = await predictor(options);
    const snapshots = await one.iterate(programs, [0, 1, 4]);
    expect(snapshots.map(({ evaluations }) => evaluations)).toEqual([0, 1, 4]);
    for (const { evaluations, answers, residuals } of snapshots) {
      const alone = await one.answer(programs, evaluations);
      alone.forEach((answer, i) => expectClose(answer, answers[i]!, { rtol: 1e-5, atol: 1e-5 }));
      programs.forEach((lp, i) => {
        const expected = eager(lp, evaluations);
        expectClose(answers[i]!, expected.answer, { rtol: 1e-4, atol: 1e-4 });
        expectClose([residuals![i]!], [expected.residual], { rtol: 1e-4, atol: 1e-5 });
      });
    }
  });

  it('counts operations and adds up times', async () => {
    const one = await predictor();
    const snapshots = await one.iterate(programs.slice(0, 1), [0, 1, 2, 10]);
    const [none, first, second, last] = snapshots.map(({ flops }) => flops!);
    const { evaluation } = implicitNetwork.flops!(
      { rows: 4, columns: 30, edges: 120 },
      await toHostTree(params),
    );
    expect([first! - none!, second! - first!, last! - second!]).toEqual([
      evaluation,
      evaluation,
      8 * evaluation,
    ]);
    const times = snapshots.map(({ wallTimeMs }) => wallTimeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(0);
  });

  it('has float64 answers that float32 only comes near to', async () => {
    const [wide] = await (await predictor({ precision: 'float64' })).iterate(programs, [6]);
    const [alone] = await (await predictor({ precision: 'float64', maxBatch: 1 })).iterate(programs, [6]);
    const [narrow] = await (await predictor()).iterate(programs, [6]);
    expectClose([...alone!.answers], [...wide!.answers], { rtol: 1e-11, atol: 1e-11 });
    expect(() => expectClose([...narrow!.answers], [...wide!.answers], { rtol: 1e-11, atol: 1e-11 })).toThrow(
      'numbers are off',
    );
  });

  it('iterates an explicit network once, and it stays there', async () => {
    const explicit = initExplicitGnn(key, { embedding: 4 });
    const one = createGnnPredictor(explicitNetwork, await toHostTree(explicit), { threads: 1 });
    open.push(one);
    const [first, later] = await one.iterate(programs, [1, 7]);
    programs.forEach((lp, i) => {
      const graph = toTensors<ProgramGraph>(graphOf([lp]));
      expectClose(first!.answers[i]!, predictExplicit(explicit, graph).dataSync(), {
        rtol: 1e-4,
        atol: 1e-5,
      });
    });
    expect(later!.answers).toEqual(first!.answers);
    expect(Array.from(first!.residuals!)).toEqual(programs.map(() => 0));
  });

  it('reports an answer that is not finite as it is', async () => {
    const broken: GraphNetwork<typeof params> = {
      ...implicitNetwork,
      decode: (_, z) => tf.log(tf.sub(z, tf.scalar(1e9))),
    };
    const one = createGnnPredictor(broken, await toHostTree(params), { threads: 1 });
    open.push(one);
    const [snapshot] = await one.iterate(programs.slice(1, 2), [1]);
    expect(Array.from(snapshot!.answers[0]!)).toEqual(Array.from({ length: 5 }, () => NaN));
  });

  it('answers no program by nothing, and stops at a signal', async () => {
    const one = await predictor();
    expect(await one.iterate([], [3])).toEqual([
      { evaluations: 3, answers: [], residuals: new Float64Array(0), wallTimeMs: 0 },
    ]);
    expect(await one.answer([], 3)).toEqual([]);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(one.iterate(programs, [3], { signal: aborted })).rejects.toThrow('enough');
    await expect(one.answer(programs, 3, { signal: aborted })).rejects.toThrow('enough');
  });

  it('refuses numbers of evaluations that do not increase, and work after it was disposed', async () => {
    const one = await predictor();
    for (const wrong of [[2, 1], [1, 1], [-1], [0.5]]) {
      await expect(one.iterate(programs, wrong)).rejects.toThrow(
        'iterate: evaluations must be increasing whole numbers',
      );
    }
    for (const wrong of [-1, 0.5, NaN]) {
      await expect(one.answer(programs, wrong)).rejects.toThrow('answer: iterations must be a whole number');
    }
    await one.dispose();
    await one.dispose();
    await expect(one.answer(programs, 1)).rejects.toThrow(
      'answer: the predictor was disposed. Make it again.',
    );
    await expect(one.iterate(programs, [1])).rejects.toThrow(
      'iterate: the predictor was disposed. Make it again.',
    );
  });

  it('leaves the parameters as they are', async () => {
    const host = await toHostTree(params);
    const before = leaves(host as never).map(({ data }: { data: Float32Array }) => Array.from(data));
    const one = createGnnPredictor(implicitNetwork, host, { precision: 'float64', threads: 1 });
    open.push(one);
    await one.iterate(programs.slice(0, 1), [2]);
    expect(leaves(host as never).map(({ data }: { data: Float32Array }) => Array.from(data))).toEqual(before);
  });
});

describe('stepOf', () => {
  const halving: GraphNetwork<tf.Tensor> = {
    name: 'halving',
    initialState: ({ cost }) => tf.zeros(cost.shape),
    apply: (p, z) => tf.add(tf.mul(z, 0.5), p),
    decode: (_, z) => z,
  };
  const at = tf.tensor2d([[4]]);
  const graph = {} as ProgramGraph;

  it('goes all the way to the image unless told otherwise', () => {
    for (const k of [0, 9]) {
      expect(stepOf(halving)(tf.scalar(0), at, graph, tf.scalar(k, 'int32')).dataSync()[0]).toBe(2);
    }
  });

  it('goes less far from step to step, to the shortest step', () => {
    const relaxed = { ...halving, relaxation: { pace: 2, least: 0.25 } };
    const after = [0, 2, 6, 100].map(
      (k) => stepOf(relaxed)(tf.scalar(0), at, graph, tf.scalar(k, 'int32')).dataSync()[0],
    );
    expect(after).toEqual([2, 3, 3.5, 3.5]);
    expect(settledStepOf(relaxed)(tf.scalar(0), at, graph).dataSync()[0]).toBe(3.5);
  });

  it('counts through looks: answers at 5 are those at 2 and 3 more', async () => {
    const host = await toHostTree(params);
    const one = createGnnPredictor(equilibriumNetwork, host, { precision: 'float64', threads: 1 });
    open.push(one);
    const [, stopped] = await one.iterate(programs, [2, 5]);
    const [whole] = await one.iterate(programs, [5]);
    expect(stopped!.answers).toEqual(whole!.answers);
  });
});
