/** Scaling curves, results and domains of the benchmark. */
export { writeFileAtomic } from './atomic-file.ts';
export { assertWritable, saveFile } from './output-file.ts';
export {
  defineDomain,
  type Domain,
  type DomainEvaluation,
  type EvaluationContext,
  type EvaluationProgress,
} from './define-domain.ts';
export { compiledIteration, type IterationOptions } from './compiled-iteration.ts';
export { describeRun, type RunFacts } from './describe-run.ts';
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
} from './domain.ts';
export { evaluationPoints } from './evaluation-points.ts';
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
} from './results.ts';
export { summarizeRatios, type RatioSummary } from './ratios.ts';
export {
  scalingCurve,
  type Failures,
  type ScalingCurve,
  type ScalingOptions,
  type ScalingProgress,
} from './scaling-curve.ts';
export {
  bootstrapOfMean,
  finiteOrNull,
  quantiles,
  summarize,
  type Better,
  type Interval,
  type Summary,
} from './statistics.ts';
