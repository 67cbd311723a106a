/** How much answers change with the program: of methods along their evaluations, and of the exact solution map. */

import { setImmediate } from 'node:timers/promises';
import { ShapeError } from '@equilibria/compile';
import {
  bootstrapOfMean,
  fold,
  fromSeed,
  type Interval,
  type Key,
  type MethodContext,
  type Snapshot,
  type Solving,
  summarize,
} from '@equilibria/core';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';
import {
  LIPSCHITZ_SCHEMA,
  type LipschitzLook,
  type LipschitzStudy,
  type MethodStudy,
  type PerturbationStudy,
  type RegularityLook,
  spreadOf,
} from './lipschitz-record.ts';
import { CHANGE_NORM, programPerturbations } from './perturbations.ts';
import type { Regularity } from './regularity-along.ts';
import { createSolutionMap, isSameBasis, type SolutionMap, type Vertex } from './solution-map.ts';

/** A method, and where to look at it. */
export type StudiedMethod = {
  readonly name: string;
  /** The most evaluations in training; null where nothing was trained. */
  readonly trainingDepth: number | null;
  /** Increasing; 0 is before any evaluation. */
  readonly evaluations: readonly number[];
  /** In float64: in float32 a change of 1e-4 is lost in rounding. Not disposed. */
  readonly solving: Pick<Solving<Minimization>, 'iterate'>;
  /** How regular its operator is along the iterates; see `regularityAlong`. */
  readonly regularity?: (programs: readonly Minimization[], key: Key) => Promise<readonly Regularity[]>;
};

