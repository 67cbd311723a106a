/** A trained implicit model as one `.onnx` file that holds the whole solve. */
import * as tf from '@tensorflow/tfjs';
import {
  compile,
  type CompileOptions,
  constant,
  type HostArray,
  leavesWithPaths,
  mapTree,
  type MapTree,
  type Precision,
  ShapeError,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import type { Solver } from '../solvers/contract.ts';
import { type LoopOptions, solveTraced } from '../solvers/fixed-point-loop.ts';
import { picard } from '../solvers/picard.ts';
import type { Json } from '../checkpoints/strict-json.ts';
import { cardMetadata } from './onnx-metadata.ts';

/** What is exported. */
export type OnnxSource<P extends TensorTree, Z extends TensorTree, X extends TensorTree> = {
  readonly operator: Pick<ImplicitOperator<P, Z, X>, 'name' | 'initialState' | 'apply'>;
  /** The trained parameters, tensors or host arrays (of `Float64Array` for float64); embedded as constants. Borrowed. */
  readonly params: MapTree<P, tf.Tensor, tf.Tensor | HostArray>;
  /** The specs of an input, batch included. */
  readonly x: MapTree<X, tf.Tensor, TensorSpec>;
  /** The answer in a state, TF.js ops; default the state itself. */
  readonly decode?: (params: P, z: Z, x: X) => TensorTree;
};

/** How the exported model solves, and what it says of itself. */
export type OnnxOptions<Z extends TensorTree> = LoopOptions<Z> &
  Pick<CompileOptions, 'precision'> & {
    /** Default undamped Picard. */
    readonly solver?: Solver<Z>;
    /** What a reader of the file should know: data, seed, commit, metrics, licence. Default nothing. */
    readonly card?: Readonly<Record<string, Json>>;
  };

/**
 * Exports an implicit model: start, loop, stop rule, re-check and answer as one ONNX graph with the weights inside, for
 * onnxruntime-node, onnxruntime-web, Python, C++.
 *
 * - Inputs: `x`, or `x.name` for each leaf of a tree. All lengths are fixed, the batch too: export a model for each batch size.
 * - Outputs: `answer`, or `answer.name` for each leaf; for each sample `status` (int32: an index into the card's `verdicts`),
 *   `residual`, `steps` and `evaluations` as of {@link LoopOutcome}. A sample that did not converge has an answer all the same: read
 *   `status`.
 * - Opset 18, no operators of anyone's own; the model card is in the metadata, which {@link describeOnnx} reads back.
 *
 * Sums may be added up in another order by another runtime: answers agree to rounding, and a sample whose residual is at the tolerance to
 * rounding may end a step later. The graph was loaded once by ONNX Runtime on this machine before it is returned.
 *
 * @param source - the operator, its parameters, the form of an input, and optionally how a state becomes an answer.
 * @param options - solver, stop rule and verdicts as in `solve`; `precision` as in `compile`; the card.
 * @returns the bytes of the file.
 * @throws {ShapeError} if a length of `x` is not known; {DataError} if the card is not JSON; what `compile` and {@link solveTraced} throw.
 * @example
 * const half = { name: 'half', initialState: tf.zerosLike, apply: (_: object, z: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(z, 0.5), x) };
 * const model = await exportOnnx({ operator: half, params: {}, x: spec([1, 2]) }, { maxSteps: 50 });
 */
export async function exportOnnx<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  source: OnnxSource<P, Z, X>,
  options: OnnxOptions<Z>,
): Promise<Uint8Array> {
  const { operator, decode = (_params: P, z: Z): TensorTree => z } = source;
  const { solver = picard<Z>(), card = {}, precision = 'float32', ...loop } = options;
  assertFixed(source.x);
  const params = hostParams(source.params, precision);
  const compiled = await compile(
    (given: unknown) => {
      const x = given as X;
      const embedded = mapTree<HostArray, tf.Tensor>(params, (array) => constant(array)) as P;
      const step = (z: Z): Z => operator.apply(embedded, z, x);
      const solved = solveTraced(step, operator.initialState(x), solver, loop);
      const { value, status, residual, steps, evaluations } = solved;
      return { answer: decode(embedded, value, x), status, residual, steps, evaluations };
    },
    [source.x as Tree<TensorSpec>],
    {
      names: ['x'],
      outputName: '',
      precision,
      metadata: cardMetadata(card, { operator: operator.name, solver: solver.name, loop }),
    },
  );
  await compiled.dispose();
  return compiled.model;
}

/** JavaScript callers may write null or −1 for a batch of any size. */
function assertFixed(x: Tree<TensorSpec>): void {
  for (const { path, leaf } of leavesWithPaths<TensorSpec>(x)) {
    const shape = (leaf as Partial<TensorSpec> | undefined)?.shape ?? [null];
    if (shape.every((length) => Number.isInteger(length) && Number(length) >= 0)) continue;
    throw new ShapeError(
      `exportOnnx: every length of x must be known, the batch too; got [${shape.map(String).join(', ')}] at '${['x', path].filter(Boolean).join('.')}'. ` +
        'Export one model for each batch size.',
    );
  }
}

/** Values, since tensors of an eager back end are float32. */
function hostParams(params: Tree<tf.Tensor | HostArray>, precision: Precision): Tree<HostArray> {
  return mapTree<tf.Tensor | HostArray, HostArray>(params, (leaf) => {
    if (!(leaf instanceof tf.Tensor)) return leaf;
    const { shape, dtype } = leaf;
    const data = leaf.dataSync();
    // Exact: float64 holds every float32, but only the digits that float32 kept.
    const isWidened = dtype === 'float32' && precision === 'float64';
    return { data: isWidened ? Float64Array.from(data) : data, shape };
  });
}
