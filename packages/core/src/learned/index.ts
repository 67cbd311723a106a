/** The learned examples. */
export {
  LEARNED_SEEDS,
  learnedMethod,
  learnedSineDomain,
  learnedTwoPoleDomain,
  runFolder,
} from './domain.ts';
export { learnedPaceOperator, type LearnedPaceConfig } from './learned-pace.ts';
export {
  explicitModel,
  implicitModel,
  LEARNED_MODELS,
  type LearnedModel,
  type ScalarBatch,
} from './models.ts';
export {
  applyPerceptron,
  initPerceptron,
  layersLike,
  perceptronSize,
  type Layers,
} from './multilayer-perceptron.ts';
export { LEARNED_RATE, LEARNED_STEPS, trainLearned, type LearnedRun, type LearnedWatch } from './recipe.ts';
export { LEARNED_TARGETS, sineTarget } from './targets.ts';
