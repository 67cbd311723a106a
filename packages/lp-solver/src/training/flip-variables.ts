/** The symmetry by which training data is augmented. */

import type { HostArray } from '@equilibria/compile';
import type { HostGraph } from '../equilibria/program-graph.ts';

/** Programs and their optima, `[batch, columns]`. */
export type SolvedGraph = { readonly graph: HostGraph; readonly optimum: HostArray };

/**
 * The same programs in other variables: `x_j` is replaced by `−x_j` wherever `isFlipped(p, j)` for program `p` of the batch. Costs and
 * columns change their sign, bounds are exchanged, and the optimum follows exactly. Of the paper's distribution it is a symmetry.
 */
export function flipVariables(
  { graph, optimum }: SolvedGraph,
  isFlipped: (program: number, variable: number) => boolean,
): SolvedGraph {
  const { matrix, cost, lower, upper } = graph;
  const [, rows, columns] = matrix.shape as [number, number, number];
  const ofVariable = (k: number): boolean => isFlipped(Math.floor(k / columns), k % columns);
  const ofEntry = (k: number): boolean => isFlipped(Math.floor(k / (rows * columns)), k % columns);
  return {
    graph: {
      ...graph,
      matrix: negated(matrix, ofEntry),
      cost: negated(cost, ofVariable),
      lower: exchanged(lower, upper, ofVariable),
      upper: exchanged(upper, lower, ofVariable),
    },
    optimum: negated(optimum, ofVariable),
  };
}

function negated({ data, shape }: HostArray, isFlipped: (k: number) => boolean): HostArray {
  return { data: Float32Array.from(data, (value, k) => (isFlipped(k) ? -value : value)), shape };
}

function exchanged(own: HostArray, other: HostArray, isFlipped: (k: number) => boolean): HostArray {
  return {
    ...own,
    data: Float32Array.from(own.data, (value, k) => (isFlipped(k) ? -other.data[k]! : value)),
  };
}
