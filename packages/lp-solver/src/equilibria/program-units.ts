/** The sizes of a program's numbers: what step sizes are measured in. */

import { largestSides } from '../evaluation/kkt-errors.ts';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';

/** Units of a program as PDHG sees it. */
export type ProgramUnits = {
  /** 2/(u − l), float64 `[columns]`; 0 where a bound is infinite. */
  readonly inverseWidth: Float64Array;
  /** 1 for rows that are equalities, else 0; float64 `[rows]`. */
  readonly isEquality: Float64Array;
  /** Root mean square of the costs; 1 if there are none. */
  readonly costUnit: number;
  /** Root mean square of the sides or of the point of the box that is nearest to the origin, whichever is larger; 1 if both are 0. */
  readonly lengthUnit: number;
  /** Columns. */
  readonly width: number;
};

/** What units are made of. */
export type UnitSource = Pick<Minimization, 'objective' | 'lower' | 'upper' | 'rowLower' | 'rowUpper'>;

/** Bounds as close as this part of the unit of length are taken for this far apart. */
const LEAST_WIDTH = 1e-6;

/** The units of costs, sides and bounds. */
export function programUnits(program: UnitSource): ProgramUnits {
  const { objective, lower, upper, rowLower, rowUpper } = program;
  const lengths = [largestSides(program), nearestToOrigin(program)].map(rootMeanSquare);
  const lengthUnit = Math.max(...lengths) || 1;
  return {
    inverseWidth: lower.map((low, j) => 2 / Math.max(upper[j]! - low, LEAST_WIDTH * lengthUnit)),
    isEquality: rowLower.map((low, i) => (low === rowUpper[i] ? 1 : 0)),
    costUnit: rootMeanSquare(objective) || 1,
    lengthUnit,
    width: objective.length,
  };
}

/** The point of the box that is nearest to the origin, float64 `[columns]`. */
export function nearestToOrigin({ lower, upper }: Pick<Minimization, 'lower' | 'upper'>): Float64Array {
  return lower.map((low, j) => Math.min(Math.max(0, low), upper[j]!));
}

function rootMeanSquare(values: Float64Array): number {
  return values.length === 0 ? 0 : norm(values) / Math.sqrt(values.length);
}
