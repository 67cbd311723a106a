/** Element-wise arithmetic of two or more tensors. */
import { DtypeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Binary, Lowerings, Unary } from './lowering.ts';

const binary =
  (op: string) =>
  (g: Graph, { a, b }: Binary): Value => {
    if (a.type !== 'bool') return g.elementwise(op, [a, b]);
    throw new DtypeError(`compile: ${op} must not be of bool tensors. Cast them with tf.cast first.`);
  };

export const arithmetic: Lowerings = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: (g, { a, b }: Binary) => power(g, a, b),
  // `Sum` has no kernel for integers.
  AddN: (g, inputs: Readonly<Record<string, Value>>) =>
    Object.values(inputs).reduce((sum, x) => g.elementwise('Add', [sum, x])),
  SquaredDifference: (g, { a, b }: Binary) => {
    const difference = g.elementwise('Sub', [a, b]);
    return g.elementwise('Mul', [difference, difference]);
  },
  FloorDiv: (g, { a, b }: Binary) => floorDiv(g, a, b),
  Mod: (g, { a, b }: Binary) => floorMod(g, a, b),
  BitwiseAnd: (g, { a, b }: Binary) => g.elementwise('BitwiseAnd', [a, b]),
  Neg: (g, { x }: Unary) => g.elementwise('Neg', [x]),
  Abs: (g, { x }: Unary) => g.elementwise('Abs', [x]),
  Sign: (g, { x }: Unary) => g.elementwise('Sign', [x]),
  Square: (g, { x }: Unary) => g.elementwise('Mul', [x, x]),
};

/**
 * An int32, also of floats, as in TF.js. It is computed in float64, as there: exact of integers, right where a quotient of float32
 * would round up to the next integer, and a zero divisor is no hardware trap.
 */
function floorDiv(g: Graph, a: Value, b: Value): Value {
  return g.toInt32(
    g.elementwise('Floor', [g.elementwise('Div', [g.cast(a, 'double'), g.cast(b, 'double')])]),
  );
}

/** The remainder has the sign of the divisor, as in TF.js; computed in float64 for the same reasons as above. */
function floorMod(g: Graph, a: Value, b: Value): Value {
  const isFmod = { fmod: 1 };
  const [p, q] = [g.cast(a, 'double'), g.cast(b, 'double')];
  const remainder = g.elementwise('Mod', [p, q], 'double', isFmod);
  const isNegative = (x: Value) => g.elementwise('Less', [x, double(g, 0)], 'bool');
  const differ = g.elementwise('Xor', [isNegative(p), isNegative(q)]);
  const shifted = g.elementwise('Mod', [g.elementwise('Add', [remainder, q]), q], 'double', isFmod);
  const found = g.where(differ, shifted, remainder);
  return a.type === 'int32' ? g.toInt32(found) : g.cast(found, a.type);
}

/** As in JavaScript: integers wrap around, and ±1 to the power of NaN or an infinity is NaN. */
function power(g: Graph, a: Value, b: Value): Value {
  if (a.type === 'int32') {
    const result = g.elementwise('Pow', [g.cast(a, 'double'), g.cast(b, 'double')]);
    const turns = g.elementwise('Floor', [
      g.elementwise('Div', [g.elementwise('Add', [result, double(g, 2 ** 31)]), double(g, 2 ** 32)]),
    ]);
    return g.toInt32(g.elementwise('Sub', [result, g.elementwise('Mul', [turns, double(g, 2 ** 32)])]));
  }
  const result = g.elementwise('Pow', [a, b]);
  const known = (b.broadcastOf ?? b).constant;
  if (known?.every((x: number | bigint) => Number.isFinite(Number(x)))) return result;
  const isUnit = g.elementwise('Equal', [g.elementwise('Abs', [a]), g.float(1)], 'bool');
  const isFinite = g.elementwise('Less', [g.elementwise('Abs', [b]), g.float(Infinity)], 'bool');
  return g.where(g.elementwise('And', [isUnit, g.elementwise('Not', [isFinite])]), g.float(NaN), result);
}

function double(g: Graph, value: number): Value {
  return g.constant(Float64Array.of(value), 'double', []);
}
