/** The list of kernels, continued: counting, searching, sparse tensors, bits and diagonals. */
import * as tf from '@tensorflow/tfjs';
import { flat, integer, kernelCase, type InputSpec, type KernelCase, real } from './kernel-case.ts';

const NONE: readonly InputSpec[] = [];

export const countingCases: readonly KernelCase[] = [
  kernelCase('BitwiseAnd', [integer([9]), integer([9])], (a, b) => tf.bitwiseAnd(a, b), flat),
  kernelCase(
    'BroadcastArgs',
    NONE,
    () => tf.broadcastArgs(tf.tensor1d([3, 1, 5], 'int32'), tf.tensor1d([4, 1], 'int32')),
    flat,
  ),
  kernelCase('Diag', [real([4])], (x) => tf.diag(x), flat),
  kernelCase('Cumprod', [real([3, 5], 0.5, 2)], (x) => tf.cumprod(x, 1), flat),
  kernelCase('Cumprod', [real([3, 5], 0.5, 2)], (x) => tf.cumprod(x, 0, true, true), {
    variant: 'exclusive, reverse',
    ...flat,
  }),
  kernelCase(
    'Bincount',
    [integer([9], 0, 6), real([9])],
    (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5),
    flat,
  ),
  kernelCase(
    'DenseBincount',
    [integer([2, 9], 0, 6), real([2, 9])],
    (x, w) => tf.denseBincount(x as tf.Tensor2D, w as tf.Tensor2D, 5),
    flat,
  ),
  kernelCase(
    'DenseBincount',
    [integer([2, 9], 0, 6)],
    (x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 5, true),
    { variant: 'binary', ...flat },
  ),
  kernelCase(
    'SearchSorted',
    [real([2, 6])],
    (x) =>
      tf.searchSorted(
        tf.tensor2d([
          [-1, 0, 1],
          [0, 0, 1],
        ]),
        x,
        'right',
      ),
    flat,
  ),
  kernelCase(
    'SearchSorted',
    [integer([6], 0, 3)],
    (x) => tf.searchSorted(tf.tensor1d([0, 1, 1, 2], 'int32'), x),
    {
      variant: 'left',
      ...flat,
    },
  ),
  kernelCase(
    'SparseSegmentSum',
    [real([4, 3])],
    (x) => tf.sparse.sparseSegmentSum(x, tf.tensor1d([0, 3, 1], 'int32'), tf.tensor1d([0, 0, 2], 'int32')),
    flat,
  ),
  kernelCase(
    'SparseSegmentMean',
    [real([4, 3])],
    (x) => tf.sparse.sparseSegmentMean(x, tf.tensor1d([0, 3, 1], 'int32'), tf.tensor1d([0, 0, 1], 'int32')),
    flat,
  ),
  kernelCase(
    'SparseToDense',
    [real([3])],
    (x) =>
      tf.sparseToDense(
        tf.tensor2d(
          [
            [0, 1],
            [2, 0],
            [1, 1],
          ],
          [3, 2],
          'int32',
        ),
        x,
        [3, 2],
        0.5,
      ),
    flat,
  ),
  kernelCase(
    'TensorScatterUpdate',
    [real([4, 3]), real([2, 3])],
    (x, updates) => tf.tensorScatterUpdate(x, tf.tensor2d([[2], [0]], [2, 1], 'int32'), updates),
    flat,
  ),
];
