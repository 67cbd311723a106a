/** Which equilibria a map has, as far as many starts find them. */
import * as tf from '@tensorflow/tfjs';
import { disposeTree, mapTensors, type TensorTree, tidyTree } from '@equilibria/compile';
import { spectralRadius } from '../lipschitz/jacobian-norm.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { fromRows } from '../solvers/sample-rows.ts';
import type { Solver } from '../solvers/contract.ts';
import type { SolveOptions } from '../solvers/solve.ts';
import type { Verdict } from '../solvers/verdict.ts';
import { isNear, type Nearness, nearnessOf, type SolvedPoints, solvePoints } from './solved-points.ts';
import type { Starts } from './starts.ts';

/** Options of {@link equilibria}: those of the solves, the starts, and what to find out about the points. */
export type EquilibriaOptions<Z extends TensorTree> = SolveOptions<Z> & {
  /** Beside `z0`; for example {@link randomStarts}. */
  readonly starts: Starts<Z>;
  readonly nearness?: Nearness;
  /** Power steps of the spectral radius at each point, default 20; `false` for maps that TF.js cannot differentiate. */
  readonly stability?: { readonly steps?: number } | false;
};

/** A point at which solves ended. */
export type Equilibrium = {
  /** Of the solve with the smallest residual: the numbers of all leaves, end to end. */
  readonly point: Float64Array;
  /** Starts from which it was reached. */
  readonly count: number;
  /** `‖f(z) − z‖₂` at `point`. */
  readonly residual: number;
  /** Of `∂f/∂z` at `point`, see {@link spectralRadius}; null if not asked for. */
  readonly spectralRadius: number | null;
  /** Whether Picard iteration returns to it from nearby: decided where the radius differs from 1 by more than its error. */
  readonly stability: 'stable' | 'unstable' | 'undecided';
};

/** What was found for one sample. */
export type SampleEquilibria = {
  /** `none` if no solve converged; `one` is no proof that there are no others. */
  readonly verdict: 'none' | 'one' | 'several';
  /** The one reached most often first. */
  readonly found: readonly Equilibrium[];
  /** How the solves ended: from `z0`, then from each of the starts. */
  readonly statuses: readonly Verdict[];
};

/**
 * Solves from many starts and tells the distinct points apart at which solves converged, for each sample. Points count as one if they
 * are near (see {@link Nearness}) to the one among them with the smallest residual.
 *
 * The spectral radii come from power iterations that start in fixed directions.
 *
 * @param f - the map with its input and parameters captured.
 * @param z0 - the usual start. Borrowed.
 * @returns one entry a sample: plain numbers, no tensors.
 * @throws what {@link solve} and the starts throw; {RangeError} if an option is out of its range.
 */
export async function equilibria<Z extends TensorTree>(
  f: (z: Z) => Z,
  z0: Z,
  solver: Solver<Z>,
  options: EquilibriaOptions<Z>,
): Promise<readonly SampleEquilibria[]> {
  const { starts, nearness, stability = {}, ...solving } = options;
  const near = nearnessOf('equilibria', nearness);
  const { used: further = [], ...usual } = await solvePoints(f, z0, solver, {
    ...solving,
    use: (solved) => starts(z0, solved),
  });
  const solves: SolvedPoints[] = [usual];
  try {
    for (const start of further) solves.push(await solvePoints(f, start, solver, solving));
  } finally {
    for (const start of further) disposeTree(start);
  }
  const groups = usual.points.map((_, sample) => grouped(solves, sample, near));
  const radii = stability === false ? [] : await radiiAt(f, { z0, groups, usual }, stability.steps ?? 20);
  return groups.map((found, sample) => ({
    verdict: found.length === 0 ? 'none' : found.length === 1 ? 'one' : 'several',
    found: found.map((group, k) => ({ ...group, ...stabilityOf(radii[k]?.[sample]) })),
    statuses: solves.map(({ status }) => status[sample]!),
  }));
}

type Group = Pick<Equilibrium, 'point' | 'count' | 'residual'>;

/** The points that converged, by residual: each joins the first group to which it is near, or begins one. */
function grouped(
  solves: readonly SolvedPoints[],
  sample: number,
  near: Required<Nearness>,
): readonly Group[] {
  const groups: Group[] = [];
  const converged = solves
    .filter(({ status }) => status[sample] === 'converged')
    .map(({ points, residual }) => ({ point: points[sample]!, residual: residual[sample]! }))
    .toSorted((a, b) => a.residual - b.residual);
  for (const { point, residual } of converged) {
    const at = groups.findIndex((group) => isNear(group.point, point, near));
    if (at < 0) groups.push({ point, residual, count: 1 });
    else groups[at] = { ...groups[at]!, count: groups[at]!.count + 1 };
  }
  return groups.toSorted((a, b) => b.count - a.count);
}

type Radius = { readonly value: number; readonly error: number };

/** `[k][sample]`: the radius at the `k`-th point of each sample; of a sample with fewer points, of where its first solve ended. */
async function radiiAt<Z extends TensorTree>(
  f: (z: Z) => Z,
  at: { readonly z0: Z; readonly groups: readonly (readonly Group[])[]; readonly usual: SolvedPoints },
  steps: number,
): Promise<Radius[][]> {
  const most = Math.max(...at.groups.map((found) => found.length));
  const radii: Radius[][] = [];
  for (let k = 0; k < most; k++) {
    const points = at.groups.map((found, sample) => found[k]?.point ?? at.usual.points[sample]!);
    const estimate = tidyTree(() => {
      const z = fromRows(at.z0, tf.tensor2d(points.map((point) => Array.from(point))));
      const direction = mapTensors(z, (leaf, path) =>
        toTensor(normal(fold(fold(fromSeed(0), 'equilibria'), path), leaf.shape)),
      );
      return spectralRadius(f, z, direction, { steps });
    });
    const [value, error] = [await estimate.value.data(), await estimate.error.data()];
    disposeTree(estimate);
    radii.push(points.map((_, sample) => ({ value: value[sample]!, error: error[sample]! })));
  }
  return radii;
}

function stabilityOf(radius: Radius | undefined): Pick<Equilibrium, 'spectralRadius' | 'stability'> {
  if (radius === undefined) return { spectralRadius: null, stability: 'undecided' };
  const { value, error } = radius;
  if (value * (1 + error) < 1) return { spectralRadius: value, stability: 'stable' };
  return { spectralRadius: value, stability: value * (1 - error) > 1 ? 'unstable' : 'undecided' };
}
