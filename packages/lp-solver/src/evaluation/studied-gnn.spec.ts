import { beforeAll, describe, expect, it } from '@jest/globals';
import { fold, fromSeed, type HostTree, toHostTree } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import {
  equilibriumNetwork,
  implicitGnn,
  type ImplicitGnn,
  implicitNetwork,
} from '../equilibria/implicit-gnn.ts';
import { asMinimization } from '../problem/linear-program.ts';
import type { Minimization } from '../problem.ts';
import { lipschitzStudy } from './lipschitz-study.ts';
import { createSolutionMap } from './solution-map.ts';
import { studiedGnn, studyPoints } from './studied-gnn.ts';

tf.env().set('PROD', true);

describe('studyPoints', () => {
  it('go by halves and doubles to ten times the depth, and hold the depth', () => {
    expect(studyPoints(5)).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 50]);
  });
});

describe('studiedGnn', () => {
  let params: HostTree<ImplicitGnn>;
  const programs: Minimization[] = [];

  beforeAll(async () => {
    const fresh = implicitGnn.init(fromSeed(3), { embedding: 4 });
    params = await toHostTree(fresh);
    tf.dispose(fresh as never);
    const solve = await createSolutionMap();
    for (let i = 0; programs.length < 4; i++) {
      const lp = asMinimization(randomLinearProgram(fold(fromSeed(1), i)));
      if (solve(lp) !== undefined) programs.push(lp);
    }
  });

  it('is studied along its iterations, and differentiated at its states', async () => {
    const model = { network: implicitNetwork, params };
    const method = studiedGnn('fresh', model, {
      trainingDepth: 2,
      evaluations: [0, 1, 4],
      differentiated: 3,
    });
    const study = await lipschitzStudy(programs, [method]);
    await method.dispose();
    const { along, regularity, trainingDepth } = study.methods[0]!;
    expect(trainingDepth).toBe(2);
    expect(regularity.map(({ evaluations, rate }) => [evaluations, rate.n])).toEqual([
      [0, 3],
      [1, 3],
      [4, 3],
    ]);
    const [first, second] = along;
    // Before any evaluation an answer knows costs and bounds, after one the whole program.
    const ratios = (look: typeof first) => look!.lipschitz.map(({ max }) => max);
    expect(ratios(first).map((ratio) => ratio! > 1e-6)).toEqual([false, false, true, true, true]);
    expect(ratios(second).every((ratio) => ratio! > 1e-6)).toBe(true);
  });

  it('has the same residuals by its predictor and where it is differentiated', async () => {
    // Iterated by steps that become shorter: residuals are those of the operator, not of its steps.
    const model = { network: equilibriumNetwork, params };
    const method = studiedGnn('fresh', model, { trainingDepth: 1, evaluations: [0, 3] });
    const [snapshots, regularity] = [
      await method.solving.iterate(programs, [0, 3], { key: fromSeed(0) }),
      await method.regularity!(programs, fromSeed(0)),
    ];
    await method.dispose();
    snapshots.forEach(({ residuals }, t) => {
      residuals!.forEach((residual, i) => {
        expect(Math.abs(regularity[t]!.residual[i]! / residual - 1)).toBeLessThan(1e-10);
      });
    });
    regularity.forEach(({ contraction, rate }) => {
      rate.forEach((radius, i) => expect(radius).toBeLessThanOrEqual(contraction[i]! * (1 + 1e-3)));
    });
  });
});
