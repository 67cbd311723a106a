/** Programs with their optima: what is learned from, and what answers are held against. */

import type { Highs } from 'highs';
import type { Basis } from '../baselines/predict-basis.ts';
import { toModelData } from '../baselines/to-model-data.ts';
import { maximumNorm } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';
import { createHighs } from '../reading/load-highs.ts';
import { errorOf, leastOptimum, reducedCostsOf } from './least-optimum.ts';

/** A program and its optimum. */
export type LabelledProgram = {
  readonly lp: Minimization;
  /** float64 `[columns]`: the optimal point; of several, that of least norm. */
  readonly x: Float64Array;
  /** float64 `[rows]`: optimal multipliers; where `x` is degenerate there are others. */
  readonly y: Float64Array;
  /** Whether strict complementarity of a basis proves that there is no other optimal point. */
  readonly isUnique: boolean;
  /** An optimal basis, of `y` and of the vertex `x`; where the optimum may not be unique, of another optimal point. */
  readonly basis: Basis;
};

/**
 * Labels a program: its optimum, or undefined where there is none, because it is infeasible or unbounded. Throws an {@link Error} if
 * HiGHS ends in another state, or with a point that does not hold the optimality conditions; its runtime may have aborted then, so
 * create another labeller to go on.
 */
export type Labeller = (lp: Minimization) => LabelledProgram | undefined;

/** How programs are labelled. */
export type LabellerOptions = {
  /** Time after which HiGHS gives up on a program; default none. */
  readonly timeLimitMs?: number;
};

/** A price up to this, relative to the largest cost or 1, counts as zero: ten times what HiGHS allows as wrong. */
const ZERO_PRICE = 1e-9;

/** Bound on the relative errors of labels: two orders of magnitude below what models are judged by. */
const TOLERANCE = 1e-8;

/** HiGHS's code of a basic variable. */
const BASIC = 1;

/** A labeller with a runtime of HiGHS of its own, which all its programs share: starting one takes longer than a small program. */
export async function createLabeller({ timeLimitMs = Infinity }: LabellerOptions = {}): Promise<Labeller> {
  const highs = await createHighs();
  return (lp) => {
    const vertex = optimalVertex(highs, lp, timeLimitMs);
    if (vertex === undefined) return undefined;
    const { x, y, basis } = vertex;
    const error = errorOf(lp, x, y);
    if (error > TOLERANCE) {
      throw new Error(
        `createLabeller: HiGHS must solve ${lp.name} to ${TOLERANCE}; got an error of ${error.toExponential(1)}.`,
      );
    }
    const isUnique = isOnlyOptimum(lp, y, basis);
    if (isUnique) return { lp, x, y, isUnique, basis };
    const least = leastOptimum(highs, lp, { y, zero: zeroPriceOf(lp), tolerance: TOLERANCE, timeLimitMs });
    return { lp, x: least, y, isUnique, basis };
  };
}

type Vertex = Pick<LabelledProgram, 'x' | 'y' | 'basis'>;

/** An optimal vertex, its multipliers and its basis; undefined if there is none. */
function optimalVertex(highs: Highs, lp: Minimization, timeLimitMs: number): Vertex | undefined {
  const states = highs.constants.modelStatus;
  const without: readonly unknown[] = [states.infeasible, states.unbounded, states.unboundedOrInfeasible];
  return highs.withModel(toModelData(highs, lp), (model) => {
    model.options.set({
      output_flag: false,
      solver: 'simplex',
      small_matrix_value: 1e-12,
      // The tightest that HiGHS allows, since labels are the truth here.
      primal_feasibility_tolerance: 1e-10,
      dual_feasibility_tolerance: 1e-10,
      ...(Number.isFinite(timeLimitMs) ? { time_limit: timeLimitMs / 1000 } : {}),
    });
    const { modelStatus } = model.run();
    if (without.includes(modelStatus)) return undefined;
    if (modelStatus !== states.optimal) {
      const state = Object.entries(states).find(([, code]) => code === modelStatus)?.[0] ?? modelStatus;
      throw new Error(`createLabeller: HiGHS must solve ${lp.name}; it ended in the state ${state}.`);
    }
    const { colValue, rowDual } = model.getSolution();
    return { x: colValue, y: rowDual, basis: model.getBasis() };
  });
}

/**
 * Whether strict complementarity proves that an optimal basis has the only optimal point: everything that is not basic has a price, or
 * cannot move. Another feasible point would move some of it, and cost more. A degenerate vertex may pass; a program that does not pass
 * with one basis may with another.
 *
 * @param y - optimal multipliers of the basis, float64 `[rows]`. Borrowed.
 */
export function isOnlyOptimum(lp: Minimization, y: Float64Array, basis: Basis): boolean {
  const zero = zeroPriceOf(lp);
  const stays = (places: Int32Array, prices: Float64Array, low: Float64Array, high: Float64Array): boolean =>
    places.every((place, k) => place === BASIC || low[k] === high[k] || Math.abs(prices[k]!) > zero);
  return (
    stays(basis.colStatus, reducedCostsOf(lp, y), lp.lower, lp.upper) &&
    stays(basis.rowStatus, y, lp.rowLower, lp.rowUpper)
  );
}

function zeroPriceOf(lp: Minimization): number {
  return ZERO_PRICE * Math.max(1, maximumNorm(lp.objective));
}
