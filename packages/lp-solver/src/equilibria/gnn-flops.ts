/** How many floating-point operations the graph networks take for one program, from the sizes of their layers. */

import type { HostGraph, HostSparseGraph } from './program-graph.ts';

/** What the work on a program depends on. */
export type GraphSize = {
  /** Rows in standard form, filled up. */
  readonly rows: number;
  /** Columns, filled up. */
  readonly columns: number;
  /** Terms of a sum over the edges: rows × columns of dense matrices, the entries of lists of neighbours. */
  readonly edges: number;
};

/**
 * Operations for one program: multiply–adds count two, biases, sums and ReLUs one each. They are what the compiled
 * networks do: neighbouring linear layers are one, and what does not change between iterations is computed once.
 * Work on parameters alone is not counted: it is the same for a batch of any size.
 */
export type GnnFlops = {
  /** What is done once: embeddings, and what depends on them alone. */
  readonly setup: number;
  /** Of one iteration, what shortens its step included; of an explicit network, all of it but the rest here. */
  readonly evaluation: number;
  /** From the features or the state to the answer. */
  readonly readout: number;
};

/** The size of the programs of a graph, all filled up to the same. */
export function graphSize(graph: HostGraph | HostSparseGraph): GraphSize {
  const [batch = 0, columns = 0] = graph.cost.shape;
  const [, rows = 0] = graph.side.shape;
  if ('matrix' in graph) return { rows, columns, edges: rows * columns };
  const { bands } = graph.ofConstraints;
  return { rows, columns, edges: bands.reduce((sum, { weights }) => sum + weights.data.length, 0) / batch };
}

/** Of the implicit network at embedding `e`. */
export function implicitGnnFlops(size: GraphSize, e: number): GnnFlops {
  const { columns: n } = size;
  const { still, moving } = iteration(size, e);
  return {
    setup: embeddings(size, e) + size.edges + still,
    evaluation: moving,
    readout: layer(n, e, e, 0) + n * (2 * e + e + e + e) + layer(n, e, 1, 0) + n,
  };
}

/** Of the implicit network at embedding `e` whose steps are shortened: a difference, a product and a sum a state more. */
export function relaxedGnnFlops(size: GraphSize, e: number): GnnFlops {
  const whole = implicitGnnFlops(size, e);
  return { ...whole, evaluation: whole.evaluation + 3 * size.columns };
}

/** Of the network of so many untied iterations at embedding `e`: embeddings and the sums of the coefficients serve all of them. */
export function untiedGnnFlops(size: GraphSize, e: number, iterations: number): GnnFlops {
  const { setup, evaluation, readout } = implicitGnnFlops(size, e);
  return {
    setup: setup + (iterations - 1) * iteration(size, e).still,
    evaluation: iterations * evaluation,
    readout,
  };
}

/** Of the explicit network at embedding `e`. */
export function explicitGnnFlops(size: GraphSize, e: number): GnnFlops {
  const { rows: m, columns: n } = size;
  const { arriving, leaving } = halves(size, { a: e, b: e });
  const ofVariables = layer(n, e, e, 1);
  return {
    setup: embeddings(size, e) + size.edges + 2 * m * (2 * e + e),
    evaluation: 2 * (ofVariables + arriving + ofVariables + leaving),
    readout: layer(n, e, e, 2) + layer(n, e, 1, 0) + n,
  };
}

/** Of an iteration on a state: what depends on the static embeddings alone, and the rest. */
function iteration(size: GraphSize, e: number) {
  const { rows: m, columns: n } = size;
  const [a, b] = [e, e + 1];
  const { first, arriving, leaving } = halves(size, { a, b });
  // The first layer of φ_V on static embedding and state: a product with the state, a sum and a ReLU.
  const withState = n * (2 * b + b + b);
  return {
    // Biases are summed along the edges in both halves to the constraints.
    still: 2 * layer(n, e, b, 0) + first.still + 2 * m * (2 * a + a),
    moving: 2 * withState + first.moving + 2 * layer(n, b, b, 1) + arriving + 2 * leaving + layer(n, b, 1, 1),
  };
}

/** The parts of the half-convolutions besides the first layer of φ_V. */
function halves(size: GraphSize, { a, b }: { readonly a: number; readonly b: number }) {
  const { rows: m, columns: n } = size;
  const ofConstraints = layer(m, a, a, 2);
  // What the constraints keep, and the bias that was summed along the edges.
  const kept = layer(m, a, a, 1);
  const received = edgeSums(size, b) + layer(m, b, a, 1) + m * a + layer(m, a, a, 2);
  return {
    /** V→C, from static constraints. */
    first: { still: ofConstraints + kept, moving: received },
    /** V→C. */
    arriving: ofConstraints + kept + received,
    /** C→V. */
    leaving:
      ofConstraints +
      layer(m, a, b, 1) +
      edgeSums(size, b) +
      layer(n, b, b, 1) +
      n * (b + b) +
      layer(n, b, b, 2),
  };
}

/** Inputs scaled, and a layer with bias and ReLU of either side. */
function embeddings({ rows, columns }: GraphSize, e: number): number {
  return 3 * columns + layer(columns, 3, e, 2) + layer(rows, 2, e, 2);
}

/** A dense layer of so many nodes; `after` counts bias and ReLU. */
function layer(nodes: number, from: number, to: number, after: number): number {
  return nodes * to * (2 * from + after);
}

function edgeSums({ edges }: GraphSize, features: number): number {
  return 2 * edges * features;
}
