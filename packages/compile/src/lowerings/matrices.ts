/** Matrix products. */
import { ShapeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { broadcastShape, isSameShape, shapeText, sizeOf, type Value } from '../graph/value.ts';
import { activate, type Fusion } from './activations.ts';
import type { Binary, Lowerings } from './lowering.ts';

type Transposes = { readonly transposeA?: boolean; readonly transposeB?: boolean };
type Fused = Transposes & Fusion;

export const matrices: Lowerings = {
  BatchMatMul: (g, { a, b }: Binary, { transposeA, transposeB }: Transposes) =>
    matMul(g, a, b, transposeA, transposeB),
  Einsum: (g, inputs: Readonly<Record<string, Value>>, { equation }: { equation: string }) => {
    const tensors = Object.values(inputs);
    const [terms = '', result = ''] = equation.replaceAll(' ', '').split('->');
    const lengths = new Map<string, number>();
    terms.split(',').forEach((term, i) => {
      Array.from(term).forEach((label, axis) => {
        const length = tensors[i]!.shape[axis]!;
        if ((lengths.get(label) ?? length) !== length) {
          const shapes = tensors.map(({ shape }) => shapeText(shape)).join(' and ');
          throw new ShapeError(
            `compile: axes of one letter in '${equation}' must be equally long; '${label}' is not in ${shapes}.`,
          );
        }
        lengths.set(label, length);
      });
    });
    const shape = Array.from(result, (label) => lengths.get(label)!);
    return g.emit('Einsum', tensors, { type: tensors[0]!.type, shape }, { equation: `${terms}->${result}` });
  },
  _FusedMatMul: (
    g,
    { a, b, bias, preluActivationWeights }: Binary & { bias?: Value; preluActivationWeights?: Value },
    { transposeA, transposeB, ...fusion }: Fused,
  ) => {
    const product = matMul(g, a, b, transposeA, transposeB);
    const x = bias === undefined ? product : g.elementwise('Add', [product, bias]);
    return activate(g, x, fusion, preluActivationWeights);
  },
};

/** `Gemm` transposes for free, but only matrices. */
export function matMul(g: Graph, a: Value, b: Value, transposeA = false, transposeB = false): Value {
  const { type } = a;
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  if (a.shape.at(transposeA ? -2 : -1) !== b.shape.at(transposeB ? -1 : -2)) {
    const factor = ({ shape }: Value, isTransposed: boolean) =>
      `${shapeText(shape)}${isTransposed ? ' transposed' : ''}`;
    throw new ShapeError(
      'compile: the columns of the first factor of a matrix product must be as many as the rows of the second; ' +
        `got ${factor(a, transposeA)} and ${factor(b, transposeB)}.`,
    );
  }
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  // ONNX Runtime refuses some products of nothing.
  if (sizeOf(shape) === 0) return g.broadcast(g.scalarLike(a, 0), shape);
  // `Gemm` has no kernel for integers.
  const isFloat = type !== 'int32';
  if (isFloat && (transposeA || transposeB) && a.shape.length === 2 && b.shape.length === 2) {
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return g.emit('Gemm', [a, b], { type, shape }, flags);
  }
  const left = transposeA ? transposeLast(g, a) : a;
  const right = transposeB ? transposeLast(g, b) : b;
  return g.emit('MatMul', broadcasting(left, right), { type, shape });
}

/** Without what only repeats one of the factors, which `MatMul` does by itself. */
function broadcasting(a: Value, b: Value): readonly [Value, Value] {
  const batchOf = (x: Value) => x.shape.slice(0, -2);
  const isEnough = (x: Value, other: Value, source: Value): boolean =>
    isSameShape(x.shape.slice(-2), source.shape.slice(-2)) &&
    isSameShape(broadcastShape(batchOf(source), batchOf(other)), broadcastShape(batchOf(x), batchOf(other)));
  const left = a.broadcastOf !== undefined && isEnough(a, b, a.broadcastOf) ? a.broadcastOf : a;
  const right = b.broadcastOf !== undefined && isEnough(b, left, b.broadcastOf) ? b.broadcastOf : b;
  return [left, right];
}

function transposeLast(g: Graph, x: Value): Value {
  const rank = x.shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return g.transpose(x, perm);
}
