import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { innerProduct, valueAndGradient, vectorJacobian } from './vector-jacobian.ts';

const x = () => ({ a: tf.tensor1d([1, 2]), unused: tf.scalar(5) });

describe('valueAndGradient', () => {
  it('gives the value and a gradient like the argument, zero where it is not used', () => {
    const { value, gradient } = valueAndGradient(({ a }: ReturnType<typeof x>) => tf.sum(tf.square(a)), x());
    expectClose(value, [5]);
    expectClose(gradient, { a: [2, 4], unused: [0] });
  });

  it('refuses a function that gives no float32 scalar', () => {
    expect(() => valueAndGradient(({ a }: ReturnType<typeof x>) => tf.square(a), x())).toThrow(
      'valueAndGradient: the function must give a float32 scalar; got float32[2]. Take the mean of a loss for each sample.',
    );
    expect(() => valueAndGradient(() => tf.scalar(1, 'int32'), x())).toThrow('got int32[].');
    expect(() => valueAndGradient(() => 1 as never, x())).toThrow('got number.');
  });
});

describe('vectorJacobian', () => {
  it('is the transposed Jacobian times the cotangent', () => {
    const W = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const product = vectorJacobian(
      (v: tf.Tensor) => tf.matMul(v as tf.Tensor2D, W),
      tf.ones([1, 2]),
      tf.tensor2d([[1, -1]]),
    );
    expectClose(product, [-1, -1]);
  });

  it('leaves no tensors behind', async () => {
    const [at, u] = [x(), tf.tensor1d([1, 1])];
    await expectNoLeak(() => vectorJacobian(({ a }: ReturnType<typeof x>) => tf.tanh(a), at, u));
  });
});

describe('innerProduct', () => {
  it('sums over all leaves', () => {
    expectClose(innerProduct(x(), x()), [1 + 4 + 25]);
  });
});
