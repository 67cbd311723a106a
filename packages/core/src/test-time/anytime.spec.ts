import * as tf from '@tensorflow/tfjs';
import { disposeTree, type TensorTree } from '@equilibria/compile';
import { fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { anderson } from '../solvers/anderson.ts';
import type { Solver } from '../solvers/contract.ts';
import { picard } from '../solvers/picard.ts';
import { solve } from '../solvers/solve.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { type Answer, anytime } from './anytime.ts';
import { contractionEstimate } from './contraction-estimate.ts';

const NEVER = residualBelow({ absolute: 0, relative: 0 });

async function all<Z extends TensorTree>(answers: AsyncIterable<Answer<Z>>): Promise<Answer<Z>[]> {
  const list: Answer<Z>[] = [];
  for await (const answer of answers) list.push(answer);
  return list;
}

const sole = (t: tf.Tensor, sample = 0): number => t.dataSync()[sample]!;

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('anytime', () => {
  it('yields the start and the answer after every chunk, and ends as solve does', async () => {
    const [map, z0] = [affine([0.5, 0.9]), column(0, 0)];
    const options = { maxSteps: 100, stop: residualBelow({ absolute: 1e-3, relative: 0 }) };
    const answers = await all(anytime(map, z0, picard(), { ...options, chunk: 8 }));
    const whole = await solve(map, z0, picard(), options);
    const last = answers.at(-1)!;
    expectClose([last.value, last.residual, last.steps], [whole.value, whole.residual, whole.steps], {
      rtol: 0,
      atol: 0,
    });
    expect([last.status, last.isLast]).toEqual([whole.status, true]);
    expect(answers.slice(0, -1).every(({ isLast }) => !isLast)).toBe(true);
    expect(answers.map(({ steps }) => steps[1])).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64, 66]);
    expect(answers.map(({ status }) => status[1])).toEqual([...Array(9).fill('running'), 'converged']);
    // z_8 of z ← 0.9·z + 1 is 10·(1 − 0.9^8).
    expect(sole(answers[1]!.value, 1)).toBeCloseTo(10 * (1 - 0.9 ** 8), 4);
  });

  it('bounds the error of a contraction, by its factor', async () => {
    const answers = await all(
      anytime(affine([0.5, -0.9]), column(0, 0), picard(), { maxSteps: 60, stop: NEVER, chunk: 5 }),
    );
    expect(answers.slice(0, 2).map(({ errorBound }) => errorBound)).toEqual([
      [null, null],
      [null, null],
    ]);
    const third = answers[2]!;
    expectClose(
      third.contraction.map((mu) => mu!),
      [0.5, 0.9],
      { rtol: 1e-2 },
    );
    const exact = [2, 1 / 1.9];
    for (const { value, errorBound } of answers.slice(2, 8)) {
      for (const [i, bound] of errorBound.entries()) {
        const error = Math.abs(sole(value, i) - exact[i]!);
        expect(error).toBeLessThan(bound! * (1 + 1e-3) + 1e-6);
        // Along a negative slope the error is r/(1 + |slope|), so that the bound is 19 times too large, and a bound.
        expect(bound!).toBeLessThan(25 * error + 1e-5);
      }
    }
  });

  it('bounds the error near the fixed point of a smooth map, whatever the solver', async () => {
    const W = toTensor(normal(fromSeed(8), [6, 6], { std: 0.3 }));
    const symmetric = tf.mul(tf.add(W, tf.transpose(W)), 0.5);
    const map = (z: tf.Tensor): tf.Tensor => tf.tanh(tf.add(tf.matMul(z, symmetric), 0.3));
    const z0 = tf.zeros([1, 6]);
    const exact = (
      await solve(map, z0, picard(), { maxSteps: 150, stop: residualBelow({ absolute: 1e-7, relative: 0 }) })
    ).value;
    const solvers: readonly Solver<tf.Tensor>[] = [
      picard<tf.Tensor>(),
      picard<tf.Tensor>({ damping: 0.5 }),
      anderson<tf.Tensor>({ memory: 1 }),
    ];
    for (const solver of solvers) {
      const answers = await all(anytime(map, z0, solver, { maxSteps: 30, stop: NEVER, chunk: 2 }));
      const bounded = answers.filter(({ errorBound }) => errorBound[0] !== null);
      for (const { value, errorBound } of bounded) {
        expect(sole(tf.norm(tf.sub(value, exact)))).toBeLessThan(errorBound[0]! + 1e-6);
      }
      expect(bounded.length).toBeGreaterThan(solver.name === 'picard' ? 3 : -1);
    }
  });

  it('gives no bound where the map does not contract, and keeps NaN in its sample', async () => {
    const map = (z: tf.Tensor): tf.Tensor => tf.add(tf.mul(z, column(1.1, 1, NaN, 0.5)), 1);
    const answers = await all(
      anytime(map, column(0, 0, 0, 0), picard(), { maxSteps: 15, stop: NEVER, chunk: 3 }),
    );
    for (const { errorBound } of answers) expect(errorBound.slice(0, 3)).toEqual([null, null, null]);
    expect(answers.at(-1)!.errorBound[3]).not.toBeNull();
    expect(answers.at(-1)!.status).toEqual(['budget', 'budget', 'non-finite', 'budget']);
  });

  it('does not take a stopped sample for one that settles', async () => {
    // The first sample stops at once where its ratio is 1/2 by chance: one ratio, whatever the other sample does.
    const map = affine([0.5, 0.99]);
    const answers = await all(
      anytime(map, column(1.5, 0), picard(), {
        maxSteps: 60,
        stop: residualBelow({ absolute: 0.3, relative: 0 }),
      }),
    );
    expect(answers.length).toBeGreaterThan(3);
    expect(answers.map(({ errorBound }) => errorBound[0])).toEqual(answers.map(() => null));
  });

  it('counts the evaluations of looking, two an answer', async () => {
    let calls = 0;
    const map = affine([0.9]);
    const counted = (z: tf.Tensor): tf.Tensor => {
      calls += 1;
      return map(z);
    };
    for await (const { evaluations } of anytime(counted, column(0), picard(), {
      maxSteps: 30,
      stop: NEVER,
    })) {
      expect(evaluations[0]).toBe(calls);
    }
    expect(calls).toBe(30 + 2 * 4);
  });

  it('leaves nothing behind but what was taken, also when it is left early or aborted', async () => {
    const [map, z0] = [affine([0.9]), column(0)];
    const controller = new AbortController();
    await expectNoLeak(async () => {
      for await (const { value, residual } of anytime(map, z0, picard(), { maxSteps: 50, chunk: 3 })) {
        value.dispose();
        if (residual[0]! < 0.5) break;
      }
      const answers = anytime(map, z0, picard(), { maxSteps: 50, signal: controller.signal });
      const first = await answers.next();
      controller.abort(new Error('enough'));
      await expect(answers.next()).rejects.toThrow('enough');
      return first.value!.value;
    });
  });

  it('takes states of several tensors', async () => {
    const map = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => ({
      a: tf.mul(a, 0.5),
      b: tf.add(tf.mul(b, 0.5), tf.reshape(a, [1, 1])),
    });
    const z0 = { a: tf.ones([1]), b: tf.zeros([1, 1]) };
    const answers = await all(anytime(map, z0, picard<typeof z0>(), { maxSteps: 40 }));
    expect(answers.at(-1)!.status).toEqual(['converged']);
    for (const { value } of answers) disposeTree(value);
  });

  it('refuses an empty chunk', async () => {
    const answers = anytime(affine([0.5]), column(0), picard(), { maxSteps: 5, chunk: 0 });
    await expect(answers.next()).rejects.toThrow('anytime: chunk must be an integer >= 1; got 0.');
  });
});

describe('contractionEstimate', () => {
  it.each([
    [[0.5, 0.5, 0.5], 0.5],
    [[0.9, 0.5, 0.51, 0.52], 0.54],
  ])('of %j is the largest of the last three, and their spread', (ratios, expected) => {
    expectClose(contractionEstimate(ratios)!, expected);
  });
  it.each([
    ['too few', [0.5, 0.5]],
    ['no contraction', [1, 1, 1]],
    ['not settled', [0.5, 0.6, 0.7]],
    ['not settled near 1', [0.985, 0.99, 0.992]],
    ['not known', [0.5, NaN, 0.5]],
    ['none', []],
  ])('is null for ratios that are %s', (_name, ratios) => {
    expect(contractionEstimate(ratios)).toBeNull();
  });
});
