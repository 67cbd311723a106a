/** Whether the answer depends on where the iteration starts. */
import { disposeTree, type TensorTree } from '@equilibria/compile';
import type { Solver } from '../solvers/contract.ts';
import type { SolveOptions } from '../solvers/solve.ts';
import type { Verdict } from '../solvers/verdict.ts';
import {
  distanceOf,
  isNear,
  lengthOf,
  type Nearness,
  nearnessOf,
  type SolvedPoints,
  solvePoints,
} from './solved-points.ts';
import { otherSamples, type Starts } from './starts.ts';

/** Options of {@link pathIndependence}: those of the solves, and what to compare. */
export type PathIndependenceOptions<Z extends TensorTree> = SolveOptions<Z> & {
  /** Default {@link otherSamples}`()`, as in the source; of a batch of one sample, take {@link randomStarts}. */
  readonly starts?: Starts<Z>;
  readonly nearness?: Nearness;
};

/** Plain numbers; start `j` is the `j`-th of the further starts. */
export type PathIndependence = {
  /** The AA score: the mean of the alignments that are numbers, in [−1, 1]; null if there are none. */
  readonly score: number | null;
  /** `alignment[j][i]`: the cosine between the points that sample `i` reached from the usual start and from start `j`. */
  readonly alignment: readonly Float64Array[];
  /** `distance[j][i]`: `‖z − z′‖₂` of the same two points. */
  readonly distance: readonly Float64Array[];
  /** Per sample: how the solve from the usual start ended. */
  readonly status: readonly Verdict[];
  /** `statuses[j][i]`: how the solve from start `j` ended. */
  readonly statuses: readonly (readonly Verdict[])[];
  /**
   * Per sample: `path-dependent` if two solves that converged ended at points that are not one (see {@link Nearness}),
   * `path-independent` if all converged and to one point, else `undecided`.
   */
  readonly verdict: readonly ('path-independent' | 'path-dependent' | 'undecided')[];
};

/**
 * Solves from the usual start and from others, and compares where the solves end. Models whose answer does not depend on the start
 * are those that make good use of more iterations at test time.
 *
 * It proves nothing about starts that were not tried. The alignment of two points no longer than `nearness.absolute` is 1, of one such
 * point with a longer one 0; it is NaN where a point is not finite.
 *
 * @param f - the map with its input and parameters captured; see {@link FixedPointMap}.
 * @param z0 - the usual start. Borrowed.
 * @param options - of the solves; the further starts; when two points are one.
 * @returns plain numbers, no tensors.
 * @throws what {@link solve} and the starts throw; {RangeError} if a tolerance is negative or not finite.
 * @see Anil et al., Path Independent Equilibrium Models Can Better Exploit Test-Time Computation (2022), arXiv 2211.09961 (the asymptotic alignment score).
 */
export async function pathIndependence<Z extends TensorTree>(
  f: (z: Z) => Z,
  z0: Z,
  solver: Solver<Z>,
  options: PathIndependenceOptions<Z>,
): Promise<PathIndependence> {
  const { starts = otherSamples<Z>(), nearness, ...solving } = options;
  const near = nearnessOf('pathIndependence', nearness);
  const { used: further = [], ...usual } = await solvePoints(f, z0, solver, {
    ...solving,
    use: (solved) => starts(z0, solved),
  });
  const others: SolvedPoints[] = [];
  try {
    for (const start of further) others.push(await solvePoints(f, start, solver, solving));
  } finally {
    for (const start of further) disposeTree(start);
  }
  const compared = (compare: (a: Float64Array, b: Float64Array) => number): Float64Array[] =>
    others.map(({ points }) => Float64Array.from(usual.points, (point, i) => compare(point, points[i]!)));
  const alignment = compared((a, b) => cosine(a, b, near.absolute));
  return {
    score: meanOf(alignment.flatMap((row) => Array.from(row))),
    alignment,
    distance: compared(distanceOf),
    status: usual.status,
    statuses: others.map(({ status }) => status),
    verdict: usual.points.map((_, i) => verdictOf(usual, others, { sample: i, near })),
  };
}

function verdictOf(
  usual: SolvedPoints,
  others: readonly SolvedPoints[],
  { sample, near }: { readonly sample: number; readonly near: Required<Nearness> },
): PathIndependence['verdict'][number] {
  const all = [usual, ...others];
  const reached = all
    .filter(({ status }) => status[sample] === 'converged')
    .map(({ points }) => points[sample]!);
  if (reached.some((point) => !isNear(point, reached[0]!, near))) return 'path-dependent';
  return reached.length === all.length && others.length > 0 ? 'path-independent' : 'undecided';
}

function cosine(a: Float64Array, b: Float64Array, least: number): number {
  const [first, second] = [lengthOf(a), lengthOf(b)];
  if (first <= least && second <= least) return 1;
  if (first <= least || second <= least) return Number.isFinite(first + second) ? 0 : NaN;
  return a.reduce((sum, x, i) => sum + (x / first) * (b[i]! / second), 0);
}

function meanOf(values: readonly number[]): number | null {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
