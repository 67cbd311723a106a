/** Programs with their optima: what is learned from, and what answers are held against. */

import type { Highs, ModelData } from 'highs';
import { toModelData } from '../baselines/to-model-data.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { multiply, norm } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';

/** A program and its optimum. */
export type LabelledProgram = {
  readonly lp: Minimization;
  /** float64 `[columns]`: the optimal point; of several, that of least norm. */
  readonly x: Float64Array;
  /** float64 `[rows]`: optimal multipliers. */
  readonly y: Float64Array;
  /** Whether strict complementarity proves that there is no other optimal point. */
  readonly isUnique: boolean;
};

/**
 * Labels a program: its optimum, or undefined where there is none, because it is infeasible or unbounded. Throws an {@link Error} if
 * HiGHS ends in another state, or with a point that does not hold the optimality conditions.
 */
export type Labeller = (lp: Minimization) => LabelledProgram | undefined;

/** A multiplier below this counts as zero: the optimum may then not be the only one. */
const ZERO_MULTIPLIER = 1e-7;

/** Labels are held to this: two orders of magnitude below what models are judged by. */
const TOLERANCE = 1e-9;

/** The tightest that HiGHS allows, since labels are the truth here. */
const OPTIONS = {
  output_flag: false,
  primal_feasibility_tolerance: 1e-10,
  dual_feasibility_tolerance: 1e-10,
} as const;

/** A labeller with a runtime of HiGHS of its own, which all its programs share: starting one takes longer than a small program. */
export async function createLabeller(): Promise<Labeller> {
  const highs = await createHighs();
  return (lp) => {
    const solved = solve(highs, toModelData(highs, lp));
    if (solved === undefined) return undefined;
    const { x, y } = solved;
    assertOptimal(lp, x, y);
    const isUnique = isOnlyOptimum(lp, x, y);
    return isUnique ? { lp, x, y, isUnique } : { lp, x: leastOptimum(highs, lp, { x, y }), y, isUnique };
  };
}

/** The optimum of a model, or undefined where there is none. */
function solve(highs: Highs, data: ModelData): { x: Float64Array; y: Float64Array } | undefined {
  const { optimal, infeasible, unbounded, unboundedOrInfeasible } = highs.constants.modelStatus;
  return highs.withModel(data, (model) => {
    model.options.set(OPTIONS);
    const { modelStatus } = model.run();
    if (modelStatus === optimal) {
      const { colValue, rowDual } = model.getSolution();
      return { x: colValue, y: rowDual };
    }
    if ([infeasible, unbounded, unboundedOrInfeasible].includes(modelStatus as never)) return undefined;
    throw new Error(`createLabeller: HiGHS must end with an answer; it ended in state ${modelStatus}.`);
  });
}

/**
 * The optimal point of least norm. With any optimal multipliers the optimal points are the feasible ones that are complementary to
 * them: on the bound or side of everything that has a price. Over these, `½‖x‖²` has one minimum.
 */
function leastOptimum(
  highs: Highs,
  lp: Minimization,
  { x, y }: { readonly x: Float64Array; readonly y: Float64Array },
): Float64Array {
  const { reducedCosts } = kktErrors(lp, x, y);
  const columns = fixedWherePriced(reducedCosts, lp.lower, lp.upper);
  const rows = fixedWherePriced(y, lp.rowLower, lp.rowUpper);
  const face: Minimization = { ...lp, ...columns, rowLower: rows.lower, rowUpper: rows.upper };
  const n = lp.matrix.columns;
  const model: ModelData = {
    ...toModelData(highs, { ...face, objective: new Float64Array(n), objectiveConstant: 0 }),
    hessian: {
      format: 'triangular',
      dimension: n,
      starts: Int32Array.from({ length: n + 1 }, (_, j) => j),
      indices: Int32Array.from({ length: n }, (_, j) => j),
      values: new Float64Array(n).fill(1),
    },
  };
  const least = solve(highs, model);
  if (least === undefined || norm(least.x) > norm(x) + TOLERANCE) {
    throw new Error(
      `createLabeller: the optimal points of ${lp.name} must have one of least norm; none came.`,
    );
  }
  assertOptimal(lp, least.x, y);
  return least.x;
}

function fixedWherePriced(
  multipliers: Float64Array,
  low: Float64Array,
  high: Float64Array,
): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const isPriced = (i: number): boolean => Math.abs(multipliers[i]!) > ZERO_MULTIPLIER;
  const side = (i: number): number => (multipliers[i]! > 0 ? low[i]! : high[i]!);
  return {
    lower: low.map((value, i) => (isPriced(i) ? side(i) : value)),
    upper: high.map((value, i) => (isPriced(i) ? side(i) : value)),
  };
}

function assertOptimal(lp: Minimization, x: Float64Array, y: Float64Array): void {
  const { primalResidual, dualResidual, gap } = kktErrors(lp, x, y);
  const worst = Math.max(primalResidual, dualResidual, gap);
  if (worst <= TOLERANCE) return;
  throw new Error(
    `createLabeller: a label must be optimal to ${TOLERANCE}; that of ${lp.name} is so to ${worst}.`,
  );
}

/** Whether strict complementarity holds at an optimum: what touches a bound or a side has a price there. It is then the only one. */
export function isOnlyOptimum(lp: Minimization, x: Float64Array, y: Float64Array): boolean {
  const activity = multiply(lp.matrix, x);
  const { reducedCosts } = kktErrors(lp, x, y);
  const isPriced = (value: number): boolean => Math.abs(value) > ZERO_MULTIPLIER;
  return (
    x.every((value, j) => !touches(value, lp.lower[j]!, lp.upper[j]!) || isPriced(reducedCosts[j]!)) &&
    activity.every(
      (value, i) =>
        lp.rowLower[i] === lp.rowUpper[i] ||
        !touches(value, lp.rowLower[i]!, lp.rowUpper[i]!) ||
        isPriced(y[i]!),
    )
  );
}

function touches(value: number, low: number, high: number): boolean {
  const slack = Math.min(value - low, high - value);
  return slack <= 1e-9 * Math.max(1, Math.abs(value));
}
