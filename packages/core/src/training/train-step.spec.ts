import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { adam, sgd } from './optimisers.ts';
import { explicitTask } from './task.ts';
import { trainStep } from './train-step.ts';

/** The gradient is the batch itself. */
const linear = explicitTask<{ a: tf.Tensor; b: tf.Tensor }, { a: tf.Tensor; b: tf.Tensor }>((params, batch) =>
  tf.add(tf.sum(tf.mul(params.a, batch.a)), tf.sum(tf.mul(params.b, batch.b))),
);

const zero = () => ({ a: tf.zeros([2]), b: tf.zeros([1]) });
const gradient = (a: number, b: number) => ({ a: tf.tensor1d([a, 0]), b: tf.tensor1d([b]) });
const rate = tf.scalar(1);

describe('trainStep', () => {
  it('updates the parameters against the gradient, and counts', () => {
    const trainer = trainStep(linear, { optimiser: sgd() });
    const { state, report } = trainer.step(trainer.init(zero()), gradient(3, 4), rate);
    expectClose(state.params.a, [-3, 0]);
    expectClose(state.params.b, [-4]);
    expectClose(state.updates, [1]);
    expectClose(report.gradientNorm, [5]);
    expectClose(report.loss, [0]);
    expect(report.isSkipped.dataSync()[0]).toBe(0);
  });

  it('scales long gradients to clipNorm, and leaves short ones', () => {
    const trainer = trainStep(linear, { optimiser: sgd(), clipNorm: 1 });
    const long = trainer.step(trainer.init(zero()), gradient(3, 4), rate);
    expectClose(long.state.params.b, [-0.8]);
    expectClose(long.report.gradientNorm, [5]);
    expectClose(trainer.step(trainer.init(zero()), gradient(0.3, 0), rate).state.params.a, [-0.3, 0]);
  });

  it('changes nothing on a gradient that is not finite, and says so', () => {
    for (const bad of [NaN, Infinity]) {
      const trainer = trainStep(linear, {
        optimiser: sgd({ momentum: 0.9 }),
        clipNorm: 1,
        averageDecay: 0.5,
      });
      const first = trainer.step(trainer.init(zero()), gradient(1, 0), rate).state;
      const { state, report } = trainer.step(first, gradient(0, bad), rate);
      expect(report.isSkipped.dataSync()[0]).toBe(1);
      expectClose(state.params.a, first.params.a.dataSync());
      expectClose(state.average!.a, first.average!.a.dataSync());
      expectClose(state.updates, [1]);
    }
  });

  it('keeps a moving average that warms up: (1 + n)/(10 + n) until the decay is reached', () => {
    const trainer = trainStep(linear, { optimiser: sgd(), averageDecay: 0.15 });
    let state = trainer.init(zero());
    let average = 0;
    for (let n = 0; n < 4; n++) {
      state = trainer.step(state, gradient(1, 0), rate).state;
      const decay = Math.min(0.15, (1 + n) / (10 + n));
      average = decay * average + (1 - decay) * -(n + 1);
    }
    expectClose(state.average!.a, [average, 0], { rtol: 1e-5 });
  });

  it('updates all parameters as one vector to what it would make of them leaf by leaf', () => {
    const start = () => ({ W: tf.tensor2d([[1, -2, 3]]), b: tf.tensor1d([0.5]), c: tf.scalar(2) });
    const cubic = explicitTask((params: ReturnType<typeof start>, batch: { s: tf.Tensor }) =>
      tf.add(tf.sum(tf.mul(tf.pow(params.W, 3), batch.s)), tf.mul(tf.sum(params.b), params.c)),
    );
    const after = (isElementwise: boolean) => {
      const trainer = trainStep(cubic, {
        optimiser: { ...adam(), isElementwise },
        clipNorm: 2,
        averageDecay: 0.9,
      });
      let state = trainer.init(start());
      for (let i = 0; i < 3; i++) state = trainer.step(state, { s: tf.scalar(i - 1) }, tf.scalar(0.1)).state;
      return state;
    };
    const [one, each] = [after(true), after(false)];
    for (const tree of ['params', 'average'] as const) {
      for (const leaf of ['W', 'b', 'c'] as const) {
        expect(one[tree]![leaf].shape).toEqual(each[tree]![leaf].shape);
        expectClose(one[tree]![leaf], each[tree]![leaf].dataSync());
      }
    }
    expect((one.optimiser.mean as tf.Tensor).shape).toEqual([5]);
  });

  it('leaves no tensors behind, and borrows what it is given', async () => {
    const trainer = trainStep(linear, { optimiser: sgd({ momentum: 0.5 }), averageDecay: 0.5 });
    const [params, batch] = [zero(), gradient(1, 1)];
    await expectNoLeak(() => trainer.init(params));
    const state = trainer.init(params);
    await expectNoLeak(() => trainer.step(state, batch, rate));
    expectClose(params.a, [0, 0]);
  });

  it('refuses a loss that is no scalar', () => {
    const each: typeof linear = (params, batch) => ({
      ...linear(params, batch),
      loss: tf.mul(params.a, batch.a),
    });
    const trainer = trainStep(each, { optimiser: sgd() });
    expect(() => trainer.step(trainer.init(zero()), gradient(1, 1), rate)).toThrow(
      'trainStep: the loss of the task must be a scalar; got shape [2]. Take its mean over the batch.',
    );
  });

  it('refuses names that it does not know, and what is no optimiser', () => {
    expect(() => trainStep(linear, { optimiser: sgd(), clip: 1 } as never)).toThrow(
      "trainStep: options must be of optimiser, clipNorm, averageDecay; got 'clip'.",
    );
    expect(() => trainStep(linear, { optimiser: sgd as never })).toThrow(
      'trainStep: optimiser must be a record with init and update, as adam() gives; got function. Call it.',
    );
    expect(() => sgd({ momentun: 1 } as never)).toThrow("sgd: options must be of momentum; got 'momentun'.");
  });

  it('refuses options out of range', () => {
    expect(() => trainStep(linear, { optimiser: sgd(), clipNorm: 0 })).toThrow(
      'trainStep: clipNorm must be > 0; got 0.',
    );
    expect(() => trainStep(linear, { optimiser: sgd(), averageDecay: 1 })).toThrow(
      'trainStep: averageDecay must be in [0, 1); got 1.',
    );
  });
});
