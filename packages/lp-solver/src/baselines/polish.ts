/** Simplex from a predicted basis: what an approximate answer is worth to a real solver. */

import { quantiles } from '@equilibria/core';
import type { Highs } from 'highs';
import { verify } from '../evaluation/verify.ts';
import { asMinimization } from '../problem/linear-program.ts';
import type { Answer, LinearProgram, MethodOptions, Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import { simplex } from './highs.ts';
import { type Basis, predictBasis, type PrimalDualPair } from './predict-basis.ts';
import { claimOf, type HighsRun, type HighsSolver, runOn } from './run-highs.ts';

/** How to polish. */
export type PolishOptions = {
  /** Bound on the three relative errors of `Answer`, dimensionless; default 1e-6. */
  readonly tolerance?: number;
  /** Time after which each run of HiGHS is stopped; default none. */
  readonly timeLimitMs?: number;
  /** Most rounds in which the runs with and without the basis are timed, after one to warm up; default 0: without is not run. */
  readonly rounds?: number;
  /** After this time no further round begins; default 2000. The round to warm up is timed if it is the only one. */
  readonly measuringMs?: number;
  /** What makes a basis of a pair of the minimisation, or null; default `predictBasis`. */
  readonly predict?: (lp: Minimization, pair: PrimalDualPair) => Basis | null;
  /** A runtime to use, of `createHighs`; default a fresh one. Its loading, some 30 ms, is part of no time that is told. */
  readonly highs?: Highs;
};

/** What one way to solve a program takes; times are medians of the rounds. */
export type SimplexEffort = {
  /** Simplex iterations; null where HiGHS gave up. */
  readonly iterations: number | null;
  readonly timeMs: number;
};

/** What came of it. */
export type Polished = {
  /** Verified, in the program's own sense. `evaluations` are simplex iterations; to the effort's time certificates are added. */
  readonly answer: Answer;
  /** Where simplex started: from the predicted basis; or cold, with presolve, since the prediction was of no use. */
  readonly start: 'predicted' | 'cold';
  /** Prediction of the basis included. */
  readonly effort: SimplexEffort;
  /** The part of the effort's time that is the prediction of the basis. */
  readonly basisTimeMs: number;
  /** Simplex without a basis, with presolve and without; null if no rounds were asked for. */
  readonly cold: { readonly presolved: SimplexEffort; readonly plain: SimplexEffort } | null;
};

/** Presolve would make a basis void. */
const plain: HighsSolver = {
  ...simplex,
  options: (options) => ({ ...simplex.options(options), presolve: 'off' }),
};

/**
 * Left the choice (0), HiGHS takes primal simplex from a primal feasible basis and dual simplex from others. On structured programs
 * that took as few iterations as the better of the two, on the average.
 */
const warm: HighsSolver = {
  ...plain,
  options: (options) => ({ ...plain.options(options), simplex_strategy: 0 }),
};

/**
 * Solves `lp` by HiGHS's simplex from the basis that a pair predicts (`predictBasis`), and verifies the answer. Where the pair is null
 * or useless, or HiGHS gives up on the basis, it solves the program as it would without.
 *
 * @param pair - a method's point and multipliers in the program's own sense, as `Answer` holds them. Borrowed.
 * @returns the answer and its effort; failure is the answer's status.
 * @throws {ShapeError} if the pair does not fit the program.
 */
export async function polish(
  lp: LinearProgram,
  pair: PrimalDualPair | null,
  options: PolishOptions = {},
): Promise<Polished> {
  const { tolerance = 1e-6, timeLimitMs = Infinity, rounds = 0, measuringMs = 2000 } = options;
  const { predict = predictBasis } = options;
  const highs = options.highs ?? (await createHighs());
  const minimization = asMinimization(lp);
  const start = pair === null ? null : inMinimization(lp, pair);
  const limits = { tolerance, timeLimitMs, maxEvaluations: Infinity };
  const basis = (): Basis | null => (start === null ? null : predict(minimization, start));
  const ways = {
    polished: () => attempt(highs, minimization, limits, basis),
    presolved: () => timed(() => tryToRun(highs, minimization, simplex, limits)),
    plain: () => timed(() => tryToRun(highs, minimization, plain, limits)),
  };
  const first = ways.polished();
  const polished = [first];
  const cold = { presolved: [] as Timed[], plain: [] as Timed[] };
  const begin = performance.now();
  const isDue = (round: number): boolean =>
    round === 0 ? rounds > 0 : round <= rounds && performance.now() - begin <= measuringMs;
  for (let round = 0; isDue(round); round++) {
    if (round > 0) polished.push(ways.polished());
    cold.presolved.push(ways.presolved());
    cold.plain.push(ways.plain());
  }
  const effort = effortOf(polished);
  return {
    answer: answerOf(highs, lp, first.run, { tolerance, wallTimeMs: effort.timeMs }),
    start: first.start,
    effort,
    basisTimeMs: medianOfRounds(polished.map(({ basisTimeMs }) => basisTimeMs)),
    cold: rounds === 0 ? null : { presolved: effortOf(cold.presolved), plain: effortOf(cold.plain) },
  };
}

/** Parts of iterations and time that a polished solve saved, 1 for all; negative if it took more. */
export type Savings = { readonly iterations: number | null; readonly time: number };

/**
 * Compares with the better of cold with and without presolve, each number with the smaller of the two; null if they were not run, the
 * iterations null if HiGHS gave up. Where cold takes no iteration, each that is made counts as −1.
 */
export function savingsOf({ effort, cold }: Pick<Polished, 'effort' | 'cold'>): Savings | null {
  if (cold === null) return null;
  const counts = [cold.presolved, cold.plain].map(({ iterations }) => iterations ?? Infinity);
  const fewest = Math.min(...counts);
  const time = 1 - effort.timeMs / Math.min(cold.presolved.timeMs, cold.plain.timeMs);
  if (effort.iterations === null || !Number.isFinite(fewest)) return { iterations: null, time };
  return { iterations: (fewest - effort.iterations) / Math.max(1, fewest), time };
}

/** A run, null where HiGHS gave up, and its time. */
type Timed = { readonly run: HighsRun | null; readonly timeMs: number };

type Attempt = Timed & Pick<Polished, 'start' | 'basisTimeMs'>;

/** From the predicted basis, if there is one and HiGHS comes to an end from it; else without. */
function attempt(
  highs: Highs,
  lp: Minimization,
  limits: MethodOptions,
  predict: () => Basis | null,
): Attempt {
  const begin = performance.now();
  const basis = predict();
  const basisTimeMs = performance.now() - begin;
  const fromBasis = basis === null ? null : tryToRun(highs, lp, warm, { ...limits, basis });
  const isDecided = fromBasis !== null && decides(highs, fromBasis);
  const run = isDecided ? fromBasis : tryToRun(highs, lp, simplex, limits);
  return { run, start: isDecided ? 'predicted' : 'cold', basisTimeMs, timeMs: performance.now() - begin };
}

/** HiGHS returns an error where it fails on a basis, as it did on ill-conditioned ones: a reason to go on without. */
function tryToRun(
  highs: Highs,
  lp: Minimization,
  solver: HighsSolver,
  options: MethodOptions & { readonly basis?: Basis },
): HighsRun | null {
  try {
    return runOn(highs, lp, solver, options);
  } catch {
    return null;
  }
}

function decides(highs: Highs, { status }: HighsRun): boolean {
  const { optimal, infeasible, unbounded, unboundedOrInfeasible, timeLimit } = highs.constants.modelStatus;
  return [optimal, infeasible, unbounded, unboundedOrInfeasible, timeLimit].some((code) => code === status);
}

function timed(solve: () => HighsRun | null): Timed {
  const begin = performance.now();
  return { run: solve(), timeMs: performance.now() - begin };
}

function answerOf(
  highs: Highs,
  lp: LinearProgram,
  run: HighsRun | null,
  { tolerance, wallTimeMs }: { readonly tolerance: number; readonly wallTimeMs: number },
): Answer {
  if (run === null) {
    const failed = { claim: 'failed', evaluations: null, message: 'HiGHS gave up' } as const;
    return verify(lp, failed, { tolerance, wallTimeMs });
  }
  const begin = performance.now();
  const claim = claimOf(highs, asMinimization(lp), run.status, run.reading);
  return verify(lp, claim, { tolerance, wallTimeMs: wallTimeMs + performance.now() - begin });
}

/** The pair as the minimisation has it: the multipliers of a maximisation are the derivatives of a maximum. */
function inMinimization(lp: LinearProgram, { x, y }: PrimalDualPair): PrimalDualPair {
  return lp.sense === 'minimize' ? { x, y } : { x, y: y.map((value) => 0 - value) };
}

function effortOf(runs: readonly Timed[]): SimplexEffort {
  return {
    iterations: runs[0]!.run?.reading.evaluations ?? null,
    timeMs: medianOfRounds(runs.map(({ timeMs }) => timeMs)),
  };
}

/** Of all but the first, which warmed up, if there are more. */
function medianOfRounds(times: readonly number[]): number {
  return quantiles(times.length > 1 ? times.slice(1) : times, [0.5])[0] ?? NaN;
}
