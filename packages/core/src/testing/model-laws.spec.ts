import * as tf from '@tensorflow/tfjs';
import { randomStarts } from '../properties/starts.ts';
import { fromSeed } from '../random/key.ts';
import { picard } from '../solvers/picard.ts';
import {
  affine,
  column,
  expectNoLeak,
  expectOneEquilibrium,
  expectPathIndependence,
  expectSolvedStaysSolved,
} from './index.ts';

const bistable = (z: tf.Tensor): tf.Tensor => tf.tanh(tf.mul(z, 2));
const starts = randomStarts<tf.Tensor>(fromSeed(0), { count: 4 });

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('laws of models', () => {
  it('hold for a contraction, and leave no tensors', async () => {
    const [map, z0] = [affine([0.5, 0.2]), column(0, 0)];
    await expectNoLeak(async () => {
      await expectPathIndependence(map, z0, picard(), { maxSteps: 50 });
      await expectOneEquilibrium(map, z0, picard(), { maxSteps: 50, starts });
    });
    await expectSolvedStaysSolved(map, column(2, 1.25));
  });

  it('name the sample that breaks them, and how', async () => {
    const z0 = column(1, -1);
    await expect(expectPathIndependence(bistable, z0, picard(), { maxSteps: 50 })).rejects.toThrow(
      /^expectPathIndependence: every sample must be path-independent; sample 0 is path-dependent: converged from z0, converged 1\.915\d* away from start 0\.$/,
    );
    await expect(expectSolvedStaysSolved(affine([0.5, 0.5]), column(2, 1))).rejects.toThrow(
      "expectSolvedStaysSolved: every sample must stay where it is; sample 1 is 'drifts' and went 1 away.",
    );
    await expect(expectOneEquilibrium(bistable, z0, picard(), { maxSteps: 50, starts })).rejects.toThrow(
      /^expectOneEquilibrium: every sample must have one equilibrium; of 5 starts, sample 0 reached a stable one from \d, a stable one from \d\.$/,
    );
    await expect(
      expectOneEquilibrium(affine([-1]), column(0), picard(), { maxSteps: 50, starts }),
    ).rejects.toThrow('of 5 starts, sample 0 reached none.');
  });
});
