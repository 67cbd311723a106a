/** Every lowered kernel with inputs to try it on, listed once: the tests run over this list. */
import * as tf from '@tensorflow/tfjs';
import { countingCases } from './counting-cases.ts';
import { imageCases } from './image-cases.ts';
import {
  apart,
  bool,
  distinct,
  flat,
  integer,
  kernelCase,
  type InputSpec,
  type KernelCase,
  real,
} from './kernel-case.ts';

export type { InputSpec, KernelCase } from './kernel-case.ts';

const NONE: readonly InputSpec[] = [];
/** Its derivative is 0 but for jumps, across which differences are taken now and then. */
const steps = { noFloat64Gradient: 'it is constant but for jumps' };
const MIRRORED_WIDTHS: [number, number][] = [
  [1, 2],
  [0, 3],
];
const MIRRORED = {
  noFloat64Gradient: 'the gradient that TF.js has leaves out what is mirrored',
};

const elementwise: readonly KernelCase[] = [
  kernelCase('Abs', [apart([3, 4])], tf.abs),
  kernelCase('Abs', [integer([5])], tf.abs, { variant: 'int32', ...flat }),
  kernelCase('Neg', [real([3, 4])], tf.neg),
  kernelCase('Sign', [apart([3, 4])], tf.sign),
  kernelCase('Square', [real([3, 4])], tf.square),
  kernelCase('Sqrt', [real([3, 4], 0.5, 4)], tf.sqrt, { exact: Math.sqrt }),
  kernelCase('Rsqrt', [real([3, 4], 0.5, 4)], tf.rsqrt, { exact: (x) => 1 / Math.sqrt(x) }),
  kernelCase('Reciprocal', [real([3, 4], 0.5, 4)], tf.reciprocal, { exact: (x) => 1 / x }),
  kernelCase('Exp', [real([3, 4])], tf.exp, { exact: Math.exp }),
  kernelCase('Expm1', [real([3, 4], -1e-3, 1e-3)], tf.expm1, { variant: 'near 0', exact: Math.expm1 }),
  kernelCase('Expm1', [real([3, 4])], tf.expm1, { exact: Math.expm1 }),
  kernelCase('Log', [real([3, 4], 0.5, 4)], tf.log, { exact: Math.log }),
  kernelCase('Log1p', [real([3, 4], -1e-3, 1e-3)], tf.log1p, { variant: 'near 0', exact: Math.log1p }),
  kernelCase('Log1p', [real([3, 4], -0.5, 4)], tf.log1p, { exact: Math.log1p }),
  kernelCase('Sin', [real([3, 4])], tf.sin, { exact: Math.sin }),
  kernelCase('Cos', [real([3, 4])], tf.cos, { exact: Math.cos }),
  kernelCase('Tan', [real([3, 4], -0.9, 0.9)], tf.tan, { exact: Math.tan }),
  kernelCase('Sinh', [real([3, 4])], tf.sinh, { exact: Math.sinh }),
  kernelCase('Cosh', [real([3, 4])], tf.cosh, { exact: Math.cosh }),
  kernelCase('Tanh', [real([3, 4])], tf.tanh, { exact: Math.tanh }),
  kernelCase('Asin', [real([3, 4], -0.7, 0.7)], tf.asin, { exact: Math.asin }),
  kernelCase('Acos', [real([3, 4], -0.7, 0.7)], tf.acos, { exact: Math.acos }),
  kernelCase('Atan', [real([3, 4], -9, 9)], tf.atan, { exact: Math.atan }),
  kernelCase('Asinh', [real([3, 4], -9, 9)], tf.asinh, { exact: Math.asinh }),
  kernelCase('Acosh', [real([3, 4], 1.3, 9)], tf.acosh, { exact: Math.acosh }),
  kernelCase('Atanh', [real([3, 4], -0.7, 0.7)], tf.atanh, { exact: Math.atanh }),
  kernelCase('Atan2', [apart([3, 4]), apart([3, 4])], tf.atan2),
  kernelCase('Erf', [real([3, 4])], tf.erf, {
    noFloat64: 'ONNX Runtime has no float64 kernel for Erf; compile refuses it by name',
  }),
  kernelCase('Ceil', [apart([3, 4])], tf.ceil),
  kernelCase('Floor', [apart([3, 4])], tf.floor),
  kernelCase('Round', [real([3, 4])], tf.round, steps),
  kernelCase('Round', [integer([9])], (x) => tf.round(tf.mul(tf.cast(x, 'float32'), 0.5)), {
    variant: 'halves',
    ...flat,
  }),
  kernelCase('Sigmoid', [real([3, 4], -80, 20)], tf.sigmoid, { exact: (x) => 1 / (1 + Math.exp(-x)) }),
  kernelCase('Atanh', [real([3, 4], -0.9999, -0.99)], tf.atanh, {
    variant: 'near −1',
    exact: Math.atanh,
    noFloat64Gradient: 'differences are not that exact where it is that steep',
  }),
  kernelCase('Acosh', [real([3, 4], -9, 0.5)], tf.acosh, { variant: 'below 1', exact: Math.acosh, ...flat }),
  kernelCase('Softplus', [real([3, 4], -20, 20)], tf.softplus, {
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  }),
  kernelCase('Relu', [apart([3, 4])], tf.relu),
  kernelCase('Relu', [integer([5])], tf.relu, { variant: 'int32', ...flat }),
  kernelCase('Relu6', [apart([3, 4], -3, 9)], tf.relu6),
  kernelCase('Elu', [apart([3, 4])], tf.elu, {
    exact: (x) => (x >= 0 ? x : Math.expm1(x)),
    gradientKernels: ['EluGrad'],
  }),
  kernelCase('Selu', [apart([3, 4])], tf.selu, {
    exact: (x) => (x >= 0 ? 1.0507009873554805 * x : 1.7580993408473768 * Math.expm1(x)),
    noFloat64Gradient: "TF.js's gradient of Selu multiplies by constants it has rounded to float32",
  }),
  kernelCase('LeakyRelu', [apart([3, 4])], (x) => tf.leakyRelu(x, 0.25)),
  kernelCase('Prelu', [apart([3, 4]), real([4], 0.1, 0.9)], (x, alpha) => tf.prelu(x, alpha)),
  kernelCase('Step', [apart([3, 4])], (x) => tf.step(x, 0.25)),
  kernelCase('ClipByValue', [apart([3, 4], -4, 4)], (x) => tf.clipByValue(x, -2, 1)),
  kernelCase('IsNan', [real([3, 4], -1, 1)], (x) => tf.isNaN(tf.sqrt(x)), steps),
  kernelCase('IsInf', [bool([3, 4])], (x) => tf.isInf(tf.reciprocal(tf.cast(x, 'float32'))), flat),
  kernelCase('IsInf', [bool([3, 4])], (x) => tf.isInf(tf.neg(tf.reciprocal(tf.cast(x, 'float32')))), {
    variant: 'negative',
    ...flat,
  }),
  kernelCase('IsFinite', [real([3, 4], -1, 1)], (x) => tf.isFinite(tf.log(x)), steps),
  kernelCase('Identity', [real([3, 4])], (x) => tf.clone(x)),
  kernelCase('Cast', [real([3, 4], -5, 5)], (x) => tf.cast(x, 'int32'), {
    variant: 'float to int32',
    ...steps,
  }),
  kernelCase('Cast', [integer([3, 4], -2, 2)], (x) => tf.cast(x, 'bool'), {
    variant: 'int32 to bool',
    ...flat,
  }),
  kernelCase('Cast', [bool([3, 4])], (x) => tf.cast(x, 'float32'), { variant: 'bool to float', ...flat }),
];

