/** Comparisons, logic, selection and casts. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { type Binary, type Lowerings, typeOf, type Unary } from './lowering.ts';

const comparison =
  (op: string) =>
  (g: Graph, { a, b }: Binary): Value =>
    g.elementwise(op, [ordered(g, a), ordered(g, b)], 'bool');

const logical =
  (op: string) =>
  (g: Graph, { a, b }: Binary): Value =>
    g.elementwise(op, [g.cast(a, 'bool'), g.cast(b, 'bool')], 'bool');

export const logic: Lowerings = {
  Equal: comparison('Equal'),
  NotEqual: (g, { a, b }: Binary) =>
    g.elementwise('Not', [g.elementwise('Equal', [ordered(g, a), ordered(g, b)], 'bool')]),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalNot: (g, { x }: Unary) => g.elementwise('Not', [g.cast(x, 'bool')], 'bool'),
  IsNan: (g, { x }: Unary) => g.elementwise('IsNaN', [toFloat(g, x)], 'bool'),
  IsInf: (g, { x }: Unary) => g.elementwise('Equal', [magnitude(g, x), g.float(Infinity)], 'bool'),
  IsFinite: (g, { x }: Unary) => g.elementwise('Less', [magnitude(g, x), g.float(Infinity)], 'bool'),
  Select: (g, { condition, t, e }: { condition: Value; t: Value; e: Value }) => select(g, condition, t, e),
  Cast: (g, { x }: Unary, { dtype }: { dtype: string }) =>
    dtype === 'int32' ? g.toInt32(x) : g.cast(x, typeOf(g, dtype)),
  Identity: (_g, { x }: Unary) => x,
};

/** ONNX orders numbers only. */
function ordered(g: Graph, x: Value): Value {
  return x.type === 'bool' ? g.cast(x, 'int32') : x;
}

function toFloat(g: Graph, x: Value): Value {
  return g.cast(x, g.floatType);
}

function magnitude(g: Graph, x: Value): Value {
  return g.elementwise('Abs', [toFloat(g, x)]);
}

/** ONNX Runtime's `Where` has no kernel for bool. */
function select(g: Graph, condition: Value, t: Value, e: Value): Value {
  const isTrue = g.cast(condition, 'bool');
  if (t.type !== e.type) {
    const type = [g.floatType, 'int32' as const].find((wider) => t.type === wider || e.type === wider)!;
    return g.where(isTrue, g.cast(t, type), g.cast(e, type));
  }
  if (t.type !== 'bool') return g.where(isTrue, t, e);
  const chosen = g.elementwise('And', [isTrue, t]);
  const other = g.elementwise('And', [g.elementwise('Not', [isTrue]), e]);
  return g.elementwise('Or', [chosen, other]);
}
