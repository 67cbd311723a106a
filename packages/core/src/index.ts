/** Implicit models: operators, fixed-point solvers, Lipschitz estimates and scaling studies. */
export {
  constant,
  DataError,
  disposeTree,
  DtypeError,
  leaves,
  leavesWithPaths,
  mapTensors,
  mapTree,
  ShapeError,
  spec,
  specsOf,
  tidyTree,
  TraceError,
  unflatten,
  UnsupportedOpError,
  whileLoop,
  zipTensors,
  type ElementType,
  type HostArray,
  type MapTree,
  type PathLeaf,
  type TensorSpec,
  type TensorTree,
  type Tree,
  type WhileLoop,
  type WhileLoopResult,
} from '@equilibria/compile';
export { fold, fromSeed, split, type Key } from './random/key.ts';
export {
  integers,
  normal,
  permutation,
  toTensor,
  uniform,
  type IntegerSamples,
  type SampleShape,
  type Samples,
} from './random/samplers.ts';
export { exportOnnx, type OnnxOptions, type OnnxSource } from './deployment/export-onnx.ts';
export { describeOnnx, type OnnxDescription, type SolveCard } from './deployment/model-card.ts';
export type { ImplicitOperator } from './operators/implicit-operator.ts';
export {
  implicit,
  phantom,
  unrolled,
  type AdjointOutcome,
  type Differentiated,
  type GradientMethod,
  type ImplicitLoss,
  type ImplicitOptions,
  type PhantomOptions,
} from './gradients/gradient-method.ts';
export {
  solveAndDifferentiate,
  type ImplicitProblem,
  type SolvedGradient,
} from './gradients/solve-and-differentiate.ts';
export {
  innerProduct,
  valueAndGradient,
  vectorJacobian,
  type ValueAndGradient,
} from './gradients/vector-jacobian.ts';
export { activations } from './lipschitz/activations.ts';
export {
  adversarialLipschitz,
  type AdversarialLipschitz,
  type AdversarialOptions,
} from './lipschitz/adversarial-lipschitz.ts';
export {
  certifiedBound,
  circularConvolutionLayer,
  denseLayer,
  scaling,
  sumOf,
  type CertifiedBound,
  type CertifiedLayer,
} from './lipschitz/certified-bound.ts';
export { checkRegularity, type CheckRegularityOptions } from './lipschitz/check-regularity.ts';
export {
  fitGrowth,
  GROWTH_RADII,
  inputGrowth,
  type Growth,
  type GrowthOptions,
  type GrowthProbe,
} from './lipschitz/input-growth.ts';
export {
  iterateJacobianNorm,
  type IterateJacobianNorm,
  type IterateJacobianOptions,
  type Iteration,
} from './lipschitz/iterate-jacobian-norm.ts';
export {
  jacobianNorm,
  spectralRadius,
  type JacobianEstimate,
  type PowerOptions,
} from './lipschitz/jacobian-norm.ts';
export { jacobianVector } from './lipschitz/jacobian-vector.ts';
export {
  localRegularity,
  type LocalRegularity,
  type RegularityOptions,
  type RegularityPoint,
} from './lipschitz/local-regularity.ts';
export { circularConvolutionNorm, matrixNorm, type Weights } from './lipschitz/matrix-norm.ts';
export {
  measureRegularity,
  type MeasuredRegularity,
  type MeasureOptions,
  type RegularitySamples,
} from './lipschitz/measure-regularity.ts';
export {
  pairwiseLipschitz,
  perturbed,
  type Batch,
  type PairwiseLipschitz,
} from './lipschitz/pairwise-lipschitz.ts';
export {
  formatRegularity,
  type RegularityReport,
  type SampleRegularity,
} from './lipschitz/regularity-report.ts';
export { dampedOperator, type Pace, type PaceOptions } from './regularisation/damped-operator.ts';
export {
  jacobianFrobenius,
  jacobianPenalty,
  type PenaltyOptions,
} from './regularisation/jacobian-penalty.ts';
export { offTape } from './regularisation/off-tape.ts';
export {
  randomSigns,
  randomState,
  sampleIterations,
  type IterationDistribution,
  type IterationSampling,
  type Shaped,
} from './regularisation/random-training.ts';
export {
  solveAndCorrect,
  type CorrectedGradient,
  type CorrectionOptions,
} from './regularisation/solve-and-correct.ts';
export {
  spectralNormalize,
  type LinearLayer,
  type SpectralOptions,
  type SpectralWeight,
} from './regularisation/spectral-normalize.ts';
export { truncated, type TruncatedOptions } from './regularisation/truncated.ts';
export { outputNorms, weightNormalize } from './regularisation/weight-normalize.ts';
export {
  anderson,
  type AndersonOptions,
  type AndersonRestart,
  type AndersonState,
} from './solvers/anderson.ts';
export { broyden, type BroydenOptions, type BroydenState } from './solvers/broyden.ts';
export { budget, type Budget, type BudgetOptions } from './solvers/budget.ts';
export type { CompactionOptions } from './solvers/compaction.ts';
export {
  compileSolve,
  type CompiledSolve,
  type CompileSolveOptions,
  type SolvedValue,
  type SolveProblem,
  type SolveSignature,
} from './solvers/compile-solve.ts';
export type { FixedPointMap, Solver, SolverStep, StopRule } from './solvers/contract.ts';
export type { RunOptions, SolveProgress } from './solvers/drive.ts';
export {
  fixedPointLoop,
  solveTraced,
  type FixedPointLoop,
  type LoopOptions,
  type LoopOutcome,
  type LoopState,
  type LoopTrace,
  type RunBounds,
} from './solvers/fixed-point-loop.ts';
export { newtonKrylov, type NewtonKrylovOptions, type NewtonKrylovState } from './solvers/newton-krylov.ts';
export { sampleDistance, sampleNorm, selectSamples } from './solvers/per-sample.ts';
export { picard, type PicardState } from './solvers/picard.ts';
export {
  restartedHalpern,
  type RestartedHalpernOptions,
  type RestartedHalpernState,
  type Tuning,
} from './solvers/restarted-halpern.ts';
export { assertConverged, ConvergenceError, type SolveResult } from './solvers/result.ts';
export { solve, type SolveOptions } from './solvers/solve.ts';
export { allOf, anyOf, residualBelow, type Tolerance } from './solvers/stop-rule.ts';
export { withFallback, type FallbackOptions, type FallbackState } from './solvers/with-fallback.ts';
export { VERDICT_DEFAULTS, VERDICTS, type Verdict, type VerdictOptions } from './solvers/verdict.ts';
export {
  adam,
  adamW,
  sgd,
  type AdamOptions,
  type AdamState,
  type AdamWOptions,
  type Optimiser,
  type SgdOptions,
  type SgdState,
  type UpdateContext,
  type Updated,
} from './training/optimisers.ts';
export {
  constantRate,
  cosineRate,
  steppedRate,
  warmedUp,
  type CosineOptions,
  type Schedule,
} from './training/schedules.ts';
export {
  accumulated,
  explicitTask,
  implicitTask,
  type ImplicitTask,
  type SolveReport,
  type Task,
  type TaskResult,
} from './training/task.ts';
export {
  trainStep,
  type StepReport,
  type TrainingState,
  type TrainStep,
  type TrainStepOptions,
} from './training/train-step.ts';
export { type HistoryRow } from './training/history.ts';
export { progressText } from './training/progress-text.ts';
export {
  checkpointStore,
  type RunConfig,
  type RunProgress,
  type RunStore,
  type RunTrees,
  type SavedRun,
} from './training/run-store.ts';
export {
  train,
  type BatchSource,
  type BestScore,
  type HostTree,
  type PositionedBatch,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingResult,
  type Validation,
  type ValidationScore,
} from './training/train.ts';
export {
  batches,
  type BatchOptions,
  type BatchPosition,
  type Leftovers,
  type PlacedBatch,
  type SampleSource,
} from './data/batches.ts';
export {
  hasCheckpoint,
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointContent,
  type CheckpointTemplate,
  type LoadCheckpointOptions,
  type StoredCheckpoint,
  type TemplateLeaf,
} from './checkpoints/checkpoint.ts';
export {
  modelCardSchema,
  readModelCard,
  type ModelCard,
  type ModelCardFacts,
} from './checkpoints/model-card.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type FileDigest,
  type NamedTensors,
  type ReadSafetensorsOptions,
  type Safetensors,
} from './checkpoints/safetensors.ts';
export { splitDataset, subset, type Split, type SplitOptions } from './data/split-dataset.ts';
export { stack } from './data/stack.ts';
export type { Json } from './checkpoints/strict-json.ts';
export {
  equilibria,
  type EquilibriaOptions,
  type Equilibrium,
  type SampleEquilibria,
} from './properties/equilibria.ts';
export {
  pathIndependence,
  type PathIndependence,
  type PathIndependenceOptions,
} from './properties/path-independence.ts';
export type { Nearness } from './properties/solved-points.ts';
export {
  solvedStaysSolved,
  type StaysSolved,
  type StaysSolvedOptions,
} from './properties/solved-stays-solved.ts';
export { otherSamples, randomStarts, type Starts } from './properties/starts.ts';
export { anytime, type Answer, type AnytimeOptions } from './test-time/anytime.ts';
export {
  calibrateHalting,
  type CalibratedHalting,
  type CalibrationOptions,
} from './test-time/calibrate-halting.ts';
export { contractionEstimate } from './test-time/contraction-estimate.ts';
export { haltingCurves, type HaltingCurve, type HaltingCurvesOptions } from './test-time/halting-curves.ts';
export { answerChange, haltBelow, relativeResidual, type HaltingStatistic } from './test-time/halting.ts';
export { solveWithin, type SolveWithinOptions, type Within } from './test-time/solve-within.ts';
export { writeFileAtomic } from './evaluation/atomic-file.ts';
export { assertWritable, saveFile } from './evaluation/output-file.ts';
export {
  defineDomain,
  type Domain,
  type DomainEvaluation,
  type EvaluationContext,
  type EvaluationProgress,
} from './evaluation/define-domain.ts';
export { compiledIteration, type IterationOptions } from './evaluation/compiled-iteration.ts';
export { describeRun, type RunFacts } from './evaluation/describe-run.ts';
export type {
  Dataset,
  Disturbed,
  DomainRecipe,
  Method,
  MethodContext,
  Metric,
  Perturbation,
  Snapshot,
  Solving,
} from './evaluation/domain.ts';
export { evaluationPoints } from './evaluation/evaluation-points.ts';
export {
  METHOD_KINDS,
  parseResults,
  readResults,
  resultsSchema,
  writeResults,
  type DomainResults,
  type LipschitzEstimate,
  type MethodKind,
  type MethodResults,
  type Results,
  type RunDescription,
  type ScalingPoint,
  type TestSummary,
} from './evaluation/results.ts';
export {
  scalingCurve,
  type Failures,
  type ScalingCurve,
  type ScalingOptions,
  type ScalingProgress,
} from './evaluation/scaling-curve.ts';
export {
  bootstrapOfMean,
  finiteOrNull,
  summarize,
  type Better,
  type Interval,
  type Summary,
} from './evaluation/statistics.ts';
export { theoryDomain, twoPoleDomain } from './theory/domain.ts';
export {
  newtonReciprocal,
  reciprocal,
  reciprocalIterate,
  reciprocalLipschitz,
  type FixedOperator,
} from './theory/reciprocal.ts';
export {
  sufficiencyOperator,
  sufficiencyProgress,
  type SufficiencyParts,
} from './theory/sufficiency-operator.ts';
export { TWO_POLE_DOMAIN, twoPole, twoPoleOperator, twoPolePace, twoPoleSlope } from './theory/two-pole.ts';
export {
  relativeStep,
  scalarDataset,
  scalarMetric,
  type ScalarProblem,
  type ScalarTarget,
} from './theory/scalar-target.ts';
export {
  LEARNED_SEEDS,
  learnedMethod,
  learnedSineDomain,
  learnedTwoPoleDomain,
  runFolder,
} from './learned/domain.ts';
export { learnedPaceOperator, type LearnedPaceConfig } from './learned/learned-pace.ts';
export {
  explicitModel,
  implicitModel,
  LEARNED_MODELS,
  type LearnedModel,
  type ScalarBatch,
} from './learned/models.ts';
export {
  applyPerceptron,
  initPerceptron,
  layersLike,
  perceptronSize,
  type Layers,
} from './learned/multilayer-perceptron.ts';
export {
  LEARNED_RATE,
  LEARNED_STEPS,
  trainLearned,
  type LearnedRun,
  type LearnedWatch,
} from './learned/recipe.ts';
export { LEARNED_TARGETS, sineTarget } from './learned/targets.ts';
