import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, spec } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { innerProduct, valueAndGradient, vectorJacobian } from '../gradients/vector-jacobian.ts';
import { jacobianNorm, spectralRadius } from './jacobian-norm.ts';
import { jacobianVector } from './jacobian-vector.ts';

const key = fromSeed(9);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });
const tensor = (name: string, shape: number[], std = 1): tf.Tensor => toTensor(draw(name, shape, std));

type Smooth = (x: tf.Tensor) => tf.Tensor;

/** Functions of `[2, 4]` of every kind that operators are made of. */
const SMOOTH: readonly [string, () => Smooth][] = [
  ['tanh of a product', () => (x) => tf.tanh(tf.matMul(x, tensor('W', [4, 3])))],
  ['sigmoid', () => (x) => tf.sigmoid(x)],
  ['softmax', () => (x) => tf.softmax(x)],
  ['exp, square and division', () => (x) => tf.div(tf.exp(x), tf.add(tf.square(x), 1))],
  ['relu', () => (x) => tf.relu(tf.sub(x, 0.1))],
  [
    'a layer normalisation',
    () => (x) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 0.1)));
    },
  ],
  [
    'gathers and sums',
    () => (x) => tf.sum(tf.gather(tf.sin(x), tf.tensor1d([0, 2, 2], 'int32'), 1), 1, true),
  ],
  [
    'a convolution',
    () => (x) =>
      tf.sin(
        tf.conv2d(
          tf.reshape(x, [2, 2, 2, 1]) as tf.Tensor4D,
          tensor('K', [2, 2, 1, 2]) as tf.Tensor4D,
          1,
          'same',
        ),
      ),
  ],
];

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('jacobianVector', () => {
  it.each(SMOOTH)('is the transpose of vectorJacobian, and the difference along v: %s', (_name, make) => {
    const f = make();
    const [x, v] = [tensor('x', [2, 4]), tensor('v', [2, 4])];
    const forward = jacobianVector(f, x, v);
    const u = tensor('u', forward.shape);
    const backward = vectorJacobian(f, x, u);
    const [left, right] = [tf.sum(tf.mul(forward, u)), tf.sum(tf.mul(v, backward))];
    expectClose(left, right, { rtol: 1e-4, atol: 1e-5 });
    const h = 1e-2;
    const difference = tf.div(tf.sub(f(tf.add(x, tf.mul(v, h))), f(tf.sub(x, tf.mul(v, h)))), 2 * h);
    expectClose(forward, difference, { rtol: 1e-2, atol: 2e-3 });
  });
});

describe('derivatives taken eagerly', () => {
  it('leave no tensors behind but their results', async () => {
    const [x, v] = [tensor('x', [2, 4]), tensor('v', [2, 4])];
    const f = (at: tf.Tensor): tf.Tensor => tf.tanh(tf.mul(at, 2));
    await expectNoLeak(() => jacobianVector(f, x, v));
    await expectNoLeak(() => vectorJacobian(f, x, v));
    await expectNoLeak(() => valueAndGradient((at: tf.Tensor) => tf.sum(f(at)), x));
    await expectNoLeak(() => valueAndGradient(() => tf.sum(f(x)), {}));
    await expectNoLeak(() => innerProduct({ a: x, b: v }, { a: v, b: x }));
  });

  it('are zero where a function does not depend on its argument', () => {
    const [x, v] = [tensor('x', [2, 4]), tensor('v', [2, 4])];
    const constantly = (): tf.Tensor => v;
    expectClose(
      [jacobianVector(constantly, x, v), vectorJacobian(constantly, x, v)],
      [tf.zeros([2, 4]), tf.zeros([2, 4])],
    );
  });
});

