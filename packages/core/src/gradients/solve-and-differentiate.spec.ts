import * as tf from '@tensorflow/tfjs';
import { type HostArray } from '@equilibria/compile';

import { anderson } from '../solvers/anderson.ts';
import { picard } from '../solvers/picard.ts';

import { VERDICTS } from '../solvers/verdict.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { type GradientMethod, implicit, phantom, unrolled } from './gradient-method.ts';
import { type ImplicitProblem, solveAndDifferentiate } from './solve-and-differentiate.ts';

const verdicts = ({ data }: HostArray): string[] => Array.from(data, (index) => VERDICTS[index]!);

/** The scalar map `z ← rate·z + b`, each sample with its own rate: `z* = b/(1 − rate)`. */
const affineAt = (rates: tf.Tensor): ImplicitProblem<tf.Tensor, tf.Tensor> => ({
  map: (b, z) => tf.add(tf.mul(z, rates), b),
  loss: (z) => tf.sum(z),
});

const gradientOf = (rates: number[], z0: tf.Tensor, gradient: GradientMethod<tf.Tensor>, maxSteps = 200) => {
  const b = tf.ones([rates.length, 1]);
  return solveAndDifferentiate(affineAt(column(...rates)), b, z0, { gradient, maxSteps });
};

type TwoStates = { readonly z: tf.Tensor; readonly y: tf.Tensor };

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('implicit', () => {
  it('is 1/(1 − rate) for a scalar map, at rates of both signs', () => {
    const { gradient, adjoint } = gradientOf([0.5, -0.9, 0.9], tf.zeros([3, 1]), implicit({ maxSteps: 300 }));
    expectClose(gradient, [2, 1 / 1.9, 10], { rtol: 1e-4 });
    expect(adjoint!.status.dataSync()).toEqual(Int32Array.of(1, 1, 1));
  });

  it('says which samples have no adjoint, and gives these the Jacobian-free gradient', () => {
    // The second sample starts at its fixed point, from which it would move away: the solve converges, the adjoint does not.
    const z0 = tf.tensor2d([[0], [1 / 2.5]]);
    const { solve: forward, adjoint, gradient } = gradientOf([0.5, -1.5], z0, implicit());
    expect(verdicts({ data: forward.status.dataSync(), shape: [2] })).toEqual(['converged', 'converged']);
    const [first, second] = verdicts({ data: adjoint!.status.dataSync(), shape: [2] });
    expect([first, second]).toEqual(['converged', 'diverged']);
    expectClose(gradient, [2, 1], { rtol: 1e-4 });
  });

  it('refuses them with NaN if asked to, and leaves the other samples as they are', () => {
    const z0 = tf.tensor2d([[0], [1 / 2.5]]);
    const { gradient } = gradientOf([0.5, -1.5], z0, implicit({ fallback: 'nan' }));
    const alone = gradientOf([0.5], tf.zeros([1, 1]), implicit({ fallback: 'nan' }));
    expect(Array.from(gradient.dataSync())).toEqual([alone.gradient.dataSync()[0], NaN]);
  });

  it('solves such an adjoint with a solver that can', () => {
    const z0 = tf.tensor2d([[0], [1 / 2.5]]);
    const solver = anderson<tf.Tensor>();
    const { gradient } = gradientOf([0.5, -1.5], z0, implicit<tf.Tensor>({ solver }));
    expectClose(gradient, [2, 0.4], { rtol: 1e-4 });
  });

  it('does not depend on what the loss is scaled by', () => {
    const tiny: ImplicitProblem<tf.Tensor, tf.Tensor> = {
      ...affineAt(column(0.9)),
      loss: (z) => tf.mul(tf.sum(z), 1e-12),
    };
    const options = { gradient: implicit<tf.Tensor>({ maxSteps: 300 }), maxSteps: 300 };
    const { gradient } = solveAndDifferentiate(tiny, tf.ones([1, 1]), tf.zeros([1, 1]), options);
    expectClose(gradient, [1e-11], { rtol: 1e-4, atol: 0 });
  });

  it('is zero, and converged, where the loss does not depend on the state', () => {
    const { gradient, adjoint } = solveAndDifferentiate(
      { map: (b: tf.Tensor, z: tf.Tensor) => tf.add(tf.mul(z, 0.5), b), loss: (_z, b) => tf.sum(b) },
      tf.ones([2, 1]),
      tf.zeros([2, 1]),
      { gradient: implicit(), maxSteps: 50 },
    );
    expectClose(gradient, [1, 1]);
    expect(adjoint!.status.dataSync()).toEqual(Int32Array.of(1, 1));
  });
});

