import * as tf from '@tensorflow/tfjs';
import { fromSeed } from '../random/key.ts';
import { picard } from '../solvers/picard.ts';
import { solve } from '../solvers/solve.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { learnedPaceOperator } from './learned-pace.ts';

/** Constant pace and push, whatever the input. */
const constants = (logit: number, push: number) => [{ W: tf.zeros([1, 2]), b: tf.tensor1d([logit, push]) }];

describe('learnedPaceOperator', () => {
  const operator = learnedPaceOperator();
  const x = tf.tensor2d([[-1], [0.5]]);

  it('contracts by 1 − ε to b/ε', async () => {
    const layers = constants(-2, 3);
    const pace = 1 / (1 + Math.exp(2));
    expectClose(operator.apply(layers, tf.fill([2, 1], 7), x), [7 + 3 - pace * 7, 7 + 3 - pace * 7]);
    const { value, status } = await solve(
      (z: tf.Tensor) => operator.apply(layers, z, x),
      operator.initialState(x),
      picard(),
      {
        stop: residualBelow({ absolute: 1e-6, relative: 0 }),
        maxSteps: 500,
      },
    );
    expect(status).toEqual(['converged', 'converged']);
    expectClose(value, [3 / pace, 3 / pace], { rtol: 1e-5 });
  });

  it('keeps the digits of a pace that is lost beside 1', () => {
    const tiny = Math.exp(-20);
    const layers = constants(-20, tiny);
    // The fixed point is 1: a pace rounded away would move it.
    expectClose(operator.apply(layers, tf.fill([2, 1], 1), x), [1, 1], { rtol: 0, atol: 0 });
  });

  it('starts at zero, has fresh parameters of a key, and leaves nothing behind', async () => {
    expectClose(operator.initialState(x), [0, 0]);
    const layers = operator.init(fromSeed(0), { hidden: [5, 4] });
    expect(layers.map(({ W }) => W.shape)).toEqual([
      [1, 5],
      [5, 4],
      [4, 2],
    ]);
    const y = operator.initialState(x);
    await expectNoLeak(() => operator.apply(layers, y, x));
  });
});
