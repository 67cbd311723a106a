/** Activations, and the kernels of their gradients. */
import { UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { expm1, functions, log1p } from './functions.ts';
import { axesOf, type Lowerings, type Unary } from './lowering.ts';

/** TF.js's constants of SELU, in full precision. */
const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

export const activations: Lowerings = {
  Relu: (g, { x }: Unary) => g.elementwise('Max', [x, g.scalarLike(x, 0)]),
  Relu6: (g, { x }: Unary) => clip(g, x, 0, 6),
  Elu: (g, { x }: Unary) => g.where(isNonNegative(g, x), x, expm1(g, x)),
  EluGrad: (g, { dy, y }: { dy: Value; y: Value }) => {
    const slope = g.where(isNonNegative(g, y), g.float(1), g.elementwise('Add', [y, g.float(1)]));
    return g.elementwise('Mul', [dy, slope]);
  },
  Selu: (g, { x }: Unary) => {
    const scaled = g.elementwise('Mul', [g.float(SELU_SCALE), x]);
    return g.where(isNonNegative(g, x), scaled, g.elementwise('Mul', [g.float(SELU_ALPHA), expm1(g, x)]));
  },
  LeakyRelu: (g, { x }: Unary, { alpha }: { alpha: number }) =>
    g.where(isNonNegative(g, x), x, g.elementwise('Mul', [g.float(alpha), x])),
  Prelu: (g, { x, alpha }: { x: Value; alpha: Value }) =>
    g.where(isNonNegative(g, x), x, g.elementwise('Mul', [alpha, x])),
  /** max(x, 0) + log1p(exp(−|x|)): neither branch overflows. */
  Softplus: (g, { x }: Unary) => {
    const decay = g.elementwise('Exp', [g.elementwise('Neg', [g.elementwise('Abs', [x])])]);
    return g.elementwise('Add', [g.elementwise('Max', [x, g.float(0)]), log1p(g, decay)]);
  },
  Step: (g, { x }: Unary, { alpha }: { alpha: number }) => {
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
  Softmax: (g, { logits }: { logits: Value }, { dim }: { dim: number }) =>
    normalised(g, 'Softmax', logits, dim),
  LogSoftmax: (g, { logits }: { logits: Value }, { axis }: { axis: number }) =>
    normalised(g, 'LogSoftmax', logits, axis),
};

function normalised(g: Graph, op: string, x: Value, axis: number): Value {
  const [along = 0] = axesOf(axis, x.shape.length);
  return g.asStored(x, (stored, storedAxis) =>
    g.emit(op, [stored], { type: stored.type, shape: stored.shape }, { axis: storedAxis(along) }),
  );
}

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

/** The activation that a fused kernel names. @throws {UnsupportedOpError} if it is none of TF.js's. */
export function activate(g: Graph, x: Value, activation: string, alpha: number, weights?: Value): Value {
  const unary = (lowering: unknown): Value => (lowering as (g: Graph, inputs: Unary) => Value)(g, { x });
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return unary(activations['Relu']);
    case 'relu6':
      return clip(g, x, 0, 6);
    case 'elu':
      return unary(activations['Elu']);
    case 'sigmoid':
      return unary(functions['Sigmoid']);
    case 'prelu':
    case 'leakyrelu': {
      const slope = activation === 'prelu' && weights !== undefined ? weights : g.float(alpha);
      const isPositive = g.elementwise('GreaterOrEqual', [x, g.float(0)], 'bool');
      return g.elementwise('Where', [isPositive, x, g.elementwise('Mul', [slope, x])], x.type);
    }
    default:
      throw new UnsupportedOpError(
        'fused',
        `compile: a fused op has no activation '${activation}'. Apply it as an op of its own.`,
      );
  }
}
