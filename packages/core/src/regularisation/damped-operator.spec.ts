import * as tf from '@tensorflow/tfjs';
import { compile, specsOf } from '@equilibria/compile';
import { jacobianNorm } from '../lipschitz/jacobian-norm.ts';
import { implicit } from '../gradients/gradient-method.ts';
import { solveAndDifferentiate } from '../gradients/solve-and-differentiate.ts';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { picard } from '../solvers/picard.ts';
import { solve } from '../solvers/solve.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { dampedOperator, type Pace } from './damped-operator.ts';

/** `G(z, x) = a·z + x`: its fixed point is `x/(1 − a)`. */
const line: ImplicitOperator<tf.Tensor, tf.Tensor, tf.Tensor, number> = {
  name: 'line',
  init: (_key, a) => tf.scalar(a),
  initialState: (x) => tf.zerosLike(x),
  apply: (a, z, x) => tf.add(tf.mul(a, z), x),
};

type Affine = { readonly w: tf.Tensor; readonly b: tf.Tensor };

const pace: Pace<Affine, tf.Tensor, number> = {
  init: (key, std) => ({ w: toTensor(normal(key, 1, { std })), b: tf.zeros([1]) }),
  logit: ({ w, b }, x) => tf.add(tf.mul(x, w), b),
};

type Params = { readonly operator: tf.Tensor; readonly epsilon: Affine };

const at = (a: number, b: number, w = 0): Params => ({
  operator: tf.scalar(a),
  epsilon: { w: tf.tensor1d([w]), b: tf.tensor1d([b]) },
});
const even = { smallest: 0.25, largest: 0.75 };

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('dampedOperator', () => {
  it('moves from z towards G(z, x) by the pace: half the way at a logit of 0', () => {
    const operator = dampedOperator(line, pace, even);
    expectClose(operator.apply(at(0.5, 0), column(4), column(3)), [4 + 0.5 * (5 - 4)]);
    expectClose(operator.apply(at(0.5, 100), column(4), column(3)), [4.75]);
    expectClose(operator.apply(at(0.5, -100), column(4), column(3)), [4.25]);
  });

  it('has a pace for each sample, from its own input', () => {
    const operator = dampedOperator(line, pace, even);
    const moved = operator.apply(at(0, 0, 1), column(0, 0), column(-100, 100));
    expectClose(moved, [-25, 75]);
  });

  it('contracts by 1 − ε(1 − a), and has the fixed points of its operator', async () => {
    const operator = dampedOperator(line, pace, { smallest: 1e-3, largest: 0.999 });
    for (const a of [0.5, -0.5]) {
      const map = (z: tf.Tensor): tf.Tensor => operator.apply(at(a, 0), z, column(3));
      const { value } = jacobianNorm(map, column(1), column(1), { steps: 2 });
      expectClose(value, [1 - 0.5 * (1 - a)], { rtol: 1e-4 });
      const { value: fixed, status } = await solve(map, operator.initialState(column(3)), picard(), {
        maxSteps: 100,
      });
      expect(status).toEqual(['converged']);
      expectClose(fixed, [3 / (1 - a)], { rtol: 1e-4 });
    }
  });

  it('converges where its operator diverges by turning around', async () => {
    const operator = dampedOperator(line, pace, even);
    const { value, status } = await solve(
      (z: tf.Tensor) => operator.apply(at(-1.5, 0), z, column(1)),
      tf.zeros([1, 1]),
      picard(),
      { maxSteps: 100 },
    );
    expect(status).toEqual(['converged']);
    expectClose(value, [0.4], { rtol: 1e-4 });
  });

  it('damps every state by the same pace', () => {
    const pair: ImplicitOperator<Record<string, never>, { p: tf.Tensor; q: tf.Tensor }, tf.Tensor> = {
      name: 'pair',
      init: () => ({}),
      initialState: (x) => ({ p: tf.zerosLike(x), q: tf.zeros(x.shape.slice(0, 1)) }),
      apply: (_, { p, q }) => ({ p: tf.sub(p, 1), q: tf.add(q, 1) }),
    };
    const operator = dampedOperator(
      pair,
      { init: () => ({}), logit: (_: unknown, x: tf.Tensor) => tf.zeros(x.shape.slice(0, 1)) },
      even,
    );
    const { p, q } = operator.apply(
      { operator: {}, epsilon: {} },
      pair.initialState(column(1, 2)),
      column(1, 2),
    );
    expectClose({ p, q }, { p: tf.tensor2d([[-0.5], [-0.5]]), q: [0.5, 0.5] });
  });

  it('draws the parameters of both with keys of their own', () => {
    const operator = dampedOperator(line, pace);
    const { operator: a, epsilon } = operator.init(fromSeed(1), { operator: 0.3, epsilon: 2 });
    expectClose(a, [0.3]);
    expectClose(epsilon.w, normal(fold(fromSeed(1), 'epsilon'), 1, { std: 2 }).data);
    expect(operator.name).toBe('damped line');
  });

  it('does not change the gradient of the fixed point: none by the pace, eagerly and compiled', async () => {
    const operator = dampedOperator(line, pace, even);
    const x = column(3);
    const step = (params: Params, input: tf.Tensor) =>
      solveAndDifferentiate(
        {
          map: (given: typeof params, z: tf.Tensor) => operator.apply(given, z, input),
          loss: (z) => tf.sum(z),
        },
        params,
        operator.initialState(input),
        { gradient: implicit<tf.Tensor>({ maxSteps: 200 }), maxSteps: 200 },
      ).gradient;
    const eager = step(at(0.5, 0), x);
    // z = x/(1 − a), so that dz/da = x/(1 − a)².
    expectClose(eager, { operator: [12], epsilon: { w: [0], b: [0] } }, { rtol: 1e-3, atol: 1e-3 });
    const compiled = await compile(step, [specsOf(at(0.5, 0)), specsOf(x)]);
    expectClose(await compiled.run(at(0.5, 0), x), eager, { rtol: 1e-4, atol: 1e-4 });
    await compiled.dispose();
  });

  it('refuses what it cannot use', () => {
    expect(() => dampedOperator(line, pace, { smallest: 0 })).toThrow(
      'dampedOperator: 0 < smallest < largest <= 1 must hold; got smallest 0, largest 1.',
    );
    const wide = dampedOperator(line, { ...pace, logit: () => tf.zeros([1, 2]) });
    expect(() => wide.apply(at(0.5, 0), column(1), column(1))).toThrow(
      'dampedOperator: logit must give [batch] or [batch, 1], here of 1 samples; got [1, 2].',
    );
  });

  it('leaves nothing behind, and one sample that is NaN leaves the others alone', async () => {
    const operator = dampedOperator(line, pace);
    const [params, z, x] = [at(0.5, 0), column(1, 1), column(NaN, 1)];
    await expectNoLeak(() => operator.apply(params, z, x));
    expectClose(operator.apply(params, z, x), [
      NaN,
      operator.apply(params, column(1), column(1)).dataSync()[0]!,
    ]);
  });
});