describe('jacobianNorm', () => {
  it.each([1e-25, 1e-12, 1e12, 1e25])('holds slopes whose squares float32 does not: %p', (slope) => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, slope);
    const { value, error } = jacobianNorm(f, tf.zeros([1, 2]), tensor('start', [1, 2]));
    expectClose({ value, error }, { value: [slope], error: [0] }, { rtol: 1e-5, atol: 0 });
  });

  it('keeps NaN in its sample, of one number each', () => {
    const slopes = tf.tensor1d([2, NaN, 3]);
    const { value } = jacobianNorm((x: tf.Tensor) => tf.mul(x, slopes), tf.zeros([3]), tf.ones([3]));
    expectClose(value, [2, NaN, 3]);
  });

  it('is the largest singular value of each sample: closed form of a diagonal', async () => {
    const slopes = tf.tensor2d([
      [3, 1, 0.5],
      [0.2, -4, 1],
    ]);
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, slopes);
    const { value, error } = jacobianNorm(f, tf.zeros([2, 3]), tensor('start', [2, 3]));
    expectClose(value, [3, 4], { rtol: 1e-5 });
    expect(Math.max(...(await error.data()))).toBeLessThan(1e-5);
  });

  it('is a norm of several variables together, and never exceeds that of Frobenius', () => {
    const A = tensor('A', [3, 2]);
    const f = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }): tf.Tensor =>
      tf.add(tf.matMul(x, A), tf.mul(y, tf.scalar(2)));
    const at = { x: tf.zeros([1, 3]), y: tf.zeros([1, 2]) };
    const start = { x: tensor('sx', [1, 3]), y: tensor('sy', [1, 2]) };
    // J Jᵀ = AᵀA + 4·1, whose largest eigenvalue is that of a 2 × 2 matrix.
    const [p = 0, q = 0, , r = 0] = tf.matMul(A, A, true).dataSync();
    const largest = (p + r) / 2 + Math.sqrt(((p - r) / 2) ** 2 + q ** 2) + 4;
    const { value } = jacobianNorm(f, at, start, { steps: 200 });
    expectClose(value, [Math.sqrt(largest)], { rtol: 1e-4 });
    const frobenius = Math.sqrt(tf.sum(tf.square(A)).dataSync()[0]! + 8);
    expect(value.dataSync()[0]!).toBeLessThan(frobenius * (1 + 1e-6));
  });

  it('is 0 where the function is constant', () => {
    const { value, error } = jacobianNorm(
      (x: tf.Tensor) => tf.mul(x, 0),
      tf.zeros([1, 2]),
      tensor('start', [1, 2]),
    );
    expectClose({ value, error }, { value: tf.zeros([1]), error: tf.zeros([1]) });
  });

  it('says by its error that it has not settled', () => {
    const slopes = tf.tensor2d([[1, 0.99, 0.98, 0.97]]);
    const { error } = jacobianNorm(
      (x: tf.Tensor) => tf.mul(x, slopes),
      tf.zeros([1, 4]),
      tf.tensor2d([[1e-3, 1, 1, 1]]),
      { steps: 2 },
    );
    expect(error.dataSync()[0]!).toBeGreaterThan(1e-4);
  });
});

