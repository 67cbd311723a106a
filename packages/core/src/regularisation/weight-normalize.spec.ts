import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { compile, spec } from '@equilibria/compile';
import { valueAndGradient } from '../gradients/vector-jacobian.ts';
import { jacobianNorm } from '../lipschitz/jacobian-norm.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { outputNorms, weightNormalize } from './weight-normalize.ts';

const key = fromSeed(5);
const draw = (name: string, shape: number[]) => normal(fold(key, name), shape);

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('weightNormalize', () => {
  it('gives each output its length, and keeps its direction', () => {
    const v = tf.tensor2d([
      [3, 0],
      [4, -2],
    ]);
    expectClose(
      weightNormalize(v, tf.tensor1d([10, 1])),
      tf.tensor2d([
        [6, 0],
        [8, -1],
      ]),
    );
    expectClose(outputNorms(v), [5, 2]);
  });

  it('gives v back for its own norms, also of a convolution and of a vector', () => {
    for (const shape of [[4, 3], [3, 3, 2, 4], [5]]) {
      const v = toTensor(draw('v', shape));
      expectClose(weightNormalize(v, outputNorms(v)), v);
    }
  });

  it('bounds the gain of a dense layer by the length of g', () => {
    const property = (seed: number): void => {
      const of = (name: string, shape: number[]) => toTensor(normal(fold(fold(key, name), seed), shape));
      const g = of('g', [3]);
      const W = weightNormalize(of('v', [4, 3]), g);
      const gain = jacobianNorm((x: tf.Tensor) => tf.matMul(x, W), tf.zeros([1, 4]), of('start', [1, 4]));
      expect(gain.value.dataSync()[0]!).toBeLessThanOrEqual(tf.norm(g).dataSync()[0]! * (1 + 1e-5));
    };
    fc.assert(fc.property(fc.nat(100), property), { seed: 7, numRuns: 10 });
  });

  it('has the gradients of differences, in float64', async () => {
    const [v, g, target] = [draw('v', [2, 2, 2, 3]), draw('g', [3]), draw('target', [2, 2, 2, 3])];
    const compiled = await compile(
      (given: { v: tf.Tensor; g: tf.Tensor }, aim: tf.Tensor) =>
        valueAndGradient(
          (at: { v: tf.Tensor; g: tf.Tensor }) => tf.sum(tf.mul(weightNormalize(at.v, at.g), aim)),
          given,
        ),
      [{ v: spec([2, 2, 2, 3]), g: spec([3]) }, spec([2, 2, 2, 3])],
      { precision: 'float64' },
    );
    const { gradient } = await compiled.run({ v, g }, target);
    const h = 1e-5;
    for (const name of ['v', 'g'] as const) {
      const at = async (step: number) => {
        const moved = {
          v,
          g,
          [name]: { ...{ v, g }[name], data: { v, g }[name].data.with(1, { v, g }[name].data[1]! + step) },
        };
        return (await compiled.run(moved, target)).value.data[0]!;
      };
      expectClose([gradient[name].data[1]!], [((await at(h)) - (await at(-h))) / (2 * h)], {
        rtol: 1e-8,
        atol: 1e-9,
      });
    }
    await compiled.dispose();
  });

  it('gives zero for a zero direction, with finite gradients, and NaN for NaN', () => {
    const { value, gradient } = valueAndGradient(
      (v: tf.Tensor) => tf.sum(weightNormalize(v, tf.ones([2]))),
      tf.tensor2d([
        [0, 3],
        [0, 4],
      ]),
    );
    expectClose(value, [1.4]);
    expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
    expectClose(weightNormalize(tf.tensor2d([[NaN, 2]]), tf.ones([2])), tf.tensor2d([[NaN, 1]]));
  });

  it('refuses lengths of another number of outputs', () => {
    expect(() => weightNormalize(tf.ones([2, 3]), tf.ones([2]))).toThrow(
      'weightNormalize: g must have one length for each output of v, its last axis; got [2] and v [2, 3].',
    );
  });

  it('leaves nothing behind', async () => {
    const [v, g] = [tf.ones([2, 3]), tf.ones([3])];
    await expectNoLeak(() => [weightNormalize(v, g), outputNorms(v)]);
  });
});