describe('implicit at the ends of what float32 holds', () => {
  it.each([1e-25, 1e25])('is the same gradient for a loss scaled by %p', (factor) => {
    const scaled: ImplicitProblem<tf.Tensor, tf.Tensor> = {
      ...affineAt(column(0.9, -0.5)),
      loss: (z) => tf.mul(tf.sum(z), factor),
    };
    const options = { gradient: implicit<tf.Tensor>({ maxSteps: 300 }), maxSteps: 300 };
    const { gradient } = solveAndDifferentiate(scaled, tf.ones([2, 1]), tf.zeros([2, 1]), options);
    expectClose(gradient, [10 * factor, factor / 1.5], { rtol: 2e-4, atol: 0 });
  });
});

describe('penalty', () => {
  // z = w·z + 1, so that the Jacobian is w and z = 1/(1 − w).
  const at = (w: number, gradient: GradientMethod<tf.Tensor>, solver = picard<tf.Tensor>()) =>
    solveAndDifferentiate(
      {
        map: (rate: tf.Tensor, z: tf.Tensor) => tf.add(tf.mul(z, rate), 1),
        loss: (z) => tf.sum(z),
        penalty: (z, rate) => tf.add(tf.mul(tf.sum(z), rate), tf.square(rate)),
        solver,
      },
      tf.scalar(w),
      tf.zeros([1, 1]),
      { gradient, maxSteps: 200 },
    );

  it('is in the loss, and its gradient holds the point: w ↦ z(w) + z·w + w²', () => {
    for (const [method, slope] of [
      [implicit<tf.Tensor>(), 4],
      [phantom<tf.Tensor>(), 2],
    ] as const) {
      const { loss, gradient } = at(0.5, method);
      expectClose(loss, [2 + 1 + 0.25], { rtol: 1e-4 });
      expectClose(gradient, [slope + 2 + 1], { rtol: 1e-4 });
    }
    // Three steps: 1 + w + w², of slope 1 + 2w.
    const { loss, gradient } = at(0.5, unrolled(3));
    expectClose({ loss, gradient }, { loss: [1.75 + 0.875 + 0.25], gradient: [2 + 1.75 + 1] });
  });

  it('costs no second solve', () => {
    const counted = picard<tf.Tensor>();
    let solves = 0;
    const init = (z: tf.Tensor) => {
      solves += 1;
      return counted.init(z);
    };
    at(0.5, implicit<tf.Tensor>({ solver: picard() }), { ...counted, init });
    expect(solves).toBe(1);
    // The adjoint is solved by the problem's solver where it has none of its own.
    at(0.5, implicit<tf.Tensor>(), { ...counted, init });
    expect(solves).toBe(3);
  });

  it('is not needed for a second gradient at the point of a solve: the method gives it', () => {
    const method = implicit<tf.Tensor>();
    const problem = affineAt(column(0.5));
    const { solve: forward } = solveAndDifferentiate(problem, tf.ones([1, 1]), tf.zeros([1, 1]), {
      gradient: method,
      maxSteps: 100,
    });
    const again = { map: problem.map, loss: (z: tf.Tensor) => tf.sum(tf.square(z)) };
    expectClose(method.differentiate(again, tf.ones([1, 1]), forward.value).gradient, [8], { rtol: 1e-4 });
  });
});

