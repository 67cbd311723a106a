/** Lipschitz constants of layered functions that are guaranteed, by products and sums of those of the layers. */
import { circularConvolutionNorm, matrixNorm, type Weights } from './matrix-norm.ts';

/** A function of which a global Lipschitz constant in the Euclidean norm is known. */
export type CertifiedLayer = {
  readonly name: string;
  /** At least `‖f(x) − f(x′)‖₂/‖x − x′‖₂` for all `x` and `x′`, dimensionless. */
  readonly lipschitz: number;
};

/** A bound, and the factors it is made of. */
export type CertifiedBound = {
  /** The product of the factors. */
  readonly bound: number;
  /** The layers, first applied first. */
  readonly layers: readonly CertifiedLayer[];
};

/**
 * A Lipschitz constant of the composition of layers: the product of theirs. No input and no pair of inputs exceeds it; the true constant may be far
 * smaller (the product is attained only if every layer stretches most what the one before did), exact for one linear layer.
 *
 * What is certified is the function in exact arithmetic, with these weights: norms are computed in float64 and rounded up (see
 * {@link matrixNorm}). A network that runs in float32 adds its own rounding, about 1e-7 of the size of its numbers, which no Lipschitz
 * constant bounds between inputs that are very close.
 *
 * @param layers - first applied first; none is the identity, with bound 1.
 * @throws {RangeError} if a layer's constant is negative or NaN.
 * @see Szegedy et al., Intriguing properties of neural networks (2014), arXiv 1312.6199.
 * @example
 * const W = { data: [3, 0, 0, 4], shape: [2, 2] };
 * certifiedBound([denseLayer(W), activations.sigmoid]).bound.toFixed(9); // => '1.000000000'
 */
export function certifiedBound(layers: readonly CertifiedLayer[]): CertifiedBound {
  for (const { name, lipschitz } of layers) {
    if (lipschitz >= 0) continue;
    throw new RangeError(`certifiedBound: the constant of '${name}' must be >= 0; got ${lipschitz}.`);
  }
  // 0·Infinity would be NaN, yet a constant function stays one.
  const isConstant = layers.some(({ lipschitz }) => lipschitz === 0);
  const product = layers.reduce((all, { lipschitz }) => all * lipschitz, 1);
  return { bound: isConstant ? 0 : product * (1 + layers.length * Number.EPSILON), layers };
}

/** `x ↦ xW + b`: the largest singular value of `W`. @param weights - `[n, m]`. @throws as {@link matrixNorm}. */
export function denseLayer(weights: Weights): CertifiedLayer {
  return { name: `dense [${weights.shape.join(', ')}]`, lipschitz: matrixNorm(weights) };
}

/** A convolution with circular padding and stride 1. @throws as {@link circularConvolutionNorm}. */
export function circularConvolutionLayer(
  kernel: Weights,
  image: { readonly height: number; readonly width: number },
): CertifiedLayer {
  return {
    name: `circular convolution [${kernel.shape.join(', ')}] on ${image.height} × ${image.width}`,
    lipschitz: circularConvolutionNorm(kernel, image),
  };
}

/**
 * `x ↦ Σ f_i(x)` of compositions: the sum of their constants. A residual block is `sumOf([[], branch])`, the empty branch being the identity.
 *
 * @param branches - each a list of layers.
 * @throws as {@link certifiedBound}.
 */
export function sumOf(branches: readonly (readonly CertifiedLayer[])[]): CertifiedLayer {
  const total = branches.reduce((sum, branch) => sum + certifiedBound(branch).bound, 0);
  return {
    name: `sum of ${branches.length}`,
    lipschitz: total * (1 + branches.length * Number.EPSILON),
  };
}

/** `x ↦ c·x`. @param factor - `c`, dimensionless. */
export function scaling(factor: number): CertifiedLayer {
  return { name: `times ${factor}`, lipschitz: Math.abs(factor) };
}
