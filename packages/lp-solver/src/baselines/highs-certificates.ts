/**
 * Certificates of infeasible and unbounded programs, each as the solution of a linear program that always
 * has one. HiGHS's simplex solves them.
 */

import type { Highs, Solution } from 'highs';
import type { Minimization, SparseMatrix } from '../problem.ts';
import { toModelData } from './to-model-data.ts';

/** Accuracy asked of the auxiliary programs: HiGHS's smallest, absolute. */
const TOLERANCE = 1e-10;

/** A point of the feasible set, float64 `[columns]`, or undefined if HiGHS finds none. */
export function feasiblePoint(highs: Highs, lp: Minimization): Float64Array | undefined {
  return solveAuxiliary(highs, {
    ...lp,
    objective: new Float64Array(lp.matrix.columns),
    objectiveConstant: 0,
  })?.colValue;
}

/**
 * Farkas multipliers, float64 `[rows]`: the multipliers of the program that makes the rows' violation least,
 * `min Σ s⁺ + s⁻` subject to `rowLower ≤ A x + s⁺ − s⁻ ≤ rowUpper` and the bounds of `x`.
 */
export function farkasMultipliers(highs: Highs, lp: Minimization): Float64Array | undefined {
  const { rows, columns } = lp.matrix;
  const extend = (array: Float64Array, value: number): Float64Array => {
    const extended = new Float64Array(columns + 2 * rows).fill(value);
    extended.set(array);
    return extended;
  };
  return solveAuxiliary(highs, {
    ...lp,
    objective: extend(new Float64Array(columns), 1),
    objectiveConstant: 0,
    matrix: withSlacks(lp.matrix),
    lower: extend(lp.lower, 0),
    upper: extend(lp.upper, Infinity),
  })?.rowDual;
}

/**
 * An unbounded direction, float64 `[columns]`: the steepest `d` of the box `[−1, 1]` that leaves no finite
 * side or bound, `min c · d`. It is 0 where there is none.
 */
export function unboundedDirection(highs: Highs, lp: Minimization): Float64Array | undefined {
  const onCone = (side: number, free: number): number => (Number.isFinite(side) ? 0 : free);
  return solveAuxiliary(highs, {
    ...lp,
    objectiveConstant: 0,
    rowLower: lp.rowLower.map((side) => onCone(side, -Infinity)),
    rowUpper: lp.rowUpper.map((side) => onCone(side, Infinity)),
    lower: lp.lower.map((side) => onCone(side, -1)),
    upper: lp.upper.map((side) => onCone(side, 1)),
  })?.colValue;
}

function solveAuxiliary(highs: Highs, lp: Minimization): Solution | undefined {
  return highs.withModel(toModelData(highs, lp), (model) => {
    model.options.set({
      output_flag: false,
      solver: 'simplex',
      small_matrix_value: 1e-12,
      primal_feasibility_tolerance: TOLERANCE,
      dual_feasibility_tolerance: TOLERANCE,
    });
    const { modelStatus } = model.run();
    return modelStatus === highs.constants.modelStatus.optimal ? model.getSolution() : undefined;
  });
}

/** `[A, I, −I]`. */
function withSlacks(A: SparseMatrix): SparseMatrix {
  const { rows, columns } = A;
  const starts = A.starts.map((start, i) => start + 2 * i);
  const indices = new Int32Array(A.indices.length + 2 * rows);
  const values = new Float64Array(A.values.length + 2 * rows);
  for (let i = 0; i < rows; i++) {
    const from = A.starts[i]!;
    const to = A.starts[i + 1]!;
    indices.set(A.indices.subarray(from, to), starts[i]);
    values.set(A.values.subarray(from, to), starts[i]);
    const end = starts[i + 1]!;
    indices.set([columns + i, columns + rows + i], end - 2);
    values.set([1, -1], end - 2);
  }
  return { rows, columns: columns + 2 * rows, starts, indices, values };
}
