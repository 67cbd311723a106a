/** What keeps operators well-behaved. */
export { dampedOperator, type Pace, type PaceOptions } from './damped-operator.ts';
export { jacobianFrobenius, jacobianPenalty, type PenaltyOptions } from './jacobian-penalty.ts';
export { offTape } from './off-tape.ts';
export {
  randomSigns,
  randomState,
  sampleIterations,
  type IterationDistribution,
  type IterationSampling,
  type Shaped,
} from './random-training.ts';
export { solveAndCorrect, type CorrectedGradient, type CorrectionOptions } from './solve-and-correct.ts';
export {
  spectralNormalize,
  type LinearLayer,
  type SpectralOptions,
  type SpectralWeight,
} from './spectral-normalize.ts';
export { truncated, type TruncatedOptions } from './truncated.ts';
export { outputNorms, weightNormalize } from './weight-normalize.ts';
