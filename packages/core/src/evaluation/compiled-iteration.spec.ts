import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { fromSeed } from '../random/key.ts';
import { sufficiencyOperator, sufficiencyProgress } from '../theory/sufficiency-operator.ts';
import { compiledIteration } from './compiled-iteration.ts';
import { scalingCurve } from './scaling-curve.ts';

type Params = { readonly rate: tf.Tensor };
type State = { readonly u: tf.Tensor; readonly v: tf.Tensor };
type Plane = readonly [number, number];

/** Two leaves and a parameter: `u ← rate·v + x₀`, `v ← rate·u + x₁`. */
const coupled: ImplicitOperator<Params, State, tf.Tensor> = {
  name: 'coupled',
  init: () => ({ rate: tf.scalar(0.5) }),
  initialState: (x) => ({ u: tf.zeros([x.shape[0], 1]), v: tf.zeros([x.shape[0], 1]) }),
  apply: ({ rate }, { u, v }, x) => {
    const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
    return { u: tf.add(tf.mul(rate, v), a), v: tf.add(tf.mul(rate, u), b) };
  },
};

const encode = (problems: readonly Plane[]) => ({
  data: Float64Array.from(problems.flat()),
  shape: [problems.length, 2],
});
const params = { rate: { data: Float64Array.of(0.5), shape: [] } };
const context = { key: fromSeed(0) };

describe('compiledIteration', () => {
  it('iterates an operator with parameters and a state of several leaves, and measures it', async () => {
    const solving = compiledIteration<Plane, Params, State, tf.Tensor>(coupled, { encode, params });
    const problems: Plane[] = [
      [1, 2],
      [0, -4],
    ];
    const snapshots = await solving.iterate(problems, [0, 1, 2, 60], context);
    expect(snapshots.map(({ evaluations }) => evaluations)).toEqual([0, 1, 2, 60]);
    expect(snapshots.map(({ answers }) => Array.from(answers[0]!))).toEqual([
      [0, 0],
      [1, 2],
      [2, 2.5],
      [expect.closeTo(8 / 3, 12), expect.closeTo(10 / 3, 12)],
    ]);
    expect(snapshots[1]!.residuals![0]).toBeCloseTo(Math.hypot(1, 0.5), 14);
    expect(snapshots[1]!.contraction).toBeCloseTo(0.5, 12);
    // At the fixed point the residual is rounding, which says nothing of a rate.
    expect(snapshots[3]).not.toHaveProperty('contraction');
    await solving.dispose?.();
  });

  it('takes other inputs in later calls, and other batches', async () => {
    const solving = compiledIteration<Plane, Params, State, tf.Tensor>(coupled, { encode, params });
    const at = async (...problems: Plane[]) => {
      const [snapshot] = await solving.iterate(problems, [1], context);
      return snapshot!.answers.map((answer) => Array.from(answer));
    };
    expect(await at([1, 2])).toEqual([[1, 2]]);
    expect(await at([3, 4])).toEqual([[3, 4]]);
    expect(await at([3, 4], [5, 6])).toEqual([
      [3, 4],
      [5, 6],
    ]);
    await solving.dispose?.();
    await expect(at([1, 2])).rejects.toThrow('iterate: the compiled iteration was disposed. Make it again.');
  });

  it('decodes answers as asked', async () => {
    const solving = compiledIteration<Plane, Params, State, tf.Tensor>(coupled, {
      encode,
      params,
      decode: ([, v]) => v!,
    });
    const [snapshot] = await solving.iterate([[1, 2]], [1], context);
    expect(Array.from(snapshot!.answers[0]!)).toEqual([2]);
    await solving.dispose?.();
  });

  it('stops at an aborted signal with its reason', async () => {
    const solving = compiledIteration<Plane, Params, State, tf.Tensor>(coupled, { encode, params });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(solving.iterate([[1, 2]], [5], { ...context, signal })).rejects.toThrow('enough');
    await solving.dispose?.();
  });

  it("gives the scaling curve of Theorem 2.4 for a user's own F and ε in three dimensions", async () => {
    // F(x) = x/‖x‖², steep at 0, with ε(x) = min(‖x‖⁴, 1/2).
    const squares = (x: tf.Tensor) => tf.sum(tf.square(x), 1, true);
    const operator = sufficiencyOperator({
      name: 'inversion',
      F: (x) => tf.div(x, squares(x)),
      epsilon: (x) => tf.minimum(tf.square(squares(x)), constant(0.5)),
    });
    type Point = readonly number[];
    const solving = compiledIteration<Point, Record<string, never>, tf.Tensor, tf.Tensor>(operator, {
      encode: (points) => ({ data: Float64Array.from(points.flat()), shape: [points.length, 3] }),
    });
    const points: Point[] = [
      [0.3, 0, 0],
      [0.1, 0.2, -0.1],
    ];
    const size = (x: Point) => x.reduce((sum, value) => sum + value ** 2, 0);
    const exact = (x: Point) => x.map((value) => value / size(x));
    const { scaling } = await scalingCurve(solving, points, {
      metric: {
        name: 'distance',
        unit: '1',
        better: 'lower',
        score: (x, answer) => Math.hypot(...exact(x).map((value, i) => value - answer[i]!)),
      },
      points: [0, 1, 10, 1000, 100_000],
      key: fromSeed(0),
    });
    await solving.dispose?.();
    for (const { evaluations, quality } of scaling) {
      const errors = points.map((x) => {
        const left = 1 - sufficiencyProgress(Math.min(size(x) ** 2, 0.5), evaluations);
        return left / Math.sqrt(size(x));
      });
      expect(quality.mean).toBeCloseTo((errors[0]! + errors[1]!) / 2, 10);
    }
  });
});
