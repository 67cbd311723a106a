/** How many floating-point operations looking takes for one program. */

import type { GraphSize } from './gnn-flops.ts';

/** Of one evaluation of the map, Halpern's step included: products, then what is done with each column and row. */
export function evaluationFlops({ rows, columns, edges }: GraphSize): number {
  return 4 * edges + 12 * columns + 11 * rows;
}

/**
 * Of setting the step sizes anew by the network: the sums of the weights, then features, linear maps and steps of each column and row.
 * Logarithms, exponentials and roots count as one.
 */
export function learnedMetricFlops({ rows, columns, edges }: GraphSize): number {
  return 4 * edges + 54 * columns + 83 * rows;
}

/** Of the classical rule: two norms. */
export function balancedMetricFlops({ rows, columns }: GraphSize): number {
  return 4 * (rows + columns);
}
