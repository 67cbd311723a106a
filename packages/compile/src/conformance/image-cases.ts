/** The list of kernels, continued: convolutions, pooling and other work on images. */
import * as tf from '@tensorflow/tfjs';
import { distinct, flat, integer, kernelCase, type KernelCase, real } from './kernel-case.ts';

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const volume = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;

/** Small numbers, so that sums of many products keep the tolerances of single ones. */
const small = (shape: readonly number[]) => real(shape, -0.5, 0.5);

const conv2d = { gradientKernels: ['Conv2DBackpropInput', 'Conv2DBackpropFilter'] };
const depthwise = {
  gradientKernels: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
};

const convolutions: readonly KernelCase[] = [
  kernelCase(
    'Conv2D',
    [small([2, 5, 6, 3]), small([3, 3, 3, 4])],
    (x, w) => tf.conv2d(image(x), image(w), 1, 'same'),
    conv2d,
  ),
  kernelCase(
    'Conv2D',
    [small([2, 7, 6, 2]), small([3, 2, 2, 3])],
    (x, w) => tf.conv2d(image(x), image(w), [2, 1], 'valid'),
    {
      variant: 'strides 2 and 1, valid',
      ...conv2d,
    },
  ),
  kernelCase(
    'Conv2D',
    [small([1, 8, 7, 2]), small([3, 3, 2, 3])],
    (x, w) => tf.conv2d(image(x), image(w), 2, 'same'),
    {
      variant: 'stride 2, same',
      ...conv2d,
    },
  ),
  kernelCase(
    'Conv2D',
    [small([1, 8, 8, 2]), small([2, 2, 2, 3])],
    (x, w) => tf.conv2d(image(x), image(w), 3, 'valid'),
    {
      variant: 'stride beyond the kernel',
      ...conv2d,
    },
  ),
  kernelCase(
    'Conv2D',
    [small([1, 7, 7, 2]), small([3, 3, 2, 3])],
    (x, w) => tf.conv2d(image(x), image(w), 1, 'same', 'NHWC', 2),
    {
      variant: 'dilated',
      ...flat,
    },
  ),
  kernelCase(
    'Conv2D',
    [small([2, 3, 5, 6]), small([3, 3, 3, 4])],
    (x, w) => tf.conv2d(image(x), image(w), 1, 'same', 'NCHW'),
    {
      variant: 'NCHW',
    },
  ),
  kernelCase(
    'Conv2D',
    [small([2, 4, 4, 3]), small([1, 1, 3, 5])],
    (x, w) => tf.conv2d(image(x), image(w), 1, 'valid'),
    {
      variant: '1 × 1',
      ...conv2d,
    },
  ),
  kernelCase(
    'Conv2D',
    [small([1, 5, 5, 2]), small([3, 3, 2, 2])],
    (x, w) =>
      tf.conv2d(image(x), image(w), 1, [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ]),
    { variant: 'explicit filling', ...conv2d },
  ),
  kernelCase(
    'Conv2D',
    [small([2, 5, 6, 3]), small([3, 3, 3, 3]), small([3])],
    (x, w, b) => {
      const y = tf.tanh(tf.add(tf.conv2d(image(x), image(w), 1, 'same'), b));
      return tf.add(tf.conv2d(image(y), image(w), 1, 'same'), x);
    },
    { variant: 'two layers with bias, activation and residual', ...conv2d },
  ),
  kernelCase(
    'Conv2DBackpropInput',
    [small([2, 4, 4, 3]), small([3, 3, 2, 3])],
    (x, w) => tf.conv2dTranspose(image(x), image(w), [2, 8, 8, 2], 2, 'same'),
    { variant: 'transposed convolution', ...conv2d },
  ),
  kernelCase('FusedConv2D', [small([2, 5, 6, 3]), small([3, 3, 3, 4]), small([4])], (x, w, b) =>
    tf.fused.conv2d({
      x: image(x),
      filter: image(w),
      strides: 1,
      pad: 'same',
      bias: b,
      activation: 'sigmoid',
    }),
  ),
  kernelCase(
    'DepthwiseConv2dNative',
    [small([2, 5, 6, 3]), small([3, 3, 3, 2])],
    (x, w) => tf.depthwiseConv2d(image(x), image(w), 1, 'same'),
    depthwise,
  ),
  kernelCase(
    'DepthwiseConv2dNative',
    [small([1, 7, 6, 3]), small([3, 2, 3, 1])],
    (x, w) => tf.depthwiseConv2d(image(x), image(w), 2, 'valid'),
    { variant: 'stride 2, valid', ...depthwise },
  ),
  kernelCase('FusedDepthwiseConv2D', [small([2, 5, 6, 3]), small([3, 3, 3, 2]), small([6])], (x, w, b) =>
    tf.fused.depthwiseConv2d({
      x: image(x),
      filter: image(w),
      strides: 1,
      pad: 'same',
      bias: b,
      activation: 'sigmoid',
    }),
  ),
  kernelCase(
    'Conv3D',
    [small([1, 4, 4, 5, 2]), small([2, 3, 3, 2, 3])],
    (x, w) => tf.conv3d(volume(x), volume(w), 1, 'same'),
    {
      gradientKernels: ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
    },
  ),
  kernelCase(
    'Conv3D',
    [small([1, 5, 4, 5, 2]), small([2, 2, 3, 2, 2])],
    (x, w) => tf.conv3d(volume(x), volume(w), 2, 'valid'),
    {
      variant: 'stride 2, valid',
    },
  ),
];

