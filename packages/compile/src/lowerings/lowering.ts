/** What a lowering is: a TF.js kernel rewritten as ONNX nodes. */
import { DtypeError, ShapeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { OnnxType, Value } from '../graph/value.ts';

/**
 * Emits the nodes that compute a kernel. `inputs` and `attributes` are those TF.js gives the kernel of that name; each
 * lowering annotates the ones it reads.
 */
export type Lowering = (graph: Graph, inputs: never, attributes: never) => Value | readonly Value[];

/** Kernels of one family by TF.js kernel name. */
export type Lowerings = Readonly<Record<string, Lowering>>;

export type Unary = { readonly x: Value };
export type Binary = { readonly a: Value; readonly b: Value };

/**
 * The type that a TF.js dtype has in the graph.
 * @throws {DtypeError} for complex64 and string.
 */
export function typeOf(graph: Graph, dtype: string): OnnxType {
  if (dtype === 'float32') return graph.floatType;
  if (dtype === 'int32' || dtype === 'bool') return dtype;
  throw new DtypeError(
    `compile: tensors must be float32, int32 or bool; got ${dtype}. Carry real and imaginary parts as two tensors.`,
  );
}

/**
 * Axes as non-negative integers; all of them where TF.js means all.
 * @throws {ShapeError} if there is no such axis.
 */
export function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  return (typeof axis === 'number' ? [axis] : axis).map((a) => {
    const at = a < 0 ? a + rank : a;
    if (at >= 0 && at < rank) return at;
    throw new ShapeError(
      `compile: an axis must be from ${-rank} to ${rank - 1} for a tensor of rank ${rank}; got ${a}.`,
    );
  });
}
