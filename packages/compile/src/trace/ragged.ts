/** What a loop collected has as many rows as it ran; anything but an output needs a shape that is known. */
import type { Graph } from '../graph/graph.ts';
import { isSameShape, sizeOf, type Value } from '../graph/value.ts';

/** `x` with its rows filled up with zeros to the bound in its shape. */
export function padRagged(g: Graph, x: Value): Value {
  if (!x.ragged) return x;
  const [bound = 0, ...rest] = x.shape;
  const dimensions = g.emit('Shape', [x], { type: 'int64', shape: [x.shape.length] });
  const rows = g.emit('Slice', [dimensions, g.int64s([0]), g.int64s([1])], { type: 'int64', shape: [1] });
  const missing = g.elementwise('Sub', [g.int64s([bound]), rows]);
  const shape = g.emit(
    'Concat',
    [missing, g.int64s(rest)],
    { type: 'int64', shape: [x.shape.length] },
    { axis: 0 },
  );
  const zero = g.reshape(
    g.scalarLike(x, 0),
    x.shape.map(() => 1),
  );
  const filling = g.emit('Expand', [zero, shape], { type: x.type, shape: x.shape, ragged: true });
  return g.emit('Concat', [x, filling], { type: x.type, shape: x.shape }, { axis: 0 });
}

/** `x` in another shape: still as long as the loop ran where whole rows of `x` become rows, else filled up. */
export function reshapeRagged(g: Graph, x: Value, shape: readonly number[]): Value {
  if (isSameShape(x.shape, shape)) return x;
  const rowsOfRow = sizeOf(x.shape.slice(1)) / sizeOf(shape.slice(1));
  if (!x.ragged || shape.length === 0 || !(Number.isInteger(rowsOfRow) && rowsOfRow > 0)) {
    return g.reshape(padRagged(g, x), shape);
  }
  return g.emit('Reshape', [x, g.int64s([-1, ...shape.slice(1)])], { type: x.type, shape, ragged: true });
}
