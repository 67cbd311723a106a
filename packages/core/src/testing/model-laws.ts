/** Laws of models: what a package's tests can say of its own operator in one line. */
import type { TensorTree } from '@equilibria/compile';
import { equilibria, type EquilibriaOptions } from '../properties/equilibria.ts';
import { pathIndependence, type PathIndependenceOptions } from '../properties/path-independence.ts';
import { solvedStaysSolved, type StaysSolvedOptions } from '../properties/solved-stays-solved.ts';
import type { Solver } from '../solvers/contract.ts';

/**
 * Holds if every sample is path-independent; see {@link pathIndependence}.
 * @throws {Error} naming the first sample that is not, and where its solves ended.
 */
export async function expectPathIndependence<Z extends TensorTree>(
  f: (z: Z) => Z,
  z0: Z,
  solver: Solver<Z>,
  options: PathIndependenceOptions<Z>,
): Promise<void> {
  const { verdict, status, statuses, distance } = await pathIndependence(f, z0, solver, options);
  const sample = verdict.findIndex((each) => each !== 'path-independent');
  if (sample < 0) return;
  const ends = statuses.map((row, j) => `${row[sample]} ${distance[j]![sample]} away from start ${j}`);
  throw new Error(
    `expectPathIndependence: every sample must be path-independent; sample ${sample} is ${verdict[sample]}: ` +
      `${status[sample]} from z0, ${ends.join(', ')}.`,
  );
}

/**
 * Holds if every sample of an answer stays where it is when the map is applied on; see {@link solvedStaysSolved}.
 * @throws {Error} naming the first sample that does not, and how far it went.
 */
export async function expectSolvedStaysSolved<Z extends TensorTree>(
  f: (z: Z) => Z,
  z: Z,
  options: StaysSolvedOptions = {},
): Promise<void> {
  const { verdict, largest } = await solvedStaysSolved(f, z, options);
  const sample = verdict.findIndex((each) => each !== 'stays');
  if (sample < 0) return;
  throw new Error(
    `expectSolvedStaysSolved: every sample must stay where it is; sample ${sample} ` +
      `is '${verdict[sample]}' and went ${largest[sample]} away.`,
  );
}

/**
 * Holds if every sample has one equilibrium among those found, and it is not unstable; see {@link equilibria}.
 * @throws {Error} naming the first sample of which that is not so, and what was found.
 */
export async function expectOneEquilibrium<Z extends TensorTree>(
  f: (z: Z) => Z,
  z0: Z,
  solver: Solver<Z>,
  options: EquilibriaOptions<Z>,
): Promise<void> {
  const samples = await equilibria(f, z0, solver, options);
  const sample = samples.findIndex(
    ({ verdict, found }) => verdict !== 'one' || found[0]!.stability === 'unstable',
  );
  if (sample < 0) return;
  const { found, statuses } = samples[sample]!;
  const points = found.map(({ count, stability }) => `a ${stability} one from ${count}`);
  throw new Error(
    `expectOneEquilibrium: every sample must have one equilibrium; of ${statuses.length} starts, sample ${sample} ` +
      `reached ${points.length === 0 ? 'none' : points.join(', ')}.`,
  );
}
