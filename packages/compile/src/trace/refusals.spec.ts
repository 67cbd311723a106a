import * as tf from '@tensorflow/tfjs';
import { compile } from '../runtime/compile.ts';
import { spec } from '../tree/tree.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('a trace that would go wrong in silence', () => {
  it.each([
    [
      'several seeds of tf.randomNormal',
      (x: tf.Tensor) => tf.add(x, tf.randomNormal([3], 0, 1, 'float32', 1)),
      'tf.randomNormal must not run while tracing',
    ],
    ['tf.randomUniform', (x: tf.Tensor) => tf.add(x, tf.randomUniform([3])), 'tf.randomUniform must not run'],
    [
      'tf.truncatedNormal',
      (x: tf.Tensor) => tf.add(x, tf.truncatedNormal([3])),
      'tf.truncatedNormal must not run',
    ],
    ['tf.dropout', (x: tf.Tensor) => tf.dropout(x, 0.5), 'tf.randomUniform must not run'],
    [
      'tf.multinomial',
      (x: tf.Tensor) => tf.multinomial(x as tf.Tensor1D, 2),
      "kernel 'Multinomial' has no ONNX lowering",
    ],
    ['dataSync', (x: tf.Tensor) => tf.add(x, x.dataSync()[0]!), 'values must not be read while tracing'],
    [
      'arraySync',
      (x: tf.Tensor) => tf.add(x, x.arraySync() as number[]),
      'values must not be read while tracing',
    ],
    [
      'tf.rand',
      (x: tf.Tensor) =>
        tf.add(
          x,
          tf.rand([3], () => 0.5),
        ),
      'tf.rand must not run while tracing',
    ],
    ['tf.randomGamma', (x: tf.Tensor) => tf.add(x, tf.randomGamma([3], 2)), 'tf.randomGamma must not run'],
    [
      'tf.randomUniformInt',
      (x: tf.Tensor) => tf.add(x, tf.randomUniformInt([3], 0, 9)),
      'tf.randomUniformInt must not',
    ],
    [
      'tf.randomStandardNormal',
      (x: tf.Tensor) => tf.add(x, tf.randomStandardNormal([3])),
      'tf.randomStandardNormal must not run',
    ],
    [
      'filling as large as the window of a pooling',
      (x: tf.Tensor) => tf.maxPool(tf.reshape<tf.Rank.R4>(x, [1, 3, 1, 1]), 3, 1, 3),
      'compile: the filling of a pooling must be less than its window; got 3 × 3 before and 3 × 3 after a window of 3 × 3.',
    ],
    [
      'dilation of int32',
      (x: tf.Tensor) =>
        tf.dilation2d(
          tf.cast(tf.reshape<tf.Rank.R4>(x, [1, 3, 1, 1]), 'int32'),
          tf.zeros([1, 1, 1]),
          1,
          'same',
        ),
      'compile: dilation2d must be of float32 tensors. Cast them with tf.cast first.',
    ],
    [
      'strings',
      (x: tf.Tensor) => tf.add(x, tf.cast(tf.tensor1d(['a']), 'float32')),
      'tensors must be float32, int32 or bool',
    ],
    [
      'sums of bool',
      (x: tf.Tensor) => tf.add(tf.greater(x, 0), tf.less(x, 1)),
      'compile: Add must not be of bool tensors. Cast them',
    ],
    [
      'functions of bool',
      (x: tf.Tensor) => tf.sinh(tf.greater(x, 0)),
      'compile: a function of numbers must not be given bool. Cast it with tf.cast first.',
    ],
    [
      'a gather in batches along a later axis',
      (x: tf.Tensor) => tf.gather(tf.reshape(x, [1, 1, 3]), tf.tensor2d([[0]], [1, 1], 'int32'), 2, 1),
      'gather with batchDims must gather along axis 1, the first after them; got axis 2. Transpose first.',
    ],
    [
      'segments of a sparse sum that are not known',
      (x: tf.Tensor) =>
        tf.sparse.sparseSegmentSum(
          x,
          tf.tensor1d([0], 'int32'),
          tf.cast(tf.slice(x, 0, 1), 'int32') as tf.Tensor1D,
        ),
      'SparseSegmentSum needs segment ids that are known while tracing',
    ],
    [
      'a kernel without a lowering',
      (x: tf.Tensor) => tf.unique(x).values,
      "the TF.js kernel 'Unique' has no ONNX lowering: the shape of its result depends on values. Compute it outside",
    ],
    ['complex numbers', (x: tf.Tensor) => tf.real(tf.complex(x, x)), "kernel 'Complex' has no ONNX lowering"],
    [
      'shapes that do not broadcast',
      (x: tf.Tensor) => tf.add(x, tf.zeros([2])),
      'compile: shapes must broadcast, axis by axis from the last; got [3] and [2].',
    ],
    [
      'factors that do not fit',
      (x: tf.Tensor) => tf.matMul(tf.reshape(x, [1, 3]), tf.zeros([2, 4]), false, true),
      'must be as many as the rows of the second; got [1, 3] and [2, 4] transposed.',
    ],
    [
      'letters of einsum of different lengths',
      (x: tf.Tensor) => tf.einsum('i,i->', x, tf.zeros([2])),
      "compile: axes of one letter in 'i,i->' must be equally long; 'i' is not in [3] and [2].",
    ],
    [
      'joins of different lengths',
      (x: tf.Tensor) => tf.stack([x, tf.zeros([2])]),
      'compile: what is joined along axis 0 must have equal lengths along the others; got [1, 3] and [1, 2].',
    ],
    [
      'slices that reach beyond',
      (x: tf.Tensor) => tf.slice(x, [2], [3]),
      'compile: a slice must lie inside of its tensor; got [2] and 3 of [3].',
    ],
    [
      'axes that are not there',
      (x: tf.Tensor) => tf.softmax(tf.sum(tf.reshape(x, [1, 3]), 2)),
      'compile: an axis must be from -2 to 1 for a tensor of rank 2; got 2.',
    ],
    [
      'known indices that are not there',
      (x: tf.Tensor) => tf.gather(x, tf.tensor1d([0, 3], 'int32')),
      'compile: indices of a gather must be from -3 to 2; got 3.',
    ],
    [
      'segment ids that are not one a row',
      (x: tf.Tensor) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1], 'int32'), 2),
      'compile: unsortedSegmentSum must have one segment id for each row; got [2] for [3].',
    ],
    [
      'something that is not a tensor',
      () => 3 as unknown as tf.Tensor,
      'must return a tree of tensors; got number',
    ],
  ])('refuses %s', async (_what, fn, message) => {
    await expect(compile(fn, [spec([3])])).rejects.toThrow(message);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('refuses tensors that outlived their trace, when they are used', async () => {
    let escaped: tf.Tensor | undefined;
    await compile((x: tf.Tensor) => (escaped = tf.keep(tf.mul(x, 2))), [spec([3])]);
    expect(() => escaped!.dataSync()).toThrow('a tensor made while tracing outlived its trace');
    expect(() => tf.add(escaped!, 1)).toThrow('a tensor made while tracing outlived its trace');
    await expect(compile((x: tf.Tensor) => tf.add(x, escaped!), [spec([3])])).rejects.toThrow(
      'outlived its trace',
    );
  });

  it('refuses that a variable is assigned, and gives it its value back, as often as it is tried', async () => {
    const initial = tf.tensor1d([1, 2]);
    const v = tf.variable(initial);
    initial.dispose();
    for (let i = 0; i < 3; i++) {
      const failing = compile(
        (x: tf.Tensor) => {
          v.assign(tf.mul(x, 2) as tf.Tensor1D);
          return x;
        },
        [spec([2])],
      );
      await expect(failing).rejects.toThrow('a variable must not be assigned while tracing');
      expect([...v.dataSync()]).toEqual([1, 2]);
    }
    const next = await compile((x: tf.Tensor) => tf.add(x, v), [spec([2])]);
    expect([...(await next.run(tf.tensor1d([1, 1]))).dataSync()]).toEqual([2, 3]);
    await next.dispose();
    v.dispose();
  });

  it('refuses a tensor that was disposed', async () => {
    const gone = tf.tensor1d([1, 2]);
    gone.dispose();
    await expect(compile((x: tf.Tensor) => tf.add(x, gone), [spec([2])])).rejects.toThrow(
      'must not use a tensor that was disposed, or that outlived the trace it was made in',
    );
  });

  it('refuses an async function, whose own failure then troubles nobody', async () => {
    const reading = async (x: tf.Tensor): Promise<tf.Tensor> => tf.scalar((await x.data())[0]!);
    await expect(compile(reading as never, [spec([2])])).rejects.toThrow(
      'compile: the function must not be async; got a promise. Await outside, and pass tensors in.',
    );
  });

  it('refuses a variable made while tracing, and goes on compiling', async () => {
    const before = tf.memory().numTensors;
    const refused = compile(
      (x: tf.Tensor) => tf.add(x, tf.variable(tf.mul(x, 2), true, 'fresh')),
      [spec([2])],
    );
    await expect(refused).rejects.toThrow(
      "compile: a variable must not be created while tracing; 'fresh' was. Create it (build the layer, the optimizer) before.",
    );
    const next = await compile((x: tf.Tensor) => tf.neg(x), [spec([1])]);
    expect([...(await next.run(tf.tensor1d([1]))).dataSync()]).toEqual([-1]);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2);
    await next.dispose();
  });
});
