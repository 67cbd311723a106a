/** Normalisations that TF.js has as kernels. */
import { DtypeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Lowerings, Unary } from './lowering.ts';
import { matMul } from './matrices.ts';

type Response = {
  readonly depthRadius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
};
type Batch = {
  readonly x: Value;
  readonly mean: Value;
  readonly variance: Value;
  readonly offset?: Value;
  readonly scale?: Value;
};

export const normalisations: Lowerings = {
  FusedBatchNorm: (
    g,
    { x, mean, variance, offset, scale }: Batch,
    { varianceEpsilon }: { varianceEpsilon: number },
  ) => {
    const deviation = g.elementwise('Sqrt', [g.elementwise('Add', [variance, g.float(varianceEpsilon)])]);
    const factor = g.elementwise('Div', [scale ?? g.float(1), deviation]);
    const scaled = g.elementwise('Mul', [g.elementwise('Sub', [x, mean]), factor]);
    return offset === undefined ? scaled : g.elementwise('Add', [scaled, offset]);
  },
  /** y = x·(bias + α Σ x²)^−β, the sum over the channels within the radius. */
  LRN: (g, { x }: Unary, attributes: Response) =>
    g.elementwise('Mul', [x, g.elementwise('Pow', [energy(g, x, attributes), g.float(-attributes.beta)])]),
  LRNGrad: (g, { x, y, dy }: { x: Value; y: Value; dy: Value }, attributes: Response) => {
    const { alpha, beta, depthRadius } = attributes;
    const norm = energy(g, x, attributes);
    const direct = g.elementwise('Mul', [dy, g.elementwise('Pow', [norm, g.float(-beta)])]);
    const shares = g.elementwise('Div', [g.elementwise('Mul', [dy, y]), norm]);
    const through = g.elementwise('Mul', [
      g.elementwise('Mul', [g.float(2 * alpha * beta), x]),
      overNeighbours(g, shares, depthRadius),
    ]);
    return g.elementwise('Sub', [direct, through]);
  },
};

function energy(g: Graph, x: Value, { depthRadius, bias, alpha }: Response): Value {
  if (x.type !== g.floatType) {
    throw new DtypeError(
      'compile: localResponseNormalization must be of a float32 tensor. Cast it with tf.cast first.',
    );
  }
  const sum = overNeighbours(g, g.elementwise('Mul', [x, x]), depthRadius);
  return g.elementwise('Add', [g.float(bias), g.elementwise('Mul', [g.float(alpha), sum])]);
}

/** Sums over the channels within `radius`, by a band matrix. */
function overNeighbours(g: Graph, x: Value, radius: number): Value {
  const channels = x.shape.at(-1)!;
  const band = Array.from({ length: channels ** 2 }, (_, i) =>
    Math.abs((i % channels) - Math.floor(i / channels)) <= radius ? 1 : 0,
  );
  const data = g.floatType === 'double' ? Float64Array.from(band) : Float32Array.from(band);
  return matMul(g, x, g.constant(data, g.floatType, [channels, channels]));
}