const binary: readonly KernelCase[] = [
  kernelCase('Add', [real([3, 4]), real([4])], tf.add),
  kernelCase('Add', [real([3, 1, 2]), real([4, 1])], tf.add, { variant: 'broadcast both' }),
  kernelCase('Add', [integer([6]), integer([6])], tf.add, { variant: 'int32', ...flat }),
  kernelCase('AddN', [real([3, 4]), real([3, 4]), real([3, 4])], (...xs) => tf.addN(xs)),
  kernelCase('Sub', [real([3, 4]), real([3, 1])], tf.sub),
  kernelCase('Multiply', [real([3, 4]), real([])], tf.mul, { variant: 'scalar' }),
  kernelCase('RealDiv', [real([3, 4]), real([3, 4], 0.5, 2)], tf.div),
  kernelCase('FloorDiv', [apart([3, 4], -9, 9), real([3, 4], 1, 2)], tf.floorDiv, steps),
  kernelCase('FloorDiv', [integer([9]), integer([9], 1, 4)], tf.floorDiv, { variant: 'int32', ...flat }),
  kernelCase('Mod', [real([3, 4], -5, 5), real([3, 4], 1.1, 3)], tf.mod),
  kernelCase('Mod', [real([3, 4], -5, 5), real([3, 4], -3, -1.1)], tf.mod, {
    variant: 'negative divisor',
  }),
  kernelCase('Mod', [integer([9]), integer([9], 1, 4)], tf.mod, { variant: 'int32', ...flat }),
  kernelCase('Pow', [real([3, 4], 0.6, 2), real([4], -2, 2)], tf.pow),
  kernelCase('Maximum', [real([3, 4], -2, 0), real([3, 4], 0.01, 2)], tf.maximum),
  kernelCase('Minimum', [real([3, 4], -2, 0), real([3, 4], 0.01, 2)], tf.minimum),
  // TF.js's own gradients of a broadcast Minimum and SquaredDifference have the wrong shape.
  kernelCase('Minimum', [real([3, 4]), real([4])], tf.minimum, { variant: 'broadcast', ...flat }),
  kernelCase('SquaredDifference', [real([3, 4]), real([3, 4])], tf.squaredDifference),
  kernelCase('SquaredDifference', [real([3, 4]), real([4])], tf.squaredDifference, {
    variant: 'broadcast',
    ...flat,
  }),
  kernelCase('Equal', [integer([9], 0, 2), integer([9], 0, 2)], tf.equal, flat),
  kernelCase('Equal', [bool([9]), bool([9])], tf.equal, { variant: 'bool', ...flat }),
  kernelCase('NotEqual', [integer([9], 0, 2), integer([9], 0, 2)], tf.notEqual, flat),
  kernelCase('Greater', [real([9]), real([9])], tf.greater, flat),
  kernelCase('Greater', [bool([9]), bool([9])], tf.greater, { variant: 'bool', ...flat }),
  kernelCase('GreaterEqual', [integer([9], 0, 2), integer([9], 0, 2)], tf.greaterEqual, flat),
  kernelCase('Less', [real([9]), real([9])], tf.less, flat),
  kernelCase('LessEqual', [integer([9], 0, 2), integer([9], 0, 2)], tf.lessEqual, flat),
  kernelCase('LogicalAnd', [bool([9]), bool([9])], tf.logicalAnd, flat),
  kernelCase('LogicalOr', [bool([9]), bool([9])], tf.logicalOr, flat),
  kernelCase('LogicalNot', [bool([9])], tf.logicalNot, flat),
  kernelCase('Select', [real([3, 4]), real([3, 4])], (a, b) =>
    tf.where(tf.tensor([1, 0, 1, 1], [4], 'bool'), a, b),
  ),
  kernelCase('Select', [bool([9]), bool([9]), bool([9])], (c, a, b) => tf.where(c, a, b), {
    variant: 'bool',
    ...flat,
  }),
];