/** How a study is run. */
export type LipschitzStudyOptions = {
  /** Root of all random numbers; default 0. */
  readonly seed?: number;
  /** Programs answered at once; default 128. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  /** Called with the share of the whole that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
};

/**
 * Changes every program in each of the five {@link programPerturbations}, answers it again, and relates the change of the answer to that
 * of the program: `‖ŷ_t(p + Δp) − ŷ_t(p)‖₂/‖Δp‖₂`, for each method after each of its evaluations, and beside it, as the ceiling, the
 * ratio of the exact solutions. All methods and HiGHS see the very same pairs.
 *
 * One pair a program and perturbation. Ratios of random directions bound the local Lipschitz constants from below. Those of HiGHS have an
 * error of about 1e-6, its tolerance over the size of the change.
 *
 * @param programs - at least one; each with an optimum, which should be the only one, and with finite entries in all five parts.
 * @throws {RangeError} if there is no program, or one without an optimum.
 * @throws {ShapeError} if a method gives another number of snapshots or answers than it should.
 * @throws the signal's reason once it is aborted.
 */
export async function lipschitzStudy(
  programs: readonly Minimization[],
  methods: readonly StudiedMethod[],
  options: LipschitzStudyOptions = {},
): Promise<LipschitzStudy> {
  const { seed = 0, batch = 128, signal, onProgress } = options;
  if (programs.length === 0) throw new RangeError('lipschitzStudy: needs at least one program; got none.');
  const key = fold(fromSeed(seed), 'lipschitz');
  const passes = methods.length * Math.ceil(programs.length / batch) * (1 + programPerturbations.length);
  let done = 0;
  const pause = async (): Promise<void> => {
    done += 1;
    onProgress?.(done / (passes + 1));
    await setImmediate(); // Lets signals and progress through: computing blocks the event loop.
    signal?.throwIfAborted();
  };
  const changed = await changeAll(programs, fold(key, 'perturbation'));
  await pause();
  const intervalOf = intervals(fold(key, 'bootstrap'));
  const studies: MethodStudy[] = [];
  for (const method of methods) {
    const context = { key: fold(fold(key, 'method'), method.name), ...(signal && { signal }) };
    const along = await follow(method, { programs, changed, batch, context, intervalOf, pause });
    const regularity = (await method.regularity?.(programs, fold(context.key, 'regularity'))) ?? [];
    studies.push({
      name: method.name,
      trainingDepth: method.trainingDepth,
      along,
      regularity: regularity.map((look) => regularityLook(look, intervalOf)),
    });
  }
  return {
    schema: LIPSCHITZ_SCHEMA,
    seed,
    programs: programs.length,
    changeNorm: CHANGE_NORM,
    perturbations: changed.map((pairs) => exactStudy(pairs, intervalOf)),
    methods: studies,
  };
}

/** A program after a change. */
type Changed = {
  readonly lp: Minimization;
  /** Norm of the change. */
  readonly size: number;
  /** Of the exact solution map; null if there is no optimum any more. */
  readonly exact: { readonly ratio: number; readonly isSameBasis: boolean } | null;
};

/** All programs, in order, after one kind of change. */
type ChangedPrograms = { readonly name: string; readonly pairs: readonly Changed[] };

async function changeAll(programs: readonly Minimization[], key: Key): Promise<ChangedPrograms[]> {
  const solve = await createSolutionMap();
  const vertices = programs.map((lp, i) => {
    const vertex = solve(lp);
    if (vertex !== undefined) return vertex;
    throw new RangeError(`lipschitzStudy: every program must have an optimum; got none of number ${i}.`);
  });
  return programPerturbations.map(({ name, perturb }) => ({
    name,
    pairs: programs.map((lp, i): Changed => {
      const { problem, size } = perturb(lp, fold(fold(key, name), i));
      return { lp: problem, size, exact: exactChange(solve, { lp, vertex: vertices[i]! }, problem, size) };
    }),
  }));
}

function exactChange(
  solve: SolutionMap,
  { lp, vertex }: { readonly lp: Minimization; readonly vertex: Vertex },
  changed: Minimization,
  size: number,
): Changed['exact'] {
  // From the old basis: what comes back differs from it only if it is no longer optimal.
  const moved = solve(changed, vertex.basis);
  if (moved === undefined) return null;
  return {
    ratio: distance(moved.x, vertex.x) / size,
    isSameBasis: isSameBasis(lp, moved.basis, vertex.basis),
  };
}

type IntervalOf = (values: Float64Array) => Interval;

/** Samples of one size are resampled alike. */
function intervals(key: Key): IntervalOf {
  const bySize = new Map<number, IntervalOf>();
  return (values) => {
    const known = bySize.get(values.length) ?? bootstrapOfMean(values.length, key);
    bySize.set(values.length, known);
    return known(values);
  };
}

function exactStudy({ name, pairs }: ChangedPrograms, intervalOf: IntervalOf): PerturbationStudy {
  const solved = pairs.flatMap(({ exact }) => (exact === null ? [] : [exact]));
  const kept = solved.filter((exact) => exact.isSameBasis);
  const ratios = (of: typeof solved): Float64Array => Float64Array.from(of, ({ ratio }) => ratio);
  return {
    name,
    unsolved: pairs.length - solved.length,
    exact: spreadOf(ratios(solved), intervalOf),
    changedBasis: solved.length - kept.length,
    exactInBasis: spreadOf(ratios(kept), intervalOf),
  };
}

function regularityLook(
  { evaluations, residual, contraction, rate }: Regularity,
  intervalOf: IntervalOf,
): RegularityLook {
  return {
    evaluations,
    residual: spreadOf(residual, intervalOf),
    contraction: spreadOf(contraction, intervalOf),
    rate: spreadOf(rate, intervalOf),
  };
}

type Following = {
  readonly programs: readonly Minimization[];
  readonly changed: readonly ChangedPrograms[];
  readonly batch: number;
  readonly context: MethodContext;
  readonly intervalOf: IntervalOf;
  readonly pause: () => Promise<void>;
};

/** Looks at a method's answers to all pairs, batch by batch, so that few answers are held at a time. */
async function follow(
  { name, solving, evaluations }: StudiedMethod,
  { programs, changed, batch, context, intervalOf, pause }: Following,
): Promise<LipschitzLook[]> {
  const pass = async (of: readonly Minimization[]): Promise<readonly Snapshot[]> => {
    const snapshots = await solving.iterate(of, evaluations, context);
    await pause();
    if (
      snapshots.length === evaluations.length &&
      snapshots.every(({ answers }) => answers.length === of.length)
    )
      return snapshots;
    throw new ShapeError(
      `lipschitzStudy: ${name} must give ${evaluations.length} snapshots of ${of.length} answers; got ` +
        `${snapshots.length} of ${snapshots[0]?.answers.length ?? 0}.`,
    );
  };
  const residuals = evaluations.map((): number[] => []);
  const ratios = evaluations.map(() => changed.map((): number[] => []));
  for (let first = 0; first < programs.length; first += batch) {
    const base = await pass(programs.slice(first, first + batch));
    base.forEach((snapshot, t) => residuals[t]!.push(...(snapshot.residuals ?? [])));
    for (const [k, { pairs }] of changed.entries()) {
      // Also those without an optimum, so that all batches have one size and one compilation.
      const block = pairs.slice(first, first + batch);
      const moved = await pass(block.map(({ lp }) => lp));
      base.forEach(({ answers }, t) => {
        const of = block.map(({ size }, i) => distance(moved[t]!.answers[i]!, answers[i]!) / size);
        ratios[t]![k]!.push(...of.filter((_, i) => block[i]!.exact !== null));
      });
    }
  }
  return evaluations.map((count, t) => {
    const { mean, failures } = summarize(residuals[t]!, 'lower');
    return {
      evaluations: count,
      residual: failures === 0 ? mean : null,
      lipschitz: ratios[t]!.map((values) => spreadOf(Float64Array.from(values), intervalOf)),
    };
  });
}

function distance(a: Float64Array, b: Float64Array): number {
  return norm(a.map((value, j) => value - b[j]!));
}
