/** Element-wise functions. ONNX Runtime has no float64 kernel for many of them: those are composed, to full precision. */
import { DtypeError, UnsupportedOpError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Binary, Lowerings, Unary } from './lowering.ts';

/** Of integers the value is that of the float. */
const direct =
  (op: string) =>
  (g: Graph, { x }: Unary): Value =>
    g.elementwise(op, [g.cast(x, g.floatType)]);

/** A function of floats; of integers TF.js gives the integer part of its value. */
export const composed =
  (fn: (g: Graph, x: Value) => Value) =>
  (g: Graph, { x }: Unary): Value => {
    if (x.type === 'int32') return g.toInt32(fn(g, g.cast(x, g.floatType)));
    if (x.type !== 'bool') return fn(g, x);
    throw new DtypeError(
      'compile: a function of numbers must not be given bool. Cast it with tf.cast first.',
    );
  };

/** Of integers the value is the integer itself. */
const rounding =
  (op: string) =>
  (g: Graph, { x }: Unary): Value =>
    x.type === 'int32' ? x : g.elementwise(op, [x]);

export const functions: Lowerings = {
  Ceil: rounding('Ceil'),
  Floor: rounding('Floor'),
  Round: rounding('Round'),
  Exp: direct('Exp'),
  Log: direct('Log'),
  Sqrt: direct('Sqrt'),
  Sigmoid: (g, { x }: Unary) => sigmoid(g, x),
  Tanh: direct('Tanh'),
  Sin: direct('Sin'),
  Cos: direct('Cos'),
  Reciprocal: composed((g, x) => g.elementwise('Reciprocal', [x])),
  Rsqrt: (g, { x }: Unary) => g.elementwise('Reciprocal', [g.elementwise('Sqrt', [x])]),
  Expm1: composed(expm1),
  Log1p: composed(log1p),
  Tan: (g, { x }: Unary) => div(g, g.elementwise('Sin', [x]), g.elementwise('Cos', [x])),
  Sinh: composed(sinh),
  Cosh: (g, { x }: Unary) => cosh(g, x),
  Asin: composed((g, x) => {
    const one = g.float(1);
    const cosine = g.elementwise('Sqrt', [mul(g, sub(g, one, x), add(g, one, x))]);
    return atan(g, div(g, x, cosine));
  }),
  Acos: composed((g, x) => {
    const one = g.float(1);
    const half = g.elementwise('Sqrt', [div(g, sub(g, one, x), add(g, one, x))]);
    return mul(g, g.float(2), atan(g, half));
  }),
  Atan: composed(atan),
  Atan2: (g, { a, b }: Binary) => atan2(g, a, b),
  Asinh: composed((g, x) => {
    const size = g.elementwise('Abs', [x]);
    const root = g.elementwise('Sqrt', [add(g, g.float(1), mul(g, x, x))]);
    const small = log1p(g, add(g, size, div(g, mul(g, x, x), add(g, g.float(1), root))));
    return mul(g, g.elementwise('Sign', [x]), g.where(isHuge(g, size), logOfTwice(g, size), small));
  }),
  Acosh: composed((g, x) => {
    const t = sub(g, x, g.float(1));
    const root = g.elementwise('Sqrt', [mul(g, t, add(g, t, g.float(2)))]);
    const found = g.where(isHuge(g, x), logOfTwice(g, x), log1p(g, add(g, t, root)));
    return g.where(g.elementwise('Less', [x, g.float(1)], 'bool'), g.float(NaN), found);
  }),
  Atanh: composed((g, x) => {
    const size = g.elementwise('Abs', [x]);
    const ratio = div(g, mul(g, g.float(2), size), sub(g, g.float(1), size));
    return mul(g, mul(g, g.float(0.5), g.elementwise('Sign', [x])), log1p(g, ratio));
  }),
  Erf: (g, { x }: Unary) => {
    if (g.floatType === 'float') return g.elementwise('Erf', [x]);
    throw new UnsupportedOpError(
      'Erf',
      "compile: Erf has no float64 kernel in ONNX Runtime and no composition of ours; got precision 'float64'. " +
        "Compile with precision 'float32', or use the tanh form of GELU.",
    );
  },
};

const add = (g: Graph, a: Value, b: Value): Value => g.elementwise('Add', [a, b]);
const sub = (g: Graph, a: Value, b: Value): Value => g.elementwise('Sub', [a, b]);
const mul = (g: Graph, a: Value, b: Value): Value => g.elementwise('Mul', [a, b]);
const div = (g: Graph, a: Value, b: Value): Value => g.elementwise('Div', [a, b]);

/** 1 / (1 + exp(−x)). ONNX's own `Sigmoid` is accurate to an absolute error only: far on the left it is 0. */
export function sigmoid(g: Graph, x: Value): Value {
  const decay = g.elementwise('Exp', [g.elementwise('Neg', [x])]);
  return g.elementwise('Reciprocal', [add(g, g.float(1), decay)]);
}

