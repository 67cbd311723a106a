/** Our linear program as HiGHS takes it. */

import type { Highs, ModelData } from 'highs';
import type { Minimization } from '../problem.ts';

/** The same program for HiGHS; integer columns are continuous. Shares the arrays, which HiGHS copies. */
export function toModelData(highs: Highs, lp: Minimization): ModelData {
  const { rows, columns, starts, indices, values } = lp.matrix;
  return {
    numCols: columns,
    numRows: rows,
    sense: highs.constants.objectiveSense.minimize,
    offset: lp.objectiveConstant,
    colCost: lp.objective,
    colLower: lp.lower,
    colUpper: lp.upper,
    rowLower: lp.rowLower,
    rowUpper: lp.rowUpper,
    matrix: { format: 'csr', numRows: rows, numCols: columns, starts, indices, values },
  };
}
