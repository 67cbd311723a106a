/** Is an operator regular where it is used? A report with a row for each sample, and findings in words. */
import type * as tf from '@tensorflow/tfjs';
import {
  compile,
  disposeTree,
  leaves,
  mapTree,
  type Precision,
  type HostArray,
  specsOf,
  type TensorTree,
  type Tree,
  unflatten,
} from '@equilibria/compile';
import { finiteOrNull } from '../evaluation/statistics.ts';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { fold, type Key } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { type Verdict, VERDICTS } from '../solvers/verdict.ts';
import { fitGrowth, GROWTH_RADII } from './input-growth.ts';
import { type MeasuredRegularity, type MeasureOptions, measureRegularity } from './measure-regularity.ts';
import { regularityFindings, type RegularityReport, type SampleRegularity } from './regularity-report.ts';

/** Options of {@link checkRegularity}. */
export type CheckRegularityOptions<Z extends TensorTree> = MeasureOptions<Z> & {
  /** Random key of the directions that the estimates start from, and of the bootstrap. */
  readonly key: Key;
  /** Whether solve and estimates are compiled to one graph; default true. Else they run eagerly on TF.js's backend. */
  readonly compiled?: boolean;
  /** Of the compiled graph; default 'float32'. */
  readonly precision?: Precision;
};

/**
 * Measures at given inputs what the theory of regular operators asks: whether `G` contracts in `z` at the fixed points, whether its
 * Lipschitz constant in `x` grows at most linearly in `‖z‖`, and how the sensitivity that Theorem 2.5 allows compares with the measured one.
 *
 * Measurements at some points, estimated from below: they can refute regularity, never prove it. Run outside `tf.tidy`: it awaits.
 *
 * @param operator - see {@link ImplicitOperator}.
 * @param samples.params - its parameters. Borrowed.
 * @param samples.x - a batch of inputs. Borrowed.
 * @param options.maxSteps - of the solve; default 1000. A sample that is not solved is said so, and has no bound and no sensitivity.
 * @throws {RangeError} if there is no sample.
 * @throws as {@link measureRegularity}, and what `compile` throws.
 * @see Liu et al., Implicit Models: Expressive Power Scales with Test-Time Compute (2026), theorem 2.5.
 */
export async function checkRegularity<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'name' | 'initialState' | 'apply'>,
  samples: { readonly params: P; readonly x: X },
  options: CheckRegularityOptions<Z>,
): Promise<RegularityReport> {
  const { key, compiled = true, precision = 'float32', ...rest } = options;
  const { radii = GROWTH_RADII } = rest;
  const { params, x } = samples;
  const batch = leaves<tf.Tensor>(x)[0]?.shape[0] ?? 0;
  if (batch === 0) throw new RangeError('checkRegularity: needs at least one sample; got none.');
  const z0 = operator.initialState(x);
  const start = { z: directions(z0, fold(key, 'z')), x: directions(x, fold(key, 'x')) };
  disposeTree(z0);
  try {
    const all = { params, x, start };
    const measured = compiled
      ? await measureCompiled(operator, all, { ...rest, precision })
      : await measureEagerly(operator, all, rest);
    const rows = rowsOf(measured, batch);
    const growth = { radii, ...fitGrowth(radii, measured.growth, { key }) };
    const report = { operator: operator.name, samples: rows, growth };
    return { ...report, findings: regularityFindings(report) };
  } finally {
    disposeTree(start);
  }
}

/** The measurements on the host. */
type Measured = { readonly [name in keyof MeasuredRegularity]: ArrayLike<number> };

type All<P, Z, X> = {
  readonly params: P;
  readonly x: X;
  readonly start: { readonly z: Z; readonly x: X };
};

async function measureCompiled<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'initialState' | 'apply'>,
  all: All<P, Z, X>,
  { precision, ...options }: MeasureOptions<Z> & { readonly precision: Precision },
): Promise<Measured> {
  const graph = await compile(
    (given: unknown) => measureRegularity(operator, given as All<P, Z, X>, options),
    [specsOf(all as TensorTree)],
    { precision },
  );
  try {
    const given = precision === 'float64' ? await widened(all) : all;
    const arrays = await graph.runArrays(given);
    return mapTree<HostArray, ArrayLike<number>>(arrays, ({ data }) => data) as Measured;
  } finally {
    await graph.dispose();
  }
}

/** TF.js has no float64: tensors go in as host arrays. */
async function widened(tree: TensorTree): Promise<Tree<HostArray>> {
  const arrays = leaves<tf.Tensor>(tree).map(async (leaf): Promise<HostArray> => {
    const data = await leaf.data();
    return { data: leaf.dtype === 'float32' ? Float64Array.from(data) : data, shape: leaf.shape };
  });
  return unflatten<HostArray>(tree, await Promise.all(arrays));
}

async function measureEagerly<P extends TensorTree, Z extends TensorTree, X extends TensorTree>(
  operator: Pick<ImplicitOperator<P, Z, X>, 'initialState' | 'apply'>,
  all: All<P, Z, X>,
  options: MeasureOptions<Z>,
): Promise<Measured> {
  const tensors = measureRegularity(operator, all, options);
  try {
    const values = await Promise.all(leaves<tf.Tensor>(tensors).map((tensor) => tensor.data()));
    return unflatten<ArrayLike<number>>(tensors, values) as Measured;
  } finally {
    disposeTree(tensors);
  }
}

function rowsOf(measured: Measured, batch: number): SampleRegularity[] {
  return Array.from({ length: batch }, (_, i) => {
    const at = (name: keyof Measured): number | null => finiteOrNull(measured[name][i]!);
    const status = VERDICTS[measured.status[i]!] as Verdict;
    const isSolved = status === 'converged';
    return {
      status,
      residual: at('residual'),
      steps: measured.steps[i]!,
      stateNorm: at('stateNorm'),
      contraction: at('contraction'),
      rate: at('rate'),
      inputLipschitz: at('inputLipschitz'),
      bound: isSolved ? at('bound') : null,
      sensitivity: isSolved ? at('sensitivity') : null,
      error: at('error'),
    };
  });
}

function directions<T extends TensorTree>(like: T, key: Key): T {
  let leaf = 0;
  return mapTree<tf.Tensor, tf.Tensor>(like, ({ shape }) => toTensor(normal(fold(key, leaf++), shape))) as T;
}