describe('phantom', () => {
  it('is the Neumann series cut off: 1 + rate + … of as many terms as steps', () => {
    for (const steps of [1, 2, 5]) {
      const { gradient } = gradientOf([0.5], tf.zeros([1, 1]), phantom({ steps }));
      expectClose(gradient, [(1 - 0.5 ** steps) / 0.5], { rtol: 1e-5 });
    }
  });

  it('with damping is the sum of damping·(1 − damping·(1 − rate))^i', () => {
    const { gradient } = gradientOf([0.5], tf.zeros([1, 1]), phantom({ steps: 3, damping: 0.4 }));
    expectClose(gradient, [0.4 * (1 + 0.8 + 0.64)], { rtol: 1e-5 });
  });
});

describe('unrolled', () => {
  it('is the gradient of the steps taken, converged or not, and says where they ended', () => {
    const { gradient, solve: forward } = gradientOf([0.5], tf.zeros([1, 1]), unrolled(3));
    expectClose(gradient, [1.75]);
    expectClose(forward.value, [1.75]);
    expect(VERDICTS[forward.status.dataSync()[0]!]).toBe('budget');
    expect([forward.steps.dataSync()[0], forward.evaluations.dataSync()[0]]).toEqual([3, 4]);
  });
});

describe('every method', () => {
  const METHODS: readonly GradientMethod<tf.Tensor>[] = [unrolled(4), phantom({ steps: 2 }), implicit()];

  it('leaves no tensors behind', async () => {
    const [rates, b, z0] = [column(0.5, 0.2), tf.ones([2, 1]), tf.zeros([2, 1])];
    for (const gradient of METHODS) {
      await expectNoLeak(() => solveAndDifferentiate(affineAt(rates), b, z0, { gradient, maxSteps: 20 }));
    }
  });

  it('tells a loss that is a parameter itself from that parameter, which is borrowed', () => {
    for (const gradient of METHODS) {
      const [b, z0] = [tf.scalar(2), tf.zeros([1, 1])];
      const map = (at: tf.Tensor, z: tf.Tensor): tf.Tensor => tf.add(tf.mul(z, 0.5), at);
      const solved = solveAndDifferentiate({ map, loss: (_z, at) => at }, b, z0, { gradient, maxSteps: 50 });
      expectClose([solved.loss, solved.gradient], [[2], [1]]);
      solved.loss.dispose();
      expect(b.isDisposed).toBe(false);
    }
  });

  it('takes states of one number a sample, and parameters in lists', () => {
    for (const gradient of [
      unrolled<TwoStates>(30),
      phantom<TwoStates>({ steps: 30 }),
      implicit<TwoStates>(),
    ]) {
      const solved = solveAndDifferentiate(
        {
          map: ([a]: readonly tf.Tensor[], { z, y }: TwoStates): TwoStates => ({
            z: tf.add(tf.mul(z, 0.5), a!),
            y: tf.mul(y, 0.2),
          }),
          loss: ({ z }) => tf.sum(z),
        },
        [tf.ones([1]), tf.zeros([2, 2])],
        { z: tf.zeros([1]), y: tf.ones([1, 2, 2]) },
        { gradient, maxSteps: 60 },
      );
      expectClose(solved.gradient, [[2], tf.zeros([2, 2])], { rtol: 1e-4 });
    }
  });

  it('leaves a sample that is NaN its own gradient, and says which it is', () => {
    const rates = column(0.5, NaN);
    for (const gradient of [phantom<tf.Tensor>({ steps: 30 }), implicit<tf.Tensor>({ fallback: 'nan' })]) {
      const solved = gradientOf(Array.from(rates.dataSync()), tf.zeros([2, 1]), gradient);
      expect(solved.solve.status.dataSync()).toEqual(
        Int32Array.of(VERDICTS.indexOf('converged'), VERDICTS.indexOf('non-finite')),
      );
      expectClose(solved.gradient, [2, NaN], { rtol: 1e-4 });
    }
  });

  it('refuses what it cannot use', () => {
    expect(() => unrolled(0)).toThrow('unrolled: steps must be an integer >= 1; got 0.');
    expect(() => phantom({ steps: 1.5 })).toThrow('phantom: steps must be an integer >= 1; got 1.5.');
    expect(() => phantom({ damping: 0 })).toThrow('phantom: damping must be in (0, 1]; got 0.');
    expect(() => implicit({ maxSteps: -1 })).toThrow('implicit: maxSteps must be an integer >= 1; got -1.');
  });
});