/** exp(x) − 1 without cancellation: (u − 1)·x / log(u) with u = exp(x). Higham, Accuracy and Stability, 2nd ed., §1.14.1. */
export function expm1(g: Graph, x: Value): Value {
  const u = g.elementwise('Exp', [x]);
  const difference = sub(g, u, g.float(1));
  const isOne = g.elementwise('Equal', [u, g.float(1)], 'bool');
  const isNear = g.elementwise('Less', [g.elementwise('Abs', [x]), g.float(0.5)], 'bool');
  const near = g.where(isOne, x, div(g, mul(g, difference, x), g.elementwise('Log', [u])));
  return g.where(isNear, near, difference);
}

/** log(1 + x) without cancellation: x·log(u) / (u − 1) with u = 1 + x. Same source as {@link expm1}. */
export function log1p(g: Graph, x: Value): Value {
  const u = add(g, g.float(1), x);
  const log = g.elementwise('Log', [u]);
  const isOne = g.elementwise('Equal', [u, g.float(1)], 'bool');
  const isNear = g.elementwise('Less', [g.elementwise('Abs', [x]), g.float(0.5)], 'bool');
  const near = g.where(isOne, x, div(g, mul(g, x, log), sub(g, u, g.float(1))));
  return g.where(isNear, near, log);
}

/** From here on exp(−|x|) is lost beside exp(|x|) in both precisions. */
const LARGE = 40;

/** exp(|x|)/2 as a product, which does not overflow before the result does. */
function halfExp(g: Graph, x: Value): Value {
  const root = g.elementwise('Exp', [mul(g, g.float(0.5), g.elementwise('Abs', [x]))]);
  return mul(g, mul(g, g.float(0.5), root), root);
}

function isHuge(g: Graph, x: Value): Value {
  return g.elementwise('Greater', [x, g.float(1e15)], 'bool');
}

function logOfTwice(g: Graph, x: Value): Value {
  return add(g, g.elementwise('Log', [x]), g.float(Math.LN2));
}

function sinh(g: Graph, x: Value): Value {
  const half = g.float(0.5);
  const u = expm1(g, g.elementwise('Abs', [x]));
  const size = mul(g, half, add(g, u, div(g, u, add(g, u, g.float(1)))));
  const isLarge = g.elementwise('Greater', [g.elementwise('Abs', [x]), g.float(LARGE)], 'bool');
  return mul(g, g.elementwise('Sign', [x]), g.where(isLarge, halfExp(g, x), size));
}

function cosh(g: Graph, x: Value): Value {
  const u = g.elementwise('Exp', [g.elementwise('Abs', [x])]);
  const size = mul(g, g.float(0.5), add(g, u, g.elementwise('Reciprocal', [u])));
  const isLarge = g.elementwise('Greater', [g.elementwise('Abs', [x]), g.float(LARGE)], 'bool');
  return g.where(isLarge, halfExp(g, x), size);
}

/** In float64: the float32 arctangent, corrected once by the addition theorem (its error of 1e-7 cubed is below 1e-20). */
function atan(g: Graph, x: Value): Value {
  if (g.floatType === 'float') return g.elementwise('Atan', [x]);
  const start = g.cast(g.elementwise('Atan', [g.cast(x, 'float')]), 'double');
  const sin = g.elementwise('Sin', [start]);
  const cos = g.elementwise('Cos', [start]);
  const correction = div(g, sub(g, mul(g, x, cos), sin), add(g, cos, mul(g, x, sin)));
  const right = mul(g, g.elementwise('Sign', [x]), g.float(Math.PI / 2));
  return g.where(isHuge(g, g.elementwise('Abs', [x])), right, add(g, start, correction));
}

/** Through the quotient, which is told apart by the signs; two infinities count as two ones, and −0 as 0 with a sign. */
function atan2(g: Graph, a: Value, b: Value): Value {
  if (a.type === 'int32') return g.toInt32(atan2(g, g.cast(a, g.floatType), g.cast(b, g.floatType)));
  const zero = g.float(0);
  const [y, x] = [a, b];
  const isInfinite = (v: Value): Value =>
    g.elementwise('Equal', [g.elementwise('Abs', [v]), g.float(Infinity)], 'bool');
  const areInfinite = g.elementwise('And', [isInfinite(y), isInfinite(x)]);
  const finiteY = g.where(areInfinite, g.elementwise('Sign', [y]), y);
  const finiteX = g.where(areInfinite, g.elementwise('Sign', [x]), x);
  const isZero = g.elementwise('Equal', [finiteX, zero], 'bool');
  const divisor = g.where(isZero, zero, finiteX);
  const isNegative = (v: Value): Value => {
    const inverse = g.elementwise('Less', [g.elementwise('Reciprocal', [v]), zero], 'bool');
    return g.elementwise('Or', [g.elementwise('Less', [v, zero], 'bool'), inverse]);
  };
  const isOrigin = g.elementwise('And', [isZero, g.elementwise('Equal', [finiteY, zero], 'bool')]);
  const angle = g.where(isOrigin, finiteY, atan(g, div(g, finiteY, divisor)));
  const half = g.where(isNegative(finiteY), g.float(-Math.PI), g.float(Math.PI));
  // On the axis x = 0 the quotient has the sign of y already, whatever the sign of that 0.
  const isLeft = g.elementwise('And', [
    isNegative(finiteX),
    g.elementwise('Or', [g.elementwise('Not', [isZero]), isOrigin]),
  ]);
  return g.where(isLeft, add(g, angle, half), angle);
}
