import * as tf from '@tensorflow/tfjs';
import { compile, spec } from '@equilibria/compile';
import { unrolled } from '../gradients/gradient-method.ts';
import { type ImplicitProblem, solveAndDifferentiate } from '../gradients/solve-and-differentiate.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { truncated } from './truncated.ts';

/** `z ← w·z + 1` from 0: `1 + w + w² + …`. */
const geometric: ImplicitProblem<tf.Tensor, tf.Tensor> = {
  map: (w, z) => tf.add(tf.mul(w, z), 1),
  loss: (z) => tf.sum(z),
};

const at = (steps: number, differentiated: number, maxSteps = 10) =>
  solveAndDifferentiate(geometric, tf.scalar(0.5), column(0), {
    gradient: truncated<tf.Tensor>({ steps: tf.scalar(steps, 'int32'), differentiated, maxSteps }),
    maxSteps: 0,
  });

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('truncated', () => {
  it('makes all steps, and differentiates the last ones', () => {
    // Two steps to 1.5, one more from there, held: the slope of w·1.5 + 1.
    const one = at(3, 1);
    expectClose([one.loss, one.gradient], [[1.75], [1.5]]);
    // w·(w·1 + 1) + 1: the slope is 2w + 1.
    expectClose(at(3, 2).gradient, [2]);
    const all = solveAndDifferentiate(geometric, tf.scalar(0.5), column(0), {
      gradient: unrolled(3),
      maxSteps: 0,
    });
    expectClose(at(3, 3).gradient, all.gradient);
  });

  it('tells the steps it made and where they ended', () => {
    const { solve } = at(4, 2);
    expectClose(solve.value, [1.875]);
    expectClose([solve.steps, solve.evaluations, solve.residual], [[4], [5], [0.0625]]);
  });

  it('makes at least the differentiated steps, and at most maxSteps', () => {
    for (const steps of [-3, 0, 2]) expectClose(at(steps, 2).solve.steps, [2]);
    expectClose(at(1000, 2).solve.steps, [10]);
    expectClose(at(1000, 10).solve.steps, [10]);
  });

  it('takes the number as an input of a compiled step', async () => {
    const compiled = await compile(
      (w: tf.Tensor, z0: tf.Tensor, steps: tf.Tensor) => {
        const gradient = truncated<tf.Tensor>({ steps, differentiated: 2, maxSteps: 10 });
        const {
          loss,
          gradient: slope,
          solve,
        } = solveAndDifferentiate(geometric, w, z0, { gradient, maxSteps: 0 });
        return { loss, gradient: slope, steps: solve.steps };
      },
      [spec([]), spec([1, 1]), spec([], 'int32')],
    );
    for (const steps of [0, 3, 7, 50]) {
      const got = await compiled.run(tf.scalar(0.5), column(0), tf.scalar(steps, 'int32'));
      const { loss, gradient, solve } = at(steps, 2);
      expectClose(got, { loss, gradient, steps: solve.steps });
    }
    await compiled.dispose();
  });

  it('refuses what it cannot use', () => {
    const steps = tf.scalar(3, 'int32');
    expect(() => truncated({ steps: tf.scalar(3), maxSteps: 5 })).toThrow(
      "truncated: steps must be an int32 scalar; got float32[]. Pass tf.scalar(n, 'int32'), or an input of the compiled step.",
    );
    expect(() => truncated({ steps: 3 as unknown as tf.Tensor, maxSteps: 5 })).toThrow('got number.');
    expect(() => truncated({ steps, maxSteps: 0 })).toThrow(
      'truncated: maxSteps must be an integer >= 1; got 0.',
    );
    expect(() => truncated({ steps, maxSteps: 5, differentiated: 6 })).toThrow(
      'truncated: differentiated must be at most maxSteps, 5; got 6.',
    );
  });

  it('leaves nothing behind', async () => {
    const [steps, w, z0] = [tf.scalar(4, 'int32'), tf.scalar(0.5), column(0)];
    const gradient = truncated<tf.Tensor>({ steps, maxSteps: 5 });
    await expectNoLeak(() => solveAndDifferentiate(geometric, w, z0, { gradient, maxSteps: 0 }));
  });
});