const creation: readonly KernelCase[] = [
  kernelCase('Fill', NONE, () => tf.fill([2, 3], 0.7), flat),
  kernelCase('Fill', NONE, () => tf.fill([2, 3], 7, 'int32'), { variant: 'int32', ...flat }),
  kernelCase('ZerosLike', [real([3, 4])], tf.zerosLike),
  kernelCase('OnesLike', [real([3, 4])], tf.onesLike),
  kernelCase('Range', NONE, () => tf.range(3, 17, 2, 'int32'), flat),
  kernelCase('LinSpace', NONE, () => tf.linspace(-1, 2, 7), flat),
  kernelCase('OneHot', [integer([5], -1, 4)], (x) => tf.oneHot(x, 4, 3, -1), flat),
  kernelCase('OneHot', [integer([2, 3], 0, 3)], (x) => tf.oneHot(x, 4), { variant: 'rank 2', ...flat }),
];

const movement: readonly KernelCase[] = [
  kernelCase('Reshape', [real([3, 4])], (x) => tf.reshape(x, [2, -1])),
  kernelCase('ExpandDims', [real([3, 4])], (x) => tf.expandDims(x, -1)),
  kernelCase('Transpose', [real([2, 3, 4])], (x) => tf.transpose(x, [2, 0, 1])),
  kernelCase('Transpose', [bool([2, 3])], (x) => tf.transpose(x), { variant: 'bool', ...flat }),
  kernelCase('Slice', [real([5, 4])], (x) => tf.slice(x, [1, 0], [3, -1])),
  kernelCase('StridedSlice', [real([5, 4])], (x) => tf.stridedSlice(x, [4, 0], [0, 4], [-2, 3]), flat),
  kernelCase('StridedSlice', [real([5])], (x) => tf.stridedSlice(x, [0], [0], [-1], 1, 1), {
    variant: 'backwards to the first',
    ...flat,
  }),
  kernelCase('Reverse', [real([3, 4])], (x) => tf.reverse(x, [0])),
  kernelCase('Concat', [real([2, 3]), real([2, 1])], (a, b) => tf.concat([a, b], 1)),
  kernelCase('Pack', [real([2, 3]), real([2, 3])], (a, b) => tf.stack([a, b], 1)),
  kernelCase('Unpack', [real([3, 4])], (x) => tf.add(tf.unstack(x, 1)[1]!, tf.unstack(x, 1)[3]!)),
  kernelCase('SplitV', [real([3, 6])], (x) => tf.mul(...(tf.split(x, [3, 3], 1) as [tf.Tensor, tf.Tensor]))),
  kernelCase('PadV2', [real([2, 3])], (x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      0.5,
    ),
  ),
  kernelCase('MirrorPad', [real([3, 4])], (x) => tf.mirrorPad(x, MIRRORED_WIDTHS, 'reflect'), MIRRORED),
  kernelCase('MirrorPad', [real([3])], (x) => tf.mirrorPad(x, [[3, 2]], 'symmetric'), {
    variant: 'symmetric',
    ...MIRRORED,
  }),
  kernelCase('Tile', [real([2, 3])], (x) => tf.tile(x, [2, 3])),
  kernelCase('Tile', [real([1, 3])], (x) => tf.broadcastTo(x, [4, 3]), { variant: 'broadcastTo' }),
  kernelCase('GatherV2', [real([5, 3])], (x) => tf.gather(x, tf.tensor1d([4, 0, 0, 2], 'int32'))),
  kernelCase(
    'GatherV2',
    [real([5, 3])],
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [2, 0],
            [1, 1],
          ],
          [2, 2],
          'int32',
        ),
        1,
      ),
    {
      variant: 'axis 1',
    },
  ),
  kernelCase('GatherV2', [real([2, 5, 3]), integer([2, 4], 0, 4)], (x, i) => tf.gather(x, i, 1, 1), {
    variant: 'batchDims',
  }),
  kernelCase('GatherNd', [real([4, 3, 2]), integer([5, 2], 0, 2)], (x, i) => tf.gatherND(x, i), flat),
  kernelCase(
    'ScatterNd',
    [integer([6, 2], 0, 2), real([6, 2])],
    (i, x) => tf.scatterND(i, x, [3, 4, 2]),
    flat,
  ),
  kernelCase(
    'UnsortedSegmentSum',
    [real([7, 3])],
    (x) => tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, 5, 2, 0, -1], 'int32'), 6),
    { variant: 'known segments' },
  ),
  kernelCase(
    'UnsortedSegmentSum',
    [real([7, 3]), integer([7], -1, 4)],
    (x, i) => tf.unsortedSegmentSum(x, tf.cast(i, 'int32') as tf.Tensor1D, 5),
    { variant: 'given segments' },
  ),
  kernelCase(
    'UnsortedSegmentSum',
    [real([7, 3]), integer([7], -2, 9)],
    (x, i) => tf.unsortedSegmentSum(x, tf.cast(i, 'int32') as tf.Tensor1D, 5),
    { variant: 'segments out of range', ...flat },
  ),
  kernelCase(
    'UnsortedSegmentSum',
    [integer([7]), integer([7], 0, 4)],
    (x, i) => tf.unsortedSegmentSum(x, tf.cast(i, 'int32') as tf.Tensor1D, 5),
    { variant: 'int32', ...flat },
  ),
  kernelCase('TopK', [real([3, 7])], (x) => tf.topk(x, 3).values, flat),
  kernelCase('TopK', [distinct([3, 7])], (x) => tf.topk(x, 3).indices, { variant: 'indices', ...flat }),
];

