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
  const [programs, rows, columns] = matrix.shape as [number, number, number];
  const signs = new Float32Array(programs * columns);
  for (let k = 0; k < signs.length; k++) signs[k] = isFlipped(Math.floor(k / columns), k % columns) ? -1 : 1;
  return {
    graph: {
      ...graph,
      matrix: timesSigns(matrix, signs, { rows, columns }),
      cost: timesSigns(cost, signs, { rows: 1, columns }),
      lower: exchanged(lower, upper, signs),
      upper: exchanged(upper, lower, signs),
    },
    optimum: timesSigns(optimum, signs, { rows: 1, columns }),
  };
}

/** `[batch, rows, columns]` times a sign for each column of each program. */
function timesSigns(
  { data, shape }: HostArray,
  signs: Float32Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): HostArray {
  const flipped = new Float32Array(data.length);
  // Plain loops: this is done to every batch of a training, and `Float32Array.from` took as long as its step.
  for (let row = 0, k = 0; k < data.length; row++) {
    const start = Math.floor(row / rows) * columns;
    for (let j = 0; j < columns; j++, k++) flipped[k] = signs[start + j]! * data[k]!;
  }
  return { data: flipped, shape };
}

/** Of variables whose sign changes, the other bound's negative. */
function exchanged(own: HostArray, other: HostArray, signs: Float32Array): HostArray {
  const data = new Float32Array(own.data.length);
  for (let k = 0; k < data.length; k++) data[k] = signs[k]! < 0 ? -other.data[k]! : own.data[k]!;
  return { data, shape: own.shape };
}
