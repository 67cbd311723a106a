/** Linear programs: reading, methods, verified answers. */
export type { PublicInstance } from './datasets/public-instance.ts';
export { publicInstances } from './datasets/public-instances.ts';
export { randomLinearProgram, type RandomLinearProgramOptions } from './datasets/random-linear-programs.ts';
export { shippedLinearPrograms, type KnownLinearProgram } from './datasets/shipped.ts';
export { lpDomain, lpStructuredDomain } from './evaluation/domain.ts';
export {
  folderDomain,
  STUDY_SETS,
  studyDomain,
  studyMethods,
  type StudyOptions,
  type StudySet,
} from './evaluation/study.ts';
export {
  createLabeller,
  isOnlyOptimum,
  type LabelledProgram,
  type Labeller,
  type LabellerOptions,
} from './datasets/labelled-programs.ts';
export {
  PAPER_SEED,
  PAPER_SIZES,
  paperPrograms,
  type PaperOptions,
  type PaperSplit,
} from './datasets/paper-programs.ts';
export {
  readProgramFolder,
  type ProgramFolder,
  type ProgramFolderOptions,
  type SkippedFile,
} from './datasets/program-folder.ts';
export { collectLabelled, digestOf, type ProgramSet } from './datasets/program-set.ts';
export {
  PROGRAM_FAMILIES,
  structuredProgram,
  type ProgramFamily,
  type StructuredOptions,
} from './datasets/structured-programs.ts';
export { STRUCTURED_SPLITS, structuredPrograms, type StructuredSplit } from './datasets/structured-sets.ts';
export {
  explicitNetwork,
  initExplicitGnn,
  predictExplicit,
  type ExplicitGnn,
} from './baselines/explicit-gnn.ts';
export {
  initUntiedGnn,
  predictUntied,
  untiedNetwork,
  type UntiedGnn,
  type UntiedGnnConfig,
} from './baselines/untied-gnn.ts';
export { createGnnPredictor, type GnnPredictor, type PredictorOptions } from './equilibria/gnn-predictor.ts';
export { type GraphNetwork } from './equilibria/gnn-sessions.ts';
export {
  decode,
  equilibriumNetwork,
  implicitGnn,
  implicitNetwork,
  type ImplicitGnn,
} from './equilibria/implicit-gnn.ts';
export { encodeGraph, graphOf, sparseGraphOf, type ProgramGraph } from './equilibria/program-graph.ts';
export { balancedLooks, exactLooks, exactOperator, type ExactState } from './equilibria/exact-operator.ts';
export { exactOperatorMethod } from './equilibria/exact-operator-method.ts';
export {
  createLookPredictor,
  type LookPredictor,
  type LookPredictorOptions,
} from './equilibria/look-predictor.ts';
export { toModelData } from './baselines/to-model-data.ts';
export type { MetricNetwork } from './equilibria/metric-network.ts';
export { gnnMethod } from './evaluation/gnn-method.ts';
export { exactLooksMethod, restartedPdhgMethod } from './evaluation/look-methods.ts';
export { exactFolder, loadExactOperator } from './training/exact-operator-checkpoints.ts';
export { type ExactSets, trainExactModel } from './training/train-exact-model.ts';
export {
  gnnFolder,
  gnnNamed,
  gnnNames,
  gnnParameters,
  loadGnn,
  SHIPPED_MODELS,
  type TrainedGnn,
} from './training/gnn-checkpoints.ts';
export {
  EMBEDDINGS,
  equilibriumTask,
  GNN_KINDS,
  isImplicit,
  networkOf,
  trainingDepth,
  type GnnKind,
} from './training/gnn-models.ts';
export { trainGnn, type GnnData, type GnnRun, type GnnWatch } from './training/gnn-recipe.ts';
export { trainGnnModel, type GnnSets, type TrainModelOptions } from './training/train-gnn-model.ts';
export { checkFarkas, checkDirection, RAY_TOLERANCE, type RayCheck } from './evaluation/rays.ts';
export { kktErrors, type KktErrors } from './evaluation/kkt-errors.ts';
export {
  lipschitzStudy,
  type LipschitzStudyOptions,
  type StudiedMethod,
} from './evaluation/lipschitz-study.ts';
export {
  lipschitzStudySchema,
  parseLipschitzStudy,
  type LipschitzLook,
  type LipschitzStudy,
  type MethodStudy,
  type PerturbationStudy,
  type RegularityLook,
  type Spread,
} from './evaluation/lipschitz-record.ts';
export { CHANGE_NORM, programPerturbations, type ProgramPerturbation } from './evaluation/perturbations.ts';
export {
  regularityAlong,
  type IteratedOperator,
  type Regularity,
  type RegularityAlongOptions,
} from './evaluation/regularity-along.ts';
export { createSolutionMap, isSameBasis, type SolutionMap, type Vertex } from './evaluation/solution-map.ts';
export { studiedGnn, studyPoints, type StudiedGnnOptions } from './evaluation/studied-gnn.ts';
export { watchPrograms } from './evaluation/watched-programs.ts';
export {
  LEAST_TOLERANCE,
  solveLinearProgram,
  type SolveLinearProgramOptions,
} from './evaluation/solve-linear-program.ts';
export { solutionByName, summaryOf, type AnswerSummary } from './evaluation/named-solution.ts';
export { judgeOutcome, type ExpectedOutcome, type Judgement } from './evaluation/outcome.ts';
export { verify, type VerifyOptions } from './evaluation/verify.ts';
export {
  asMinimization,
  checkLinearProgram,
  linearProgram,
  type Constraint,
  type LinearProgramSpec,
  type Variable,
} from './problem/linear-program.ts';
export {
  loadMethod,
  methodNamed,
  methods,
  namesOfMethods,
  polishableMethods,
  uncountedMethods,
} from './evaluation/methods.ts';
export { pairPredictor, type PairPrediction, type PairPredictor } from './evaluation/pair-predictors.ts';
export { polishInProcess } from './evaluation/polish-in-process.ts';
export {
  summarizeWarmStarts,
  type WarmStartOptions,
  warmStarts,
  type WarmStarts,
  type WarmStartSummary,
} from './evaluation/warm-starts.ts';
export {
  polish,
  type Polished,
  type PolishOptions,
  type Savings,
  savingsOf,
  type SimplexEffort,
} from './baselines/polish.ts';
export { type Basis, predictBasis, type PrimalDualPair } from './baselines/predict-basis.ts';
export { createHighs } from './reading/load-highs.ts';
export type {
  Answer,
  AnswerStatus,
  Claim,
  LinearProgram,
  LpMethod,
  MethodOptions,
  Minimization,
  Progress,
  Sense,
  SparseMatrix,
} from './problem.ts';
export { parseLp, parseMps, readLinearProgram } from './reading/read-linear-program.ts';
export { fromEntries, multiply, multiplyTransposed, type Entry } from './problem/sparse-matrix.ts';
