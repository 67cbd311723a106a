/** Lipschitz constants and regularity, measured and certified. */
export { activations } from './activations.ts';
export {
  adversarialLipschitz,
  type AdversarialLipschitz,
  type AdversarialOptions,
} from './adversarial-lipschitz.ts';
export {
  certifiedBound,
  circularConvolutionLayer,
  denseLayer,
  scaling,
  sumOf,
  type CertifiedBound,
  type CertifiedLayer,
} from './certified-bound.ts';
export { checkRegularity, type CheckRegularityOptions } from './check-regularity.ts';
export {
  fitGrowth,
  GROWTH_RADII,
  inputGrowth,
  type Growth,
  type GrowthOptions,
  type GrowthProbe,
} from './input-growth.ts';
export {
  iterateJacobianNorm,
  type IterateJacobianNorm,
  type IterateJacobianOptions,
  type Iteration,
} from './iterate-jacobian-norm.ts';
export { jacobianNorm, spectralRadius, type JacobianEstimate, type PowerOptions } from './jacobian-norm.ts';
export { jacobianVector } from './jacobian-vector.ts';
export {
  localRegularity,
  type LocalRegularity,
  type RegularityOptions,
  type RegularityPoint,
} from './local-regularity.ts';
export { circularConvolutionNorm, matrixNorm, type Weights } from './matrix-norm.ts';
export {
  measureRegularity,
  type MeasuredRegularity,
  type MeasureOptions,
  type RegularitySamples,
} from './measure-regularity.ts';
export { pairwiseLipschitz, perturbed, type Batch, type PairwiseLipschitz } from './pairwise-lipschitz.ts';
export { formatRegularity, type RegularityReport, type SampleRegularity } from './regularity-report.ts';