const reductions: readonly KernelCase[] = [
  kernelCase('Sum', [real([3, 4])], (x) => tf.sum(x, 1)),
  kernelCase('Sum', [real([3, 4])], (x) => tf.sum(x), { variant: 'all' }),
  kernelCase('Sum', [bool([9])], (x) => tf.sum(x), { variant: 'bool', ...flat }),
  kernelCase('Mean', [real([3, 4])], (x) => tf.mean(x, 0, true)),
  kernelCase('Prod', [real([3, 4], 0.5, 2)], (x) => tf.prod(x, 1)),
  kernelCase('Max', [distinct([3, 4])], (x) => tf.max(x, 1)),
  kernelCase('Min', [distinct([3, 4])], (x) => tf.min(x, 0)),
  kernelCase('All', [bool([3, 2])], (x) => tf.all(x, 1), flat),
  kernelCase('Any', [bool([3, 2])], (x) => tf.any(x, 1), flat),
  kernelCase('ArgMax', [real([3, 7])], (x) => tf.argMax(x, 1), steps),
  kernelCase('ArgMin', [real([3, 7])], (x) => tf.argMin(x, 0), steps),
  kernelCase('Cumsum', [real([3, 4])], (x) => tf.cumsum(x, 1, true, true)),
  kernelCase('Cumsum', [real([3, 4])], (x) => tf.cumsum(x, 1), { variant: 'inclusive' }),
  // TF.js's own gradient is wrong for an axis that is not the last.
  kernelCase('Cumsum', [real([3, 4])], (x) => tf.cumsum(x, 0), { variant: 'first axis', ...flat }),
  kernelCase('Softmax', [real([3, 4])], (x) => tf.softmax(x)),
];