describe('spectralRadius', () => {
  const linear = (rows: number[][]): ((z: tf.Tensor) => tf.Tensor) => {
    const W = tf.tensor2d(rows);
    return (z) => tf.matMul(z, W, false, true);
  };
  const radiusOf = (rows: number[][], steps = 50) => {
    const n = rows.length;
    return spectralRadius(linear(rows), tf.zeros([1, n]), tensor('start', [1, n]), { steps });
  };

  it('is the largest absolute eigenvalue: real, negative, and of a Jordan-like matrix of larger norm', () => {
    expectClose(
      radiusOf([
        [0.5, 0],
        [0, 0.2],
      ]).value,
      [0.5],
      { rtol: 1e-4 },
    );
    expectClose(
      radiusOf([
        [-0.9, 0],
        [0, 0.2],
      ]).value,
      [0.9],
      { rtol: 1e-4 },
    );
    expectClose(
      radiusOf([
        [0.5, 100],
        [0, 0.3],
      ]).value,
      [0.5],
      { rtol: 1e-3 },
    );
  });

  it('is 0 of a nilpotent matrix, whose norm is not', () => {
    const { value, error } = radiusOf([
      [0, 7],
      [0, 0],
    ]);
    expectClose({ value, error }, { value: [0], error: [0] });
  });

  it.each([1e-12, 1e12])('holds a complex pair scaled by %p, and keeps NaN in its sample', (scale) => {
    const W = tf.tensor2d([
      [0.6 * scale, 0.7 * scale],
      [-0.7 * scale, 0.6 * scale],
    ]);
    const f = (z: tf.Tensor): tf.Tensor => tf.mul(tf.matMul(z, W), column(1, NaN));
    const { value } = spectralRadius(f, tf.zeros([2, 2]), tensor('start', [2, 2]));
    expectClose(value, [Math.hypot(0.6, 0.7) * scale, NaN], { rtol: 1e-4, atol: 0 });
  });

  it('is that of a complex pair, and of two real ones of opposite sign', () => {
    const turn = [
      [0.6, -0.7, 0],
      [0.7, 0.6, 0],
      [0, 0, 0.3],
    ];
    const { value, error } = radiusOf(turn);
    expectClose(value, [Math.hypot(0.6, 0.7)], { rtol: 1e-4 });
    expect(error.dataSync()[0]!).toBeLessThan(1e-4);
    expectClose(
      radiusOf([
        [0, 0.8],
        [0.8, 0],
      ]).value,
      [0.8],
      { rtol: 1e-4 },
    );
  });

  it('is the rate at which Picard iteration converges, compiled as well', async () => {
    const W = tensor('rate', [6, 6], 0.25);
    const b = tensor('b', [1, 6]);
    const f = (z: tf.Tensor): tf.Tensor => tf.tanh(tf.add(tf.matMul(z, W), b));
    let z = tf.zeros([1, 6]);
    for (let i = 0; i < 200; i++) z = f(z);
    const compiled = await compile(
      (at: tf.Tensor, start: tf.Tensor) => spectralRadius(f, at, start),
      [spec([1, 6]), spec([1, 6])],
    );
    const start = tensor('start', [1, 6]);
    const { value } = await compiled.run(z, start);
    expectClose(value, spectralRadius(f, z, start).value, { rtol: 1e-3 });
    // Over many steps, so that a complex pair has turned several times.
    const distance = (steps: number): number => {
      let at = tf.add(z, tf.mul(start, 1e-2));
      for (let i = 0; i < steps; i++) at = f(at);
      return tf.norm(tf.sub(at, z)).dataSync()[0]!;
    };
    const [early, late] = [distance(2), distance(8)];
    expect(value.dataSync()[0]!).toBeCloseTo((late / early) ** (1 / 6), 1);
    await compiled.dispose();
  });
});

describe('both', () => {
  it('leave no tensors behind, and refuse no steps', async () => {
    const [x, start] = [tf.zeros([2, 3]), tensor('start', [2, 3])];
    const f = (z: tf.Tensor): tf.Tensor => tf.tanh(z);
    await expectNoLeak(() => jacobianNorm(f, x, start, { steps: 3 }));
    await expectNoLeak(() => spectralRadius(f, x, start, { steps: 3 }));
    expect(() => jacobianNorm(f, x, start, { steps: 0 })).toThrow(
      'jacobianNorm: steps must be an integer >= 1; got 0.',
    );
    expect(() => jacobianNorm(f, x, tf.ones([1, 3]))).toThrow(
      'jacobianNorm: start must be of the form of x, [2, 3]; got [1, 3].',
    );
    expect(() => spectralRadius(f, x, start, { steps: 2.5 })).toThrow(
      'spectralRadius: steps must be an integer >= 1; got 2.5.',
    );
  });
});
