/** Fixed-point solvers. */
export { anderson, type AndersonOptions, type AndersonRestart, type AndersonState } from './anderson.ts';
export { broyden, type BroydenOptions, type BroydenState } from './broyden.ts';
export { budget, type Budget, type BudgetOptions } from './budget.ts';
export type { CompactionOptions } from './compaction.ts';
export {
  compileSolve,
  type CompiledSolve,
  type CompileSolveOptions,
  type SolvedValue,
  type SolveProblem,
  type SolveSignature,
} from './compile-solve.ts';
export type { FixedPointMap, Solver, SolverStep, StopRule } from './contract.ts';
export type { RunOptions, SolveProgress } from './drive.ts';
export {
  fixedPointLoop,
  solveTraced,
  type FixedPointLoop,
  type LoopOptions,
  type LoopOutcome,
  type LoopState,
  type LoopTrace,
  type RunBounds,
} from './fixed-point-loop.ts';
export { newtonKrylov, type NewtonKrylovOptions, type NewtonKrylovState } from './newton-krylov.ts';
export { sampleDistance, sampleNorm, selectSamples } from './per-sample.ts';
export { picard, type PicardState } from './picard.ts';
export {
  halpern,
  isRestartDue,
  reflect,
  RESTART_THRESHOLDS,
  restartedHalpern,
  type CycleErrors,
  type RestartedHalpernOptions,
  type RestartedHalpernState,
  type RestartThresholds,
  type Tuning,
} from './restarted-halpern.ts';
export { assertConverged, ConvergenceError, type SolveResult } from './result.ts';
export { solve, type SolveOptions } from './solve.ts';
export { allOf, anyOf, residualBelow, type Tolerance } from './stop-rule.ts';
export { withFallback, type FallbackOptions, type FallbackState } from './with-fallback.ts';
export { VERDICT_DEFAULTS, VERDICTS, type Verdict, type VerdictOptions } from './verdict.ts';