const farApart: readonly KernelCase[] = [
  kernelCase(
    'Conv3D',
    [small([2, 4, 5, 4, 2]), small([1, 1, 1, 2, 3])],
    (x, w) => tf.conv3d(volume(x), volume(w), 2, 'same'),
    { variant: 'windows apart, same' },
  ),
  kernelCase('MaxPool3D', [distinct([2, 4, 5, 4, 2])], (x) => tf.maxPool3d(volume(x), 1, 2, 'same'), {
    variant: 'windows apart, same',
  }),
  kernelCase('AvgPool3D', [real([2, 4, 5, 4, 2])], (x) => tf.avgPool3d(volume(x), 1, 2, 'same'), {
    variant: 'windows apart, same',
  }),
];

const pooling: readonly KernelCase[] = [
  kernelCase('MaxPool', [distinct([2, 6, 6, 2])], (x) => tf.maxPool(image(x), 2, 2, 'valid'), {
    gradientKernels: ['MaxPoolGrad'],
  }),
  kernelCase('MaxPool', [distinct([1, 5, 6, 2])], (x) => tf.maxPool(image(x), 3, 2, 'same'), {
    variant: 'same',
  }),
  kernelCase('MaxPool', [integer([1, 4, 4, 2])], (x) => tf.maxPool(image(x), 2, 1, 'valid'), {
    variant: 'int32',
    ...flat,
  }),
  kernelCase('MaxPool3D', [distinct([1, 4, 4, 4, 2])], (x) => tf.maxPool3d(volume(x), 2, 2, 'valid'), {
    gradientKernels: ['MaxPool3DGrad'],
  }),
  kernelCase(
    'MaxPoolWithArgmax',
    [distinct([2, 4, 4, 3])],
    (x) => tf.maxPoolWithArgmax(image(x), 2, 2, 'valid', true)['indexes']!,
    flat,
  ),
  kernelCase(
    'MaxPoolWithArgmax',
    [distinct([2, 4, 4, 3])],
    (x) => tf.maxPoolWithArgmax(image(x), 2, 2, 'valid')['result']!,
    {
      variant: 'values',
      ...flat,
    },
  ),
  kernelCase('AvgPool', [real([2, 6, 6, 2])], (x) => tf.avgPool(image(x), 2, 2, 'valid'), {
    gradientKernels: ['AvgPoolGrad'],
  }),
  kernelCase('AvgPool', [real([1, 5, 6, 2])], (x) => tf.avgPool(image(x), 3, 2, 'same'), {
    variant: 'same',
    wrongInTfjs: 'it divides by the size of the whole window also at the border',
  }),
  kernelCase('AvgPool3D', [real([1, 4, 4, 4, 2])], (x) => tf.avgPool3d(volume(x), 2, 2, 'valid'), {
    gradientKernels: ['AvgPool3DGrad'],
  }),
];

