/** Activations, and the kernels of their gradients. */
import { UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { composed, expm1, log1p, sigmoid } from './functions.ts';
import { axesOf, type Lowerings, type Unary } from './lowering.ts';

/** TF.js's constants of SELU, in full precision. */
const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

export const activations: Lowerings = {
  Relu: (g, { x }: Unary) => relu(g, x),
  Relu6: (g, { x }: Unary) => clip(g, x, 0, 6),
  Elu: (g, { x }: Unary) => elu(g, x),
  EluGrad: (g, { dy, y }: { dy: Value; y: Value }) => {
    const slope = g.where(isNonNegative(g, y), g.float(1), g.elementwise('Add', [y, g.float(1)]));
    return g.elementwise('Mul', [dy, slope]);
  },
  Selu: composed((g, x) => {
    const scaled = g.elementwise('Mul', [g.float(SELU_SCALE), x]);
    return g.where(isNonNegative(g, x), scaled, g.elementwise('Mul', [g.float(SELU_ALPHA), expm1(g, x)]));
  }),
  LeakyRelu: (g, { x }: Unary, { alpha }: { alpha: number }) =>
    prelu(g, g.cast(x, g.floatType), g.float(alpha)),
  Prelu: (g, { x, alpha }: { x: Value; alpha: Value }) => prelu(g, x, alpha),
  /** max(x, 0) + log1p(exp(−|x|)): neither branch overflows. */
  Softplus: composed((g, x) => {
    const decay = g.elementwise('Exp', [g.elementwise('Neg', [g.elementwise('Abs', [x])])]);
    return g.elementwise('Add', [g.elementwise('Max', [x, g.float(0)]), log1p(g, decay)]);
  }),
  Step: (g, { x }: Unary, { alpha }: { alpha: number }) => {
    // The gradient of a rectifier, which is there already: two passes, and NaN stays NaN.
    if (alpha === 0 && x.type === g.floatType)
      return g.elementwise('Ceil', [g.elementwise('Min', [relu(g, x), g.float(1)])]);
    const isPositive = g.elementwise('Greater', [x, g.scalarLike(x, 0)], 'bool');
    const step = g.where(isPositive, g.scalarLike(x, 1), g.scalarLike(x, alpha));
    if (x.type === 'int32') return step;
    return g.where(g.elementwise('IsNaN', [x], 'bool'), x, step);
  },
  ClipByValue: (
    g,
    { x }: Unary,
    { clipValueMin, clipValueMax }: { clipValueMin: number; clipValueMax: number },
  ) => clip(g, x, clipValueMin, clipValueMax),
  Softmax: (g, { logits }: { logits: Value }, { dim }: { dim: number }) => {
    const [axis = 0] = axesOf(dim, logits.shape.length);
    return g.asStored(logits, (stored, storedAxis) =>
      g.emit('Softmax', [stored], { type: stored.type, shape: stored.shape }, { axis: storedAxis(axis) }),
    );
  },
};

/** min(max(x, low), high) rather than `Clip`, whose treatment of NaN differs between providers. */
export function clip(g: Graph, x: Value, low: number, high: number): Value {
  const limit = (value: number): Value =>
    g.scalarLike(
      x,
      x.type === 'int32' ? Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value))) : value,
    );
  return g.elementwise('Min', [g.elementwise('Max', [x, limit(low)]), limit(high)]);
}

function isNonNegative(g: Graph, x: Value): Value {
  return g.elementwise('GreaterOrEqual', [x, g.scalarLike(x, 0)], 'bool');
}

/** What a fused kernel says of its activation. */
export type Fusion = { readonly activation?: string; readonly leakyreluAlpha?: number };

const FUSED: Readonly<Record<string, (g: Graph, x: Value, slope: Value) => Value>> = {
  linear: (_g, x) => x,
  relu,
  relu6: (g, x) => clip(g, x, 0, 6),
  elu,
  sigmoid,
  prelu,
  leakyrelu: prelu,
};

/**
 * The activation that a fused kernel names.
 * @param weights - the slopes of `prelu`.
 * @throws {UnsupportedOpError} if TF.js has no such activation.
 */
export function activate(
  g: Graph,
  x: Value,
  { activation = 'linear', leakyreluAlpha = 0.2 }: Fusion,
  weights?: Value,
): Value {
  const apply = FUSED[activation];
  if (apply !== undefined) return apply(g, x, weights ?? g.float(leakyreluAlpha));
  throw new UnsupportedOpError(
    'fused',
    `compile: a fused op has no activation '${activation}'. Apply it as an op of its own.`,
  );
}

/** `Relu`, which ONNX Runtime computes within the convolution before it; it has none of integers. */
function relu(g: Graph, x: Value): Value {
  return x.type === g.floatType ? g.elementwise('Relu', [x]) : g.elementwise('Max', [x, g.scalarLike(x, 0)]);
}

function elu(g: Graph, x: Value): Value {
  return g.where(isNonNegative(g, x), x, expm1(g, x));
}

function prelu(g: Graph, x: Value, slope: Value): Value {
  return g.where(isNonNegative(g, x), x, g.elementwise('Mul', [slope, x]));
}
