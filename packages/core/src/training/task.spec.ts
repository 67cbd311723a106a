import * as tf from '@tensorflow/tfjs';
import { compile, spec } from '@equilibria/compile';
import { implicit, phantom, unrolled } from '../gradients/gradient-method.ts';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { accumulated, explicitTask, implicitTask } from './task.ts';

type Batch = { readonly x: tf.Tensor; readonly y: tf.Tensor };

const batch = (): Batch => ({ x: tf.tensor2d([[1], [2], [3], [4]]), y: tf.tensor2d([[1], [0], [2], [1]]) });

/** The fixed point of `z = w·z + x` is `x/(1 − w)`. */
const affine = implicitTask<tf.Tensor, tf.Tensor, Batch>({
  map: (w, z, { x }) => tf.add(tf.mul(w, z), x),
  start: ({ x }) => tf.zerosLike(x),
  loss: (z, _, { y }) => tf.mean(tf.squaredDifference(z, y)),
  gradient: implicit(),
  maxSteps: 100,
});

const linear = explicitTask<tf.Tensor, Batch>((w, { x, y }) =>
  tf.mean(tf.squaredDifference(tf.mul(w, x), y)),
);

describe('explicitTask', () => {
  it('gives the loss and its gradient', () => {
    const { loss, gradient } = linear(tf.scalar(1), batch());
    expectClose(loss, [(0 + 4 + 1 + 9) / 4]);
    expectClose(gradient, [(2 * (2 * 2 + 1 * 3 + 3 * 4)) / 4]);
  });
});

describe('implicitTask', () => {
  it('gives loss and gradient at the fixed point, and how the solves ended', () => {
    const w = 0.5;
    const { loss, gradient, report } = affine(tf.scalar(w), batch());
    const errors = [1, 2, 3, 4].map((x, i) => x / (1 - w) - [1, 0, 2, 1][i]!);
    expectClose(loss, [errors.reduce((sum, e) => sum + e ** 2, 0) / 4], { rtol: 1e-4 });
    const slope = errors.reduce((sum, e, i) => sum + (2 * e * (i + 1)) / (1 - w) ** 2, 0) / 4;
    expectClose(gradient, [slope], { rtol: 1e-4 });
    expect(Array.from(report.status.dataSync())).toEqual([1, 1, 1, 1]);
    expect(Array.from(report.adjoint!.status.dataSync())).toEqual([1, 1, 1, 1]);
  });

  it('lets the batch choose the method, and takes any', () => {
    for (const gradient of [unrolled<tf.Tensor>(40), phantom<tf.Tensor>({ steps: 40 })]) {
      const task = implicitTask<tf.Tensor, tf.Tensor, Batch>({
        map: (w, z, { x }) => tf.add(tf.mul(w, z), x),
        start: ({ x }) => tf.zerosLike(x),
        loss: (z, _, { y }) => tf.mean(tf.squaredDifference(z, y)),
        gradient: () => gradient,
        maxSteps: 100,
      });
      const [own, exact] = [task(tf.scalar(0.5), batch()), affine(tf.scalar(0.5), batch())];
      expectClose(own.gradient, exact.gradient.dataSync(), { rtol: 1e-4 });
    }
  });
});

describe('implicitTask with a penalty', () => {
  it('adds it, and its gradient by the parameters at the point', () => {
    const penalised = implicitTask<tf.Tensor, tf.Tensor, Batch>({
      map: (w, z, { x }) => tf.add(tf.mul(w, z), x),
      start: ({ x }) => tf.zerosLike(x),
      loss: (z, _, { y }) => tf.mean(tf.squaredDifference(z, y)),
      penalty: (z, w, { x }) => tf.mul(tf.square(w), tf.add(tf.mean(x), tf.mul(0, tf.mean(z)))),
      gradient: implicit(),
      maxSteps: 100,
    });
    const [plain, more] = [affine(tf.scalar(0.5), batch()), penalised(tf.scalar(0.5), batch())];
    expectClose(tf.sub(more.loss, plain.loss), [0.25 * 2.5], { rtol: 1e-4 });
    expectClose(tf.sub(more.gradient, plain.gradient), [2 * 0.5 * 2.5], { rtol: 1e-4 });
  });
});

describe('accumulated', () => {
  it('is the whole batch, part by part, eager and compiled', async () => {
    const whole = affine(tf.scalar(0.4), batch());
    const task = accumulated(affine, 2);
    const eager = task(tf.scalar(0.4), batch());
    const compiled = await compile(task, [spec([]), { x: spec([4, 1]), y: spec([4, 1]) }]);
    const native = await compiled.run(tf.scalar(0.4), batch());
    for (const { loss, gradient, report } of [eager, native]) {
      expectClose(loss, whole.loss.dataSync(), { rtol: 1e-5 });
      expectClose(gradient, whole.gradient.dataSync(), { rtol: 1e-5 });
      expectClose(report.residual, whole.report.residual.dataSync(), { rtol: 1e-5 });
      expect(report.evaluations.dataSync()).toEqual(whole.report.evaluations.dataSync());
    }
    await compiled.dispose();
  });

  it('gives scalars of a batch to every part, and is the task itself for one part', () => {
    const scaled = explicitTask<tf.Tensor, { x: tf.Tensor; scale: tf.Tensor }>((w, { x, scale }) =>
      tf.mean(tf.mul(tf.mul(w, x), scale)),
    );
    const { gradient } = accumulated(scaled, 2)(tf.scalar(1), {
      x: tf.tensor1d([1, 3]),
      scale: tf.scalar(10),
    });
    expectClose(gradient, [20]);
    expect(accumulated(scaled, 1)).toBe(scaled);
  });

  it('leaves no tensors behind', async () => {
    const [w, given] = [tf.scalar(0.5), batch()];
    await expectNoLeak(() => tf.tidy(() => accumulated(affine, 2)(w, given) as never));
  });

  it('refuses parts that are not equal', () => {
    expect(() => accumulated(linear, 0)).toThrow('accumulated: parts must be an integer >= 1; got 0.');
    expect(() => accumulated(linear, 3)(tf.scalar(1), batch())).toThrow(
      "accumulated: the batch must divide into 3 equal parts; 'x' is [4, 1].",
    );
  });
});