/** TF.js's own gradients of resizing are right of one square image at a time. */
const resizing: readonly KernelCase[] = [
  ...[false, true].flatMap((alignCorners) => [
    kernelCase(
      'ResizeBilinear',
      [real([1, 4, 4, 2])],
      (x) => tf.image.resizeBilinear(image(x), [5, 7], alignCorners),
      {
        variant: alignCorners ? 'corners aligned' : '',
        gradientKernels: ['ResizeBilinearGrad'],
      },
    ),
    kernelCase(
      'ResizeNearestNeighbor',
      [real([1, 4, 4, 2])],
      (x) => tf.image.resizeNearestNeighbor(image(x), [6, 8], alignCorners),
      { variant: alignCorners ? 'corners aligned' : '', gradientKernels: ['ResizeNearestNeighborGrad'] },
    ),
  ]),
  kernelCase(
    'ResizeBilinear',
    [real([1, 6, 8, 2])],
    (x) => tf.image.resizeBilinear(image(x), [3, 5], false, true),
    {
      variant: 'half-pixel centres, smaller',
      wrongInTfjs: 'it does not know of half-pixel centres',
      noFloat64Gradient: "TF.js does not tell the gradient's kernel of half-pixel centres",
    },
  ),
  kernelCase(
    'ResizeNearestNeighbor',
    [real([1, 6, 8, 2])],
    (x) => tf.image.resizeNearestNeighbor(image(x), [3, 5], false, true),
    { variant: 'half-pixel centres, smaller', ...flat },
  ),
  kernelCase('FlipLeftRight', [real([1, 3, 4, 2])], (x) => tf.image.flipLeftRight(image(x)), flat),
  kernelCase(
    'RotateWithOffset',
    [real([1, 5, 6, 2])],
    (x) => tf.image.rotateWithOffset(image(x), 0.7, 0.25),
    flat,
  ),
  kernelCase(
    'RotateWithOffset',
    [real([1, 5, 4, 4])],
    (x) => tf.image.rotateWithOffset(image(x), -2, [1, 2, 3], [0.25, 0.75]),
    {
      variant: 'a filling for each channel',
      ...flat,
    },
  ),
  kernelCase('BatchToSpaceND', [real([8, 2, 3, 2])], (x) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
    ),
  ),
  kernelCase('SpaceToBatchND', [real([2, 3, 4, 2])], (x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [1, 0],
        [0, 2],
      ],
    ),
  ),
  kernelCase('DepthToSpace', [real([1, 2, 3, 8])], (x) => tf.depthToSpace(image(x), 2), flat),
];

const others: readonly KernelCase[] = [
  kernelCase('LRN', [real([1, 2, 3, 6])], (x) => tf.localResponseNormalization(image(x), 2, 1, 0.5, 0.75), {
    gradientKernels: ['LRNGrad'],
  }),
  kernelCase(
    'FusedBatchNorm',
    [real([2, 3, 3, 2]), real([2]), real([2], 0.5, 2), real([2]), real([2])],
    (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale, 0.125),
  ),
  kernelCase(
    'Dilation2D',
    [distinct([1, 5, 5, 2]), real([2, 3, 2], -0.01, 0.01)],
    (x, w) => tf.dilation2d(image(x), w as tf.Tensor3D, 1, 'same'),
    {
      gradientKernels: ['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'],
    },
  ),
  kernelCase(
    'Dilation2D',
    [distinct([1, 7, 7, 2]), real([2, 2, 2], -0.005, 0.005)],
    (x, w) => tf.dilation2d(image(x), w as tf.Tensor3D, 2, 'valid', 2),
    {
      variant: 'strided, dilated',
    },
  ),
];

export const imageCases: readonly KernelCase[] = [
  ...convolutions,
  ...farApart,
  ...pooling,
  ...resizing,
  ...others,
];
