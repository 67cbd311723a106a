import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, spec } from '@equilibria/compile';
import { implicit, phantom, unrolled } from '../gradients/gradient-method.ts';
import { type ImplicitProblem, solveAndDifferentiate } from '../gradients/solve-and-differentiate.ts';
import { anderson } from '../solvers/anderson.ts';
import type { Solver } from '../solvers/contract.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { solveAndCorrect } from './solve-and-correct.ts';

/** `z ← w·z + 1` from 0: `z* = 1/(1 − w)`. */
const geometric: ImplicitProblem<tf.Tensor, tf.Tensor> = {
  map: (w, z) => tf.add(tf.mul(w, z), 1),
  loss: (z) => tf.sum(z),
};
const base = { gradient: implicit<tf.Tensor>(), maxSteps: 60 };

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('solveAndCorrect', () => {
  it('adds the losses on the way, one step of gradient each, with weights that decay', () => {
    const { loss, gradient, corrections } = solveAndCorrect(geometric, tf.scalar(0.5), column(0), {
      ...base,
      correction: { at: [1, 2], decay: 0.5 },
    });
    // From z = 1 and z = 1.5 a step each, to 1.5 and 1.75, of slope z by w.
    expectClose(corrections, [1.5, 1.75]);
    expectClose(loss, [2 + 0.25 * 1.5 + 0.5 * 1.75], { rtol: 1e-4 });
    expectClose(gradient, [4 + 0.25 * 1 + 0.5 * 1.5], { rtol: 1e-4 });
  });

  it('solves once: point, verdicts and counts are those without corrections, bit for bit', () => {
    const counted = anderson<tf.Tensor>();
    let inits = 0;
    const solver = {
      ...counted,
      init: (z: tf.Tensor) => {
        inits += 1;
        return counted.init(z);
      },
    } as Solver<tf.Tensor>;
    const params = tf.scalar(0.9);
    const z0 = column(0, 5, NaN);
    const plain = solveAndDifferentiate({ ...geometric, solver }, params, z0, {
      ...base,
      gradient: phantom(),
    });
    inits = 0;
    const corrected = solveAndCorrect({ ...geometric, solver }, params, z0, {
      ...base,
      gradient: phantom(),
      correction: { at: [2, 5, 50] },
    });
    expect(inits).toBe(1);
    for (const name of ['value', 'status', 'residual', 'steps', 'evaluations'] as const) {
      expect(corrected.solve[name].dataSync()).toEqual(plain.solve[name].dataSync());
    }
  });

  it('spends no more than the budget, looked at in between or not', () => {
    const options = { ...base, gradient: phantom<tf.Tensor>(), maxSteps: 7 };
    const plain = solveAndDifferentiate(geometric, tf.scalar(0.9), column(0), options).solve;
    for (const at of [[2, 5], [7]]) {
      const { solve } = solveAndCorrect(geometric, tf.scalar(0.9), column(0), {
        ...options,
        correction: { at },
      });
      expectClose([solve.value, solve.steps, solve.status], [plain.value, plain.steps, plain.status]);
      expectClose(solve.steps, [7]);
    }
  });

  it('keeps a penalty at the fixed point, once', () => {
    const problem = { ...geometric, penalty: (z: tf.Tensor, w: tf.Tensor) => tf.mul(tf.sum(z), w) };
    const { loss, gradient } = solveAndCorrect(problem, tf.scalar(0.5), column(0), {
      ...base,
      correction: { at: [1], decay: 1 },
    });
    expectClose(loss, [2 + 1.5 + 1], { rtol: 1e-4 });
    expectClose(gradient, [4 + 1 + 2], { rtol: 1e-4 });
  });

  it('is the exact gradient where every method is exact, and the iterates are the fixed point, in float64', async () => {
    const exact = implicit<tf.Tensor>({ maxSteps: 300 });
    const compiled = await compile(
      (w: tf.Tensor, z0: tf.Tensor) => {
        const { loss, gradient } = solveAndCorrect(geometric, w, z0, {
          ...base,
          maxSteps: 200,
          gradient: exact,
          correction: { at: [100, 150], decay: 0.5, gradient: exact },
          stagnation: false,
        });
        return { loss, gradient };
      },
      [spec([]), spec([1, 1])],
      { precision: 'float64' },
    );
    const zero: HostArray = { data: Float64Array.of(0), shape: [1, 1] };
    const { gradient } = await compiled.run({ data: Float64Array.of(0.5), shape: [] }, zero);
    expectClose(gradient, [(1 + 0.25 + 0.5) * 4], { rtol: 1e-4 });
    await compiled.dispose();
  });

  it('is the same eagerly and compiled, with several steps between tests', async () => {
    const step = (w: tf.Tensor, z0: tf.Tensor) => {
      const { loss, gradient, corrections, solve } = solveAndCorrect(geometric, w, z0, {
        ...base,
        checkEvery: 2,
        correction: { at: [2, 6] },
      });
      return { loss, gradient, corrections, status: solve.status };
    };
    const compiled = await compile(step, [spec([]), spec([2, 1])]);
    const inputs = [tf.scalar(0.7), column(0, -4)] as const;
    expectClose(await compiled.run(...inputs), step(...inputs), { rtol: 1e-4, atol: 1e-5 });
    await compiled.dispose();
  });

  it('refuses what it cannot use', () => {
    const make =
      (correction: { at: readonly number[]; decay?: number }, more: object = {}) =>
      () =>
        solveAndCorrect(geometric, tf.scalar(0.5), column(0), { ...base, correction, ...more });
    for (const wrong of [[], [0], [2, 2], [3, 1], [61], [1.5]]) {
      expect(make({ at: wrong })).toThrow(
        `solveAndCorrect: correction.at must be steps that increase from 1 to maxSteps, 60; got [${wrong.join(', ')}].`,
      );
    }
    expect(make({ at: [3] }, { checkEvery: 2 })).toThrow('to maxSteps, 60, in multiples of 2; got [3].');
    expect(make({ at: [1], decay: 0 })).toThrow('solveAndCorrect: decay must be in (0, 1]; got 0.');
    expect(make({ at: [1] }, { gradient: unrolled(3) })).toThrow(
      'solveAndCorrect: gradients must begin where the solve ended; got unrolled(3). Use phantom or implicit.',
    );
  });

  it('leaves nothing behind', async () => {
    const [w, z0] = [tf.scalar(0.5), column(0)];
    await expectNoLeak(() => solveAndCorrect(geometric, w, z0, { ...base, correction: { at: [1, 3] } }));
  });
});
