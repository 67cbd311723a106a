/** Runs one of HiGHS's solvers and says openly what it said. */

import type { BasisInput, Highs, Model, ModelStatusCode, OptionValue } from 'highs';
import { createHighs } from '../reading/load-highs.ts';
import type { Claim, MethodOptions, Minimization } from '../problem.ts';
import { farkasMultipliers, feasiblePoint, unboundedDirection } from './highs-certificates.ts';
import { toModelData } from './to-model-data.ts';

/** Which of HiGHS's solvers to run, the settings it needs, and where it counts its iterations. */
export type HighsSolver = {
  readonly options: (options: MethodOptions) => Readonly<Record<string, OptionValue>>;
  readonly iterations: string;
};

/** Tolerances below this are refused by HiGHS. */
const SMALLEST_TOLERANCE = 1e-10;

/** The tolerance asked for, in the range that HiGHS allows. */
export function highsTolerance(tolerance: number): number {
  return Math.max(SMALLEST_TOLERANCE, tolerance);
}

/** An iteration limit as HiGHS takes it. */
export function highsLimit(maxEvaluations: number): number {
  return Math.min(2 ** 31 - 1, maxEvaluations);
}

/**
 * Solves with HiGHS, presolve included, and fetches the certificates of infeasible and unbounded programs.
 *
 * How HiGHS's states are told: `optimal`, `infeasible`, `unbounded` and the two limits as they are;
 * `unboundedOrInfeasible` is decided by whether there is a feasible point; everything else (`unknown` among
 * them) is `failed` with the state in the message, and so is a run that throws. Points and multipliers are
 * always passed on, so that `verify` can judge them.
 *
 * Its interior-point and PDLP solvers give no rays, and its simplex not always: certificates are computed
 * by auxiliary linear programs (`highs-certificates.ts`), whose time counts.
 */
export async function runHighs(
  lp: Minimization,
  solver: HighsSolver,
  options: MethodOptions,
): Promise<Claim> {
  const highs = await createHighs();
  try {
    const { status, reading } = runOn(highs, lp, solver, options);
    return claimOf(highs, lp, status, reading);
  } catch (error) {
    return { claim: 'failed', evaluations: null, message: `HiGHS stopped: ${String(error)}` };
  }
}

/** How a run of HiGHS ended, and what it left behind. */
export type HighsRun = { readonly status: ModelStatusCode; readonly reading: Reading };

/**
 * One run on a runtime that is there.
 *
 * @param options.basis - where a simplex method starts; its presolve must be off then. Default: where HiGHS likes.
 * @throws whatever HiGHS throws where it gives up; the runtime should not be used again.
 */
export function runOn(
  highs: Highs,
  lp: Minimization,
  solver: HighsSolver,
  options: MethodOptions & { readonly basis?: BasisInput },
): HighsRun {
  return highs.withModel(toModelData(highs, lp), (model) => {
    model.options.set({ ...commonOptions(options), ...solver.options(options) });
    if (options.basis !== undefined) model.setBasis(options.basis);
    const { modelStatus } = model.run();
    return { status: modelStatus, reading: read(model, solver) };
  });
}

/** What a run of HiGHS left behind. */
export type Reading = { readonly x: Float64Array; readonly y: Float64Array; readonly evaluations: number };

function commonOptions({ timeLimitMs }: MethodOptions): Record<string, OptionValue> {
  return {
    output_flag: false,
    small_matrix_value: 1e-12,
    ...(Number.isFinite(timeLimitMs) ? { time_limit: timeLimitMs / 1000 } : {}),
  };
}

function read(model: Model, solver: HighsSolver): Reading {
  const { colValue, rowDual } = model.getSolution();
  return { x: colValue, y: rowDual, evaluations: Math.max(0, Number(model.info.get(solver.iterations))) };
}

/** What is claimed when HiGHS ends in `status`; certificates are computed where the status needs one. */
export function claimOf(highs: Highs, lp: Minimization, status: ModelStatusCode, reading: Reading): Claim {
  const states = highs.constants.modelStatus;
  switch (status) {
    case states.optimal:
      return { claim: 'optimal', ...reading };
    case states.infeasible:
      return infeasible(highs, lp, reading.evaluations);
    case states.unbounded:
      return unbounded(highs, lp, reading.evaluations);
    case states.unboundedOrInfeasible:
      return undecided(highs, lp, reading.evaluations);
    case states.timeLimit:
      return { claim: 'time-limit', ...reading };
    case states.iterationLimit:
      return { claim: 'iteration-limit', ...reading };
    default: {
      const state = Object.entries(states).find(([, code]) => code === status)?.[0] ?? String(status);
      return { claim: 'failed', ...reading, message: `HiGHS ended in the state ${state}` };
    }
  }
}

function infeasible(highs: Highs, lp: Minimization, evaluations: number): Claim {
  const ray = farkasMultipliers(highs, lp);
  return { claim: 'infeasible', evaluations, ...(ray === undefined ? {} : { ray }) };
}

function unbounded(highs: Highs, lp: Minimization, evaluations: number): Claim {
  const x = feasiblePoint(highs, lp);
  const ray = unboundedDirection(highs, lp);
  return {
    claim: 'unbounded',
    evaluations,
    ...(x === undefined ? {} : { x }),
    ...(ray === undefined ? {} : { ray }),
  };
}

/** HiGHS says "unbounded or infeasible": a feasible point decides, and the certificate is checked later. */
function undecided(highs: Highs, lp: Minimization, evaluations: number): Claim {
  const claim =
    feasiblePoint(highs, lp) === undefined
      ? infeasible(highs, lp, evaluations)
      : unbounded(highs, lp, evaluations);
  return { ...claim, message: 'HiGHS said unbounded or infeasible; a feasibility problem decided' };
}
