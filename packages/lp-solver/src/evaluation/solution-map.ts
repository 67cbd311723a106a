/** The exact solution map of linear programs, by HiGHS, and where it changes its basis. */

import type { Basis, Highs } from 'highs';
import { toModelData } from '../baselines/to-model-data.ts';
import type { Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';

/** An optimal vertex. */
export type Vertex = {
  /** float64 `[columns]`. */
  readonly x: Float64Array;
  /** Which variables and rows are basic, and at which bound the others are. */
  readonly basis: Basis;
};

/**
 * An optimal vertex of a program, by the simplex method; undefined if there is none.
 * @param start - a basis of a program of the same size to begin with. If it is still optimal, it is what comes back.
 */
export type SolutionMap = (lp: Minimization, start?: Basis) => Vertex | undefined;

/** HiGHS's smallest, absolute: a change of 1e-4 shall not be measured against errors of 1e-7. */
const TOLERANCE = 1e-10;

/** The map in one runtime of HiGHS, which solves one program after the other. */
export async function createSolutionMap(): Promise<SolutionMap> {
  const highs = await createHighs();
  return (lp, start) => solve(highs, lp, start);
}

function solve(highs: Highs, lp: Minimization, start: Basis | undefined): Vertex | undefined {
  return highs.withModel(toModelData(highs, lp), (model) => {
    model.options.set({
      output_flag: false,
      solver: 'simplex',
      small_matrix_value: 1e-12,
      primal_feasibility_tolerance: TOLERANCE,
      dual_feasibility_tolerance: TOLERANCE,
    });
    if (start !== undefined) model.setBasis(start);
    const { modelStatus } = model.run();
    if (modelStatus !== highs.constants.modelStatus.optimal) return undefined;
    return { x: model.getSolution().colValue, basis: model.getBasis() };
  });
}

/**
 * Whether two bases of a program are one: the same variables and rows are basic, and the others at the same bounds. A fixed variable
 * and an equality are at both of theirs.
 */
export function isSameBasis(lp: Minimization, a: Basis, b: Basis): boolean {
  const agree = (p: Int32Array, q: Int32Array, low: Float64Array, high: Float64Array): boolean =>
    p.every((place, k) => place === q[k] || (low[k] === high[k] && place !== BASIC && q[k] !== BASIC));
  return (
    agree(a.colStatus, b.colStatus, lp.lower, lp.upper) &&
    agree(a.rowStatus, b.rowStatus, lp.rowLower, lp.rowUpper)
  );
}

/** HiGHS's code of a basic variable. */
const BASIC = 1;
