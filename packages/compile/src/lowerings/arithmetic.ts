/** Element-wise arithmetic of two or more tensors. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Binary, Lowerings, Unary } from './lowering.ts';

const binary =
  (op: string) =>
  (g: Graph, { a, b }: Binary): Value =>
    g.elementwise(op, [a, b]);

export const arithmetic: Lowerings = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
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

/** An int32, also of floats, as in TF.js. Integers are divided in float64: exact, and a zero divisor is no hardware trap. */
function floorDiv(g: Graph, a: Value, b: Value): Value {
  const isInteger = a.type === 'int32';
  const [p, q] = isInteger ? [g.cast(a, 'double'), g.cast(b, 'double')] : [a, b];
  return g.toInt32(g.elementwise('Floor', [g.elementwise('Div', [p, q])]));
}

/** The remainder has the sign of the divisor, as in TF.js; integers go through float64 for the same reason as above. */
function floorMod(g: Graph, a: Value, b: Value): Value {
  if (a.type === 'int32') {
    return g.toInt32(floorMod(g, g.cast(a, 'double'), g.cast(b, 'double')));
  }
  const isFmod = { fmod: 1 };
  const remainder = g.elementwise('Mod', [a, b], a.type, isFmod);
  const zero = g.constant(a.type === 'double' ? Float64Array.of(0) : Float32Array.of(0), a.type, []);
  const isNegative = (x: Value) => g.elementwise('Less', [x, zero], 'bool');
  const differ = g.elementwise('Xor', [isNegative(a), isNegative(b)]);
  const shifted = g.elementwise('Mod', [g.elementwise('Add', [remainder, b]), b], a.type, isFmod);
  return g.where(differ, shifted, remainder);
}
