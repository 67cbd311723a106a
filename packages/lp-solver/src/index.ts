/** Linear programs: reading, methods, verified answers. */
export type { PublicInstance } from './datasets/public-instance.ts';
export { publicInstances } from './datasets/public-instances.ts';
export { randomLinearProgram, type RandomLinearProgramOptions } from './datasets/random-linear-programs.ts';
export { shippedLinearPrograms, type KnownLinearProgram } from './datasets/shipped.ts';
export { lpDomain } from './evaluation/domain.ts';
export { checkFarkas, checkDirection, RAY_TOLERANCE, type RayCheck } from './evaluation/rays.ts';
export { kktErrors, type KktErrors } from './evaluation/kkt-errors.ts';
export {
  LEAST_TOLERANCE,
  solveLinearProgram,
  type SolveLinearProgramOptions,
} from './evaluation/solve-linear-program.ts';
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
export { polishInProcess } from './evaluation/polish-in-process.ts';
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
