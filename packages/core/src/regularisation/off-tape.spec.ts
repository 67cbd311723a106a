import * as tf from '@tensorflow/tfjs';
import { compile, spec } from '@equilibria/compile';
import { valueAndGradient } from '../gradients/vector-jacobian.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { offTape } from './off-tape.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

/** `x·(x² held) + the gradient of x³, held`: of slope `x²` and no more. */
const held = (x: tf.Tensor): tf.Tensor => {
  const square = offTape(() => tf.square(x));
  const slope = offTape(() => valueAndGradient((at: tf.Tensor) => tf.mul(at, tf.square(at)), x).gradient);
  return tf.add(tf.mul(x, square), slope);
};

describe('offTape', () => {
  it('makes constants of what it computes, gradients included', () => {
    const { value, gradient } = valueAndGradient(held, tf.scalar(3));
    expectClose([value, gradient], [[27 + 27], [9]]);
  });

  it('does so in a graph as well', async () => {
    const compiled = await compile((x: tf.Tensor) => valueAndGradient(held, x).gradient, [spec([])]);
    expectClose(await compiled.run(tf.scalar(3)), [9]);
    await compiled.dispose();
  });

  it('gives the tape back if what it computes throws', () => {
    const { gradient } = valueAndGradient((x: tf.Tensor) => {
      const square = tf.square(x);
      const fail = (): tf.Tensor => {
        throw new Error('no');
      };
      expect(() => offTape(fail)).toThrow('no');
      return square;
    }, tf.scalar(3));
    expectClose(gradient, [6]);
  });

  it('leaves nothing behind', async () => {
    const x = tf.scalar(3);
    await expectNoLeak(() => valueAndGradient(held, x));
    await expectNoLeak(() => offTape(() => tf.square(tf.square(x))));
  });
});
