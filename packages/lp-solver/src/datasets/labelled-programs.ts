/** Programs with their optima: what is learned from. */

import type { Highs } from 'highs';
import { toModelData } from '../baselines/to-model-data.ts';
import type { Minimization } from '../problem.ts';
import { multiply } from '../problem/sparse-matrix.ts';
import { createHighs } from '../reading/load-highs.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';

/** A program and its optimum. */
export type LabelledProgram = {
  readonly lp: Minimization;
  /** float64 `[columns]`: the optimal point, of several that of least norm. */
  readonly x: Float64Array;
  /** float64 `[rows]`: optimal multipliers. */
  readonly y: Float64Array;
  /** Whether strict complementarity proves that there is no other optimal point. */
  readonly isUnique: boolean;
};

/** A multiplier below this counts as zero: the optimum may then not be the only one. */
const ZERO_MULTIPLIER = 1e-9;

/** Solves programs one after the other in one runtime of HiGHS. */
export async function createLabeller(): Promise<(lp: Minimization) => LabelledProgram | undefined> {
  const highs = await createHighs();
  return (lp) => label(highs, lp);
}

function label(highs: Highs, lp: Minimization): LabelledProgram | undefined {
  return highs.withModel(toModelData(highs, lp), (model) => {
    model.options.set({ output_flag: false, primal_feasibility_tolerance: 1e-10, dual_feasibility_tolerance: 1e-10 });
    const { modelStatus } = model.run();
    if (modelStatus !== highs.constants.modelStatus.optimal) return undefined;
    const { colValue: x, rowDual: y } = model.getSolution();
    return { lp, x, y, isUnique: isOnlyOptimum(lp, x, y) };
  });
}

/** A basic optimum whose active bounds and sides all have a price is the only one. */
export function isOnlyOptimum(lp: Minimization, x: Float64Array, y: Float64Array): boolean {
  const isPriced = (value: number): boolean => Math.abs(value) > ZERO_MULTIPLIER;
  const activity = multiply(lp.matrix, x);
  const { reducedCosts } = kktErrors(lp, x, y);
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