const matrices: readonly KernelCase[] = [
  kernelCase('BatchMatMul', [real([3, 4]), real([4, 2])], (a, b) => tf.matMul(a, b)),
  kernelCase('BatchMatMul', [real([4, 3]), real([2, 4])], (a, b) => tf.matMul(a, b, true, true), {
    variant: 'transposed',
  }),
  kernelCase('BatchMatMul', [real([2, 3, 4]), real([2, 5, 4])], (a, b) => tf.matMul(a, b, false, true), {
    variant: 'batched',
  }),
  kernelCase(
    'Einsum',
    [real([2, 3, 4]), real([2, 4, 5])],
    (a, b) => tf.einsum('bij, bjk -> ikb', a, b),
    flat,
  ),
  kernelCase('Einsum', [real([3, 4])], (a) => tf.einsum('ij->j', a), { variant: 'sum', ...flat }),
  kernelCase('_FusedMatMul', [real([3, 4]), real([4, 2]), real([2])], (a, b, bias) =>
    tf.fused.matMul({ a: a, b: b, bias: bias, activation: 'sigmoid' }),
  ),
  ...(['linear', 'relu', 'relu6', 'elu'] as const).map((activation) =>
    kernelCase(
      '_FusedMatMul',
      [real([4, 3], -3, 3), real([2, 4], -3, 3)],
      (a, b) => tf.fused.matMul({ a, b, transposeA: true, transposeB: true, activation }),
      { variant: `transposed, ${activation}`, ...flat },
    ),
  ),
  kernelCase(
    '_FusedMatMul',
    [real([3, 4]), real([4, 2])],
    (a, b) => tf.fused.matMul({ a, b, activation: 'leakyrelu', leakyreluAlpha: 0.25 }),
    { variant: 'leakyrelu', ...flat },
  ),
  kernelCase(
    '_FusedMatMul',
    [real([3, 4]), real([4, 2]), real([2], 0.1, 0.9)],
    (a, b, alpha) => tf.fused.matMul({ a, b, activation: 'prelu', preluActivationWeights: alpha }),
    { variant: 'prelu', ...flat },
  ),
];

/** The list. `variant` tells several cases of one kernel apart. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...elementwise,
  ...binary,
  ...creation,
  ...movement,
  ...reductions,
  ...matrices,
  ...countingCases,
  ...imageCases,
];
