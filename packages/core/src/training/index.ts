/** Training. */
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
} from './optimisers.ts';
export {
  constantRate,
  cosineRate,
  steppedRate,
  warmedUp,
  type CosineOptions,
  type Schedule,
} from './schedules.ts';
export {
  accumulated,
  explicitTask,
  implicitTask,
  type ImplicitTask,
  type SolveReport,
  type Task,
  type TaskResult,
} from './task.ts';
export {
  trainStep,
  type StepReport,
  type TrainingState,
  type TrainStep,
  type TrainStepOptions,
} from './train-step.ts';
export { type HistoryRow } from './history.ts';
export { progressText } from './progress-text.ts';
export {
  checkpointStore,
  type RunConfig,
  type RunProgress,
  type RunStore,
  type RunTrees,
  type SavedRun,
} from './run-store.ts';
export {
  train,
  type BatchSource,
  type BestScore,
  type PositionedBatch,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingResult,
  type Validation,
  type ValidationScore,
} from './train.ts';
